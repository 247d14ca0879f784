"""Running out of memory steps down, and says so."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from napari_vertseg.errors import SegmentationFailed
from napari_vertseg.network import ladder
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import NetworkConfig
from napari_vertseg.network.ladder import LadderPredictor, is_out_of_memory, rungs_of
from napari_vertseg.network.model import Model, ModelCard
from napari_vertseg.prediction import Prediction

SHAPE = (8, 8, 8)
FULL = torch.OutOfMemoryError("CUDA out of memory")


@pytest.fixture
def model() -> Model:
    config = NetworkConfig(filters=(2, 2), patch_shape=SHAPE)
    card = ModelCard(name="tiny", network=config, spacing_mm=4.0, window_hu=(-200.0, 1000.0))
    return Model(card=card, network=IterativeFcn(config))


class Rung:
    """Answers, or runs out of memory so many times."""

    def __init__(self, failures: list[Exception]) -> None:
        self.failures = failures
        self.calls = 0

    def __call__(self, image: np.ndarray, memory: np.ndarray) -> Prediction:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return Prediction(np.zeros(SHAPE, np.float32), 0.5)


def ask(predictor: LadderPredictor) -> Prediction:
    return predictor(np.zeros(SHAPE, np.int16), np.zeros(SHAPE, bool))


def with_rungs(
    monkeypatch: pytest.MonkeyPatch, model: Model, rungs: list[tuple[str, Rung]]
) -> tuple[LadderPredictor, list[str]]:
    def made(model: Model, device: torch.device) -> Iterator[tuple[str, Rung]]:
        yield from rungs

    monkeypatch.setattr(ladder, "rungs_of", made)
    told: list[str] = []
    return LadderPredictor(model, torch.device("cpu"), tell=told.append), told


def test_with_enough_memory_the_answer_is_the_models(model: Model) -> None:
    image = np.random.default_rng(0).integers(-200, 800, SHAPE).astype(np.int16)
    memory = np.zeros(SHAPE, bool)
    plain = model.predictor()(image, memory)
    careful = LadderPredictor(model, torch.device("cpu"), tell=print)(image, memory)

    assert np.array_equal(plain.probability, careful.probability)


def test_each_step_down_is_told_and_kept(monkeypatch: pytest.MonkeyPatch, model: Model) -> None:
    first, second, third = Rung([FULL]), Rung([MemoryError()]), Rung([])
    predictor, told = with_rungs(
        monkeypatch, model, [("", first), ("freed", second), ("on the CPU", third)]
    )

    assert ask(predictor).completeness == 0.5
    ask(predictor)
    assert told == ["freed", "on the CPU"]
    assert (first.calls, second.calls, third.calls) == (1, 1, 2)


def test_at_the_foot_of_the_ladder_it_fails_with_words(
    monkeypatch: pytest.MonkeyPatch, model: Model
) -> None:
    predictor, _ = with_rungs(monkeypatch, model, [("", Rung([FULL]))])

    with pytest.raises(SegmentationFailed, match=r"kept.*smaller model"):
        ask(predictor)


def test_other_faults_are_passed_on(monkeypatch: pytest.MonkeyPatch, model: Model) -> None:
    predictor, told = with_rungs(monkeypatch, model, [("", Rung([RuntimeError("cuDNN")]))])

    with pytest.raises(RuntimeError, match="cuDNN"):
        ask(predictor)
    assert told == []


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (FULL, True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("shape mismatch"), False),
    ],
)
def test_what_counts_as_out_of_memory(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected


def test_on_the_cpu_there_is_one_rung_only(model: Model) -> None:
    assert [sentence for sentence, _ in rungs_of(model, torch.device("cpu"))] == [""]
