"""A faster device is used only after it agreed with the CPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from napari_vertseg.errors import VertsegError
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.device import (
    CPU,
    agrees_in_bf16,
    answer_on,
    choose_device,
    present_devices,
    trial_patch,
)

CUDA, SECOND, MPS = torch.device("cuda", 0), torch.device("cuda", 1), torch.device("mps")
MakeNetwork = Callable[..., IterativeFcn]


class FakeMachine:
    """Devices that answer as they are told; keeps who was asked and what was said."""

    def __init__(self, **errors: float | Exception) -> None:
        self.errors = errors
        self.asked: list[str] = []
        self.told: list[str] = []

    def answer(self, network: IterativeFcn, device: torch.device) -> NDArray[np.float32]:
        self.asked.append(str(device))
        error = self.errors.get(str(device).replace(":", ""), 0.0)
        if isinstance(error, Exception):
            raise error
        return np.array([0.1, 0.5 + error, 0.9], dtype=np.float32)

    def choose(self, network: IterativeFcn, wanted: str, *present: torch.device) -> torch.device:
        return choose_device(
            network, wanted, tell=self.told.append, answer=self.answer, present=present
        )


@pytest.mark.parametrize(
    ("present", "chosen"),
    [((MPS, SECOND, CUDA), CUDA), ((CUDA, SECOND, MPS), CUDA), ((MPS,), MPS), ((), CPU)],
)
def test_auto_takes_cuda_then_mps_then_the_cpu(
    network: MakeNetwork, present: tuple[torch.device, ...], chosen: torch.device
) -> None:
    machine = FakeMachine()

    found = machine.choose(network(), "auto", *sorted(present, key=str))

    assert found == chosen
    assert machine.told == []


def test_without_an_accelerator_nothing_is_computed(network: MakeNetwork) -> None:
    machine = FakeMachine()

    assert machine.choose(network(), "auto") == CPU
    assert machine.choose(network(), "cpu", CUDA, MPS) == CPU
    assert machine.asked == []


@pytest.mark.parametrize("error", [0.002, -0.002, float("nan")])
def test_a_device_that_disagrees_is_passed_over_with_the_reason(
    network: MakeNetwork, error: float
) -> None:
    machine = FakeMachine(cuda0=error)

    assert machine.choose(network(), "auto", CUDA) == CPU
    assert len(machine.told) == 1
    assert machine.told[0].startswith("cuda:0 is not used, since its answer to one patch differs")
    assert ("nan" if np.isnan(error) else "0.002") in machine.told[0]


def test_rounding_is_no_disagreement(network: MakeNetwork) -> None:
    assert FakeMachine(cuda0=0.0009).choose(network(), "auto", CUDA) == CUDA


def test_the_next_device_is_tried_and_the_cpu_asked_once(network: MakeNetwork) -> None:
    machine = FakeMachine(cuda0=0.1)

    assert machine.choose(network(), "auto", CUDA, MPS) == MPS
    assert machine.asked == ["cpu", "cuda:0", "mps"]


@pytest.mark.parametrize(
    "failure",
    [
        torch.cuda.OutOfMemoryError("CUDA out of memory.\nmore"),
        NotImplementedError("no such operator on MPS"),
        RuntimeError(""),
    ],
)
def test_a_device_that_fails_is_passed_over_with_the_reason(
    network: MakeNetwork, failure: Exception
) -> None:
    machine = FakeMachine(cuda0=failure)

    assert machine.choose(network(), "cuda", CUDA) == CPU
    assert len(machine.told) == 1
    assert str(failure).partition("\n")[0] in machine.told[0]
    assert "\n" not in machine.told[0]


@pytest.mark.parametrize(
    ("wanted", "chosen"), [("cuda", CUDA), ("cuda:0", CUDA), ("cuda:1", SECOND), ("mps", MPS)]
)
def test_a_device_can_be_asked_for(
    network: MakeNetwork, wanted: str, chosen: torch.device
) -> None:
    assert FakeMachine().choose(network(), wanted, CUDA, SECOND, MPS) == chosen


@pytest.mark.parametrize("wanted", ["mps", "cuda", "cuda:1"])
def test_a_device_that_is_not_there_is_said_so(network: MakeNetwork, wanted: str) -> None:
    machine = FakeMachine()

    assert machine.choose(network(), wanted) == CPU
    assert "is not available on this machine" in machine.told[0]


@pytest.mark.parametrize("wanted", ["gpu", "", "meta", "cuda:x", "cpu:3"])
def test_a_word_that_is_no_device_is_refused(network: MakeNetwork, wanted: str) -> None:
    with pytest.raises(VertsegError, match="choose auto, cpu, cuda"):
        choose_device(network(), wanted, present=[])


def test_the_trial_runs_on_a_copy(network: MakeNetwork) -> None:
    made = network(dropout=0.5).train()

    answers = answer_on(made, CPU)

    assert made.training
    assert answers.shape == (8 * 12 * 16 + 1,)
    assert np.all((answers > 0) & (answers < 1))
    np.testing.assert_array_equal(answers, answer_on(made, CPU))


def test_the_trial_patch_shows_bone_and_memory_and_is_always_the_same() -> None:
    image, memory = trial_patch((16, 16, 16))

    assert 400 < image.max() < 1000
    assert 0 < memory.sum() < 0.1 * memory.size
    np.testing.assert_array_equal(image, trial_patch((16, 16, 16))[0])


def test_every_device_of_this_machine_is_chosen_or_its_fault_is_told(
    network: MakeNetwork,
) -> None:
    """On a machine without accelerators this asks for nothing but the CPU."""
    for device in [*present_devices(), CPU]:
        told: list[str] = []
        chosen = choose_device(network(), str(device), tell=told.append)
        assert (chosen == device) == (told == [])


def test_a_bf16_kernel_that_is_wrong_is_noticed(
    network: MakeNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = network()
    assert agrees_in_bf16(made, CPU)
    plain = IterativeFcn.forward

    def broken(self: IterativeFcn, patch: torch.Tensor) -> Any:
        voxels, completeness = plain(self, patch)
        return (voxels.flip(2) if torch.is_autocast_enabled("cpu") else voxels), completeness

    monkeypatch.setattr(IterativeFcn, "forward", broken)
    assert not agrees_in_bf16(made, CPU)
