"""A step is the step that was asked for, and a restored learner goes on as if never stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray

from napari_vertseg.errors import TrainingFailed
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.predictor import normalise
from napari_vertseg.training import TrainingConfig
from napari_vertseg.volume import Grid
from vertseg_trainer.cases import TrainingCase
from vertseg_trainer.learner import Learner
from vertseg_trainer.losses import losses
from vertseg_trainer.sources import ScanSource
from vertseg_trainer.stream import Batch, SampleStream

Tiny = Callable[..., TrainingConfig]


@pytest.fixture
def batches(blocks: Callable[..., NDArray[np.uint8]], tiny: Tiny) -> list[Batch]:
    labels = blocks((20, 21, 22, 23, 24, 26))
    image = np.where(labels > 0, 400, -100).astype(np.int16)
    case = TrainingCase("block", Grid.canonical(labels.shape, (4.0, 4.0, 4.0)), labels, image)
    samples = islice(SampleStream(ScanSource([case], tiny(), 8.0), start=0), 6)
    return [{name: tensor[None] for name, tensor in sample.items()} for sample in samples]


@pytest.fixture
def dropping(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny network, with the dropout of the paper."""
    network = replace(PRESETS["tiny"].network, dropout=0.2)
    monkeypatch.setitem(PRESETS, "tiny", replace(PRESETS["tiny"], network=network))


def learner_of(config: TrainingConfig, **changes: Any) -> Learner:
    precision = changes.pop("precision", "32-true")
    fabric = Fabric(accelerator="cpu", devices=1, precision=precision)
    return Learner(config, fabric, **changes)


def weights(learner: Learner) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in learner.state()["network"].items()}


def assert_equal(one: Any, other: Any) -> None:
    """Bit by bit, through all nesting."""
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_equal(one[key], other[key])
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_equal(a, b)
    else:
        assert one == other


def test_a_step_is_adam_on_the_loss_of_the_paper(batches: list[Batch], tiny: Tiny) -> None:
    config = tiny(warm_up_steps=0, max_gradient_norm=None, momentum=0.99)
    learner = learner_of(config)
    torch.manual_seed(config.seed)
    plain = IterativeFcn(PRESETS["tiny"].network)
    adam = torch.optim.Adam(plain.parameters(), lr=1e-3, betas=(0.99, 0.999))

    for step, batch in enumerate(batches[:3]):
        adam.zero_grad()
        image = normalise(batch["image"], config.window_hu)
        answer = plain(torch.stack([image, batch["memory"].float()], dim=1))
        expected = losses(*answer, batch, config.loss, step, 8.0**3)
        expected.total.backward()
        adam.step()
        assert learner.learn(batch) == pytest.approx(expected.values(), rel=1e-4)

    for name, value in plain.state_dict().items():
        torch.testing.assert_close(weights(learner)[name], value, rtol=1e-3, atol=1e-5)


def test_the_learning_rate_warms_up(batches: list[Batch], tiny: Tiny) -> None:
    learner = learner_of(tiny(learning_rate=0.004, warm_up_steps=4))

    rates = []
    for batch in batches:
        learner.learn(batch)
        rates.append(learner.state()["optimizer"]["param_groups"][0]["lr"])

    assert rates == pytest.approx([0.001, 0.002, 0.003, 0.004, 0.004, 0.004])


def test_weights_are_averaged_with_the_early_ones_forgotten(
    batches: list[Batch], tiny: Tiny
) -> None:
    learner = learner_of(tiny(averaging_decay=0.7))
    average = weights(learner)

    for step, batch in enumerate(batches, start=1):
        learner.learn(batch)
        part = max(0.3, 1 / (step + 1))
        average = {k: (1 - part) * v + part * weights(learner)[k] for k, v in average.items()}

    found = learner.averaged_network()
    assert not found.training
    for name, value in found.state_dict().items():
        torch.testing.assert_close(value, average[name])
        assert not torch.equal(value, weights(learner)[name])


def test_without_averaging_the_newest_weights_are_kept(batches: list[Batch], tiny: Tiny) -> None:
    learner = learner_of(tiny(averaging_decay=None))
    learner.learn(batches[0])

    assert_equal(dict(learner.averaged_network().state_dict()), weights(learner))


