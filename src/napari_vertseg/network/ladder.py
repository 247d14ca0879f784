"""What to do when memory runs out: free some, half precision, the CPU, and then say so."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import SegmentationFailed
from ..prediction import Prediction, Predictor
from .device import CPU, agrees_in_bf16
from .model import Model
from .predictor import NetworkPredictor

_SIGNS = ("out of memory", "can't allocate memory", "not enough memory")
"""torch reports a full CPU or MPS as a plain ``RuntimeError``; only its text tells."""


class LadderPredictor:
    """A predictor that steps down where memory runs out, and says so.

    Parameters
    ----------
    model : Model
    device : torch.device
        Where it begins.
    tell : callable
        Is told each step down in one sentence.
    """

    def __init__(self, model: Model, device: torch.device, *, tell: Callable[[str], None]) -> None:
        self._rungs = rungs_of(model, device)
        self._tell = tell
        _, self._answer = next(self._rungs)

    def __call__(
        self, image_patch: NDArray[np.int16], memory_patch: NDArray[np.bool_]
    ) -> Prediction:
        """See ``Predictor``.

        Raises
        ------
        SegmentationFailed
            There is not enough memory on the CPU either.
        """
        while True:
            try:
                return self._answer(image_patch, memory_patch)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            self._step_down()

    def _step_down(self) -> None:
        free_memory()
        sentence, answer = next(self._rungs, (None, None))
        if sentence is None or answer is None:
            raise SegmentationFailed(
                "There is not enough memory to run this model, not even on the CPU; what was "
                "found so far is kept. Close other programs, or choose a smaller model."
            )
        self._tell(sentence)
        self._answer = answer


def rungs_of(model: Model, device: torch.device) -> Iterator[tuple[str, Predictor]]:
    """Ways to run a model, the best first, each with what is told on stepping down to it."""
    yield "", model.predictor(device)
    if device.type != "cpu":
        yield f"Memory ran out on {device}; some was freed.", model.predictor(device)
    if device.type == "cuda" and _bf16_is_safe(model, device):
        half = _InHalfPrecision(model.predictor(device))
        yield f"Memory ran out on {device} again; going on in half precision.", half
    if device.type != "cpu":
        # A copy: moving the network itself would leave half of it on a full device.
        copy = Model(card=model.card, network=deepcopy(model.network).to(CPU))
        free_memory()
        yield (
            f"Memory ran out on {device}; going on with the CPU, which is slower.",
            (copy.predictor(CPU)),
        )


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error of torch or numpy means that memory has run out."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return any(sign in str(error).lower() for sign in _SIGNS)


def free_memory() -> None:
    """Give back what nobody uses."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


class _InHalfPrecision:
    def __init__(self, answer: NetworkPredictor) -> None:
        self._answer = answer

    def __call__(
        self, image_patch: NDArray[np.int16], memory_patch: NDArray[np.bool_]
    ) -> Prediction:
        with self._context():
            return self._answer(image_patch, memory_patch)

    def _context(self) -> AbstractContextManager[None]:
        kind = self._answer.device.type
        return torch.autocast(kind, torch.bfloat16) if kind != "cpu" else nullcontext()


def _bf16_is_safe(model: Model, device: torch.device) -> bool:
    try:
        return agrees_in_bf16(model.network, device)
    except RuntimeError:  # not even the trial fits
        return False
