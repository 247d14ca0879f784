"""Which device a network runs on: a faster one only after it agreed with the CPU."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import VertsegError
from .architecture import IterativeFcn
from .predictor import NetworkPredictor

AGREEMENT: Final = 1e-3
"""Largest difference of any probability that still counts as the same answer."""

CPU: Final = torch.device("cpu")

Answer = Callable[[IterativeFcn, torch.device], NDArray[np.float32]]
"""What a network says on a device about one fixed patch: (n,) probabilities."""


def choose_device(
    network: IterativeFcn,
    wanted: str = "auto",
    *,
    tell: Callable[[str], None] = lambda reason: None,
    answer: Answer | None = None,
    present: Sequence[torch.device] | None = None,
) -> torch.device:
    """The device to run a network on.

    Parameters
    ----------
    network : IterativeFcn
        Stays as and where it is; a copy is tried.
    wanted : str
        ``auto``: CUDA, then MPS, then the CPU. ``cpu``, ``cuda``, ``cuda:1`` or ``mps``:
        that one.
    tell : callable
        Is told in one sentence why a device was passed over.
    answer : callable, optional
        How the network is asked; ``answer_on`` where not given.
    present : devices, optional
        What the machine has; ``present_devices()`` where not given.

    Returns
    -------
    torch.device
        The CPU where no other device is there and agrees with it on one patch.

    Raises
    ------
    VertsegError
        ``wanted`` names no device.
    """
    found = list(present_devices() if present is None else present)
    expected: NDArray[np.float32] | None = None
    ask = answer or answer_on
    for device in _candidates(wanted, found):
        if device not in found:
            tell(f"{device} is not available on this machine; the CPU is used instead.")
            continue
        if expected is None:
            expected = ask(network, CPU)
        fault = _fault(network, device, expected, ask)
        if fault is None:
            return device
        tell(f"{device} is not used, since {fault}.")
    return CPU


def present_devices() -> list[torch.device]:
    """Accelerators of this machine, in the order in which they are tried."""
    devices = [torch.device("cuda", number) for number in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append(torch.device("mps"))
    return devices


def answer_on(network: IterativeFcn, device: torch.device) -> NDArray[np.float32]:
    """Probabilities of a made patch, the completeness last, from a copy on the device."""
    image, memory = trial_patch(network.config.patch_shape)
    prediction = NetworkPredictor(deepcopy(network), (-200.0, 1000.0), device)(image, memory)
    answers = [*prediction.probability.ravel(), prediction.completeness]
    return np.array(answers, dtype=np.float32)


def agrees_in_bf16(network: IterativeFcn, device: torch.device) -> bool:
    """Whether mixed precision gives about the same answer (some cuDNN versions do not).

    bf16 has 8 bits, so logits may differ by some percent; a wrong kernel is off by
    about their own size.
    """
    image, memory = trial_patch(network.config.patch_shape)
    patch = torch.stack([torch.from_numpy(image) / 1000.0, torch.from_numpy(memory).float()])
    copy = deepcopy(network).to(device).eval()
    with torch.inference_mode():
        batch = patch[None].to(device)
        exact = copy(batch)[0].float()
        with torch.autocast(device.type, torch.bfloat16):
            rough = copy(batch)[0].float()
    return bool((rough - exact).norm() <= 0.1 * exact.norm())


def trial_patch(shape: tuple[int, int, int]) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """A noisy bright ball in soft tissue under a remembered slab; the same every time."""
    rng = np.random.default_rng(2018)
    axes = np.ogrid[tuple(slice(-1.0, 1.0, complex(0, n)) for n in shape)]
    ball = np.asarray(sum(axis**2 for axis in axes)) < 0.4
    image = rng.normal(40.0, 60.0, shape) + 500.0 * ball
    memory = np.zeros(shape, dtype=bool)
    memory[: shape[0] // 4] = ball[: shape[0] // 4]
    return image.astype(np.int16), memory


def _candidates(wanted: str, found: Sequence[torch.device]) -> list[torch.device]:
    """Devices to try, best first; an accelerator without a number is its first one."""
    if wanted == "auto":
        kinds = {device.type: device for device in reversed(found)}
        return [kinds[kind] for kind in ("cuda", "mps") if kind in kinds]
    if not re.fullmatch(r"cpu|mps|cuda(:\d+)?", wanted):
        raise VertsegError(
            f"there is no device {wanted!r}; choose auto, cpu, cuda, cuda:1 (the second) or mps."
        )
    return [] if wanted == "cpu" else [torch.device("cuda:0" if wanted == "cuda" else wanted)]


def _fault(
    network: IterativeFcn, device: torch.device, expected: NDArray[np.float32], ask: Answer
) -> str | None:
    """Why a device cannot be trusted, as the end of a sentence, or None."""
    try:
        got = ask(network, device)
    except RuntimeError as error:  # what torch raises for a kernel that is missing or memory
        return (
            f"it failed on one patch ({str(error).splitlines()[0] if str(error) else 'no word'})"
        )
    difference = float(np.abs(got - expected).max())
    if difference <= AGREEMENT:
        return None
    return (
        f"its answer to one patch differs from the CPU's by {difference:.2g} "
        f"(at most {AGREEMENT:g} is rounding)"
    )
