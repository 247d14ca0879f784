"""The loss terms, against numbers worked out by hand (P20)."""

from __future__ import annotations

from math import log

import pytest
import torch

from napari_vertseg.training import LossConfig
from vertseg_trainer.losses import Losses, false_positive_weight, losses

LOG_3 = log(3.0)  # the logit of 3/4


def terms(config: LossConfig, *, step: int = 0, known: float = 1.0, copies: int = 1) -> Losses:
    """Three voxels of probability 1/2, 3/4 and 1/4; the first is background, ω is 2, 1 and 4."""
    logits = torch.tensor([0.0, LOG_3, -LOG_3]).reshape(1, 1, 3, 1, 1)
    batch = {
        "target": torch.tensor([False, True, True]).reshape(1, 3, 1, 1),
        "weight": torch.tensor([2.0, 1.0, 4.0]).reshape(1, 3, 1, 1),
        "completeness": torch.tensor([known]),
    }
    batch = {name: torch.cat([tensor] * copies) for name, tensor in batch.items()}
    return losses(
        torch.cat([logits] * copies),
        torch.zeros(copies),
        batch,
        config,
        step,
        voxel_mm3=8.0,
    )


def test_false_voxels_are_counted_softly_and_weighted() -> None:
    found = terms(LossConfig(volume_unit_mm3=2.0))

    # A voxel of 8 mm³ counts 4 units of 2 mm³.
    assert float(found.false_positive) == pytest.approx(4 * 2 * 0.5)
    assert float(found.false_negative) == pytest.approx(4 * (1 * 0.25 + 4 * 0.75))


def test_the_total_is_lambda_fp_plus_fn_plus_completeness() -> None:
    config = LossConfig(
        false_positive_start=0.1, false_positive_end=0.5, ramp_steps=10, completeness=3.0
    )
    found = terms(config, step=5)

    # λ is 0.3 half way; the completeness is 1/2 where 1 is true.
    assert float(found.total) == pytest.approx(0.3 * 8 + 8 * 3.25 + 3.0 * log(2.0))
    assert float(found.completeness) == pytest.approx(log(2.0))


def test_voxelwise_cross_entropy_is_added_where_asked_for() -> None:
    plain, more = terms(LossConfig()), terms(LossConfig(cross_entropy=2.0))

    expected = 8 * (2 * log(2) + 1 * log(4 / 3) + 4 * log(4))
    assert float(more.total) - float(plain.total) == pytest.approx(2.0 * expected, rel=1e-5)


def test_a_batch_of_the_same_patch_twice_has_the_same_loss() -> None:
    config = LossConfig(cross_entropy=1.0)

    assert terms(config, copies=2).values() == pytest.approx(terms(config).values())


@pytest.mark.parametrize(
    ("step", "expected"), [(0, 0.1), (1, 0.19), (5, 0.55), (10, 1.0), (1000, 1.0)]
)
def test_lambda_is_ramped_linearly_and_stays(step: int, expected: float) -> None:
    config = LossConfig(false_positive_start=0.1, false_positive_end=1.0, ramp_steps=10)

    assert false_positive_weight(config, step) == pytest.approx(expected)


def test_lambda_of_the_paper_is_fixed() -> None:
    assert {false_positive_weight(LossConfig(), step) for step in (0, 500, 10**6)} == {0.1}


def test_without_a_ramp_lambda_is_its_end_at_once() -> None:
    assert false_positive_weight(LossConfig(false_positive_end=0.7, ramp_steps=0), 0) == 0.7


def test_without_a_target_the_completeness_is_not_judged() -> None:
    logit = torch.zeros(1, requires_grad=True)
    voxels = torch.zeros(1, 1, 1, 1, 1, requires_grad=True)
    batch = {
        "target": torch.zeros(1, 1, 1, 1, dtype=torch.bool),
        "weight": torch.ones(1, 1, 1, 1),
        "completeness": torch.tensor([float("nan")]),
    }
    found = losses(voxels, logit, batch, LossConfig(), 0, voxel_mm3=1.0)
    found.total.backward()

    assert found.values()["completeness_loss"] == 0.0
    assert logit.grad is not None
    assert logit.grad.tolist() == [0.0]


def test_a_voxel_of_weight_0_carries_no_loss_and_no_gradient() -> None:
    voxels = torch.zeros(1, 1, 2, 1, 1, requires_grad=True)
    batch = {
        "target": torch.tensor([True, False]).reshape(1, 2, 1, 1),
        "weight": torch.tensor([0.0, 0.0]).reshape(1, 2, 1, 1),
        "completeness": torch.tensor([float("nan")]),
    }
    found = losses(voxels, torch.zeros(1), batch, LossConfig(cross_entropy=1.0), 0, voxel_mm3=1.0)
    found.total.backward()

    assert float(found.total.detach()) == 0.0
    assert voxels.grad is not None
    assert not bool(voxels.grad.any())


def test_a_perfect_answer_costs_nothing() -> None:
    voxels = torch.tensor([60.0, -60.0]).reshape(1, 1, 2, 1, 1)
    batch = {
        "target": torch.tensor([True, False]).reshape(1, 2, 1, 1),
        "weight": torch.full((1, 2, 1, 1), 9.0),
        "completeness": torch.tensor([1.0]),
    }
    found = losses(
        voxels, torch.tensor([60.0]), batch, LossConfig(cross_entropy=1.0), 0, voxel_mm3=1.0
    )

    assert float(found.total) == pytest.approx(0.0, abs=1e-12)


def test_half_precision_answers_are_summed_in_full() -> None:
    """A patch has hundreds of thousands of voxels; bf16 sums stop growing at 256."""
    voxels = torch.zeros(1, 1, 10, 100, 10, dtype=torch.bfloat16)
    batch = {
        "target": torch.zeros(1, 10, 100, 10, dtype=torch.bool),
        "weight": torch.ones(1, 10, 100, 10, dtype=torch.float16),
        "completeness": torch.tensor([0.0]),
    }
    found = losses(
        voxels, torch.zeros(1, dtype=torch.bfloat16), batch, LossConfig(), 0, voxel_mm3=1.0
    )

    assert float(found.false_positive) == pytest.approx(5000.0)