@pytest.mark.usefixtures("dropping")
def test_a_restored_learner_goes_on_bit_by_bit(batches: list[Batch], tiny: Tiny) -> None:
    """Dropout included, whatever else has drawn random numbers in the meantime."""
    unbroken = learner_of(tiny())
    first = [unbroken.learn(batch) for batch in batches]

    before = learner_of(tiny())
    for batch in batches[:3]:
        before.learn(batch)
    saved = before.state()
    after = learner_of(tiny())
    after.restore(saved)
    torch.rand(17)
    again = [after.learn(batch) for batch in batches[3:]]

    assert again == first[3:]
    resumed, expected = after.state(), unbroken.state()
    for part in ("step", "network", "average", "optimizer"):
        assert_equal(resumed[part], expected[part])


@pytest.mark.usefixtures("dropping")
def test_dropout_differs_from_step_to_step(batches: list[Batch], tiny: Tiny) -> None:
    learner = learner_of(tiny(learning_rate=1e-12))

    found = {learner.learn(batches[0])["loss"] for _ in range(4)}

    assert len(found) == 4


def test_a_state_of_another_network_is_refused(tiny: Tiny) -> None:
    state = learner_of(tiny()).state()
    state["network"].pop("voxel_head.bias")

    with pytest.raises(TrainingFailed, match="does not fit the settings"):
        learner_of(tiny()).restore(state)


def test_a_long_gradient_is_shortened(batches: list[Batch], tiny: Tiny) -> None:
    def longest(limit: float | None) -> float:
        learner = learner_of(tiny(max_gradient_norm=limit))
        learner.learn(batches[0])
        grads = [p.grad for p in learner._plain.parameters() if p.grad is not None]
        return float(torch.stack([g.square().sum() for g in grads]).sum().sqrt())

    free = longest(None)
    assert longest(free / 10) == pytest.approx(free / 10, rel=1e-3)
    assert longest(free * 10) == pytest.approx(free, rel=1e-5)


@pytest.mark.parametrize("field", ["weight", "completeness"])
def test_a_loss_that_is_no_number_leaves_the_weights_alone(
    batches: list[Batch], tiny: Tiny, field: str
) -> None:
    learner = learner_of(tiny())
    learner.learn(batches[0])
    before = learner.state()
    before = {part: before[part] for part in ("step", "average")} | {"network": weights(learner)}
    broken = batches[1] | {field: torch.full_like(batches[1][field], float("inf"))}

    with pytest.raises(TrainingFailed, match="after step 1 the loss was no longer a number"):
        learner.learn(broken)

    assert_equal({part: learner.state()[part] for part in before}, before)


def test_recomputed_activations_train_the_same_weights(batches: list[Batch], tiny: Tiny) -> None:
    kept, recomputed = learner_of(tiny()), learner_of(tiny(), checkpoint_activations=True)

    for batch in batches[:3]:
        assert kept.learn(batch) == recomputed.learn(batch)

    assert_equal(weights(kept), weights(recomputed))


def test_mixed_precision_trains_about_the_same_weights(batches: list[Batch], tiny: Tiny) -> None:
    full = learner_of(tiny())
    mixed = learner_of(tiny(), precision="bf16-mixed", checkpoint_activations=True)
    start = weights(mixed)

    for batch in batches:
        expected, found = full.learn(batch), mixed.learn(batch)
        assert np.isfinite(found["loss"])
        assert found["loss"] == pytest.approx(expected["loss"], rel=0.1)
        assert found != expected  # else it was not mixed

    assert {value.dtype for value in weights(mixed).values()} == {torch.float32}
    assert not any(torch.equal(start[k], v) for k, v in weights(mixed).items() if "0.weight" in k)


def test_it_learns(batches: list[Batch], tiny: Tiny) -> None:
    learner = learner_of(tiny(learning_rate=0.01))

    found = [learner.learn(batches[k % 2])["loss"] for k in range(60)]

    assert np.mean(found[-6:]) < 0.5 * np.mean(found[:6])


def test_checksums_tell_weights_apart(batches: list[Batch], tiny: Tiny) -> None:
    one, other = learner_of(tiny()), learner_of(tiny())
    assert torch.equal(one.checksums(), other.checksums())

    other.learn(batches[0])
    assert not torch.equal(one.checksums(), other.checksums())
