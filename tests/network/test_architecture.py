"""The network is the paper's, and behaves the same in training and at inference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
import torch
from torch import nn

from napari_vertseg.network.architecture import IterativeFcn, count_flop, count_parameters
from napari_vertseg.network.config import PRESETS, NetworkConfig
from napari_vertseg.training import PresetName
from napari_vertseg.volume import Zyx

MakeNetwork = Callable[..., IterativeFcn]


def test_the_paper_preset_has_the_papers_parameters() -> None:
    with torch.device("meta"):
        network = IterativeFcn(PRESETS["paper"].network)

    assert count_parameters(network) == 2_207_042


def test_the_paper_preset_takes_the_papers_work() -> None:
    assert count_flop(PRESETS["paper"].network) == pytest.approx(2.218e12, rel=1e-3)


def test_work_is_counted_as_by_hand() -> None:
    config = NetworkConfig(filters=(3, 5), patch_shape=Zyx(4, 4, 4))
    fine, coarse = 4**3, 2**3
    encoder = fine * 27 * (2 * 3 + 3 * 3) + coarse * 27 * (3 * 5 + 5 * 5)
    decoder = fine * 5 * 3 + fine * 27 * (6 * 3 + 3 * 3) + fine * 3
    # The completeness path shrinks 2³ → 1³ → 1³ → 1³.
    completeness = (coarse + 1 + 1) * 27 * 5 * 5 + 5

    assert count_flop(config) == 2 * (encoder + decoder + completeness)


def test_every_preset_can_be_trained_and_the_other_way_round() -> None:
    assert set(get_args(PresetName)) == set(PRESETS)


@pytest.mark.parametrize(
    ("filters", "shape", "norm"),
    [
        ((2,), (15, 9, 7), "instance"),
        ((2, 2), (2, 2, 2), "batch_statistics"),
        ((2, 3), (6, 10, 14), "batch_statistics"),
        ((2, 3), (26, 22, 18), "instance"),
        ((2, 3, 4), (12, 20, 28), "batch"),
        ((2, 3, 4, 5), (8, 24, 40), "none"),
    ],
)
def test_output_has_the_size_of_the_input(
    network: MakeNetwork, filters: tuple[int, ...], shape: tuple[int, ...], norm: str
) -> None:
    made = network(filters=filters, patch_shape=Zyx(*shape), norm=norm).eval()

    with torch.inference_mode():
        voxels, completeness = made(torch.zeros(1, 2, *shape))

    assert voxels.shape == (1, 1, *shape)
    assert completeness.shape == (1,)


@pytest.mark.parametrize(
    ("filters", "shape"), [((2, 2), (7, 8, 8)), ((2, 2, 2), (8, 8, 6)), ((2, 2, 2), (2, 8, 8))]
)
def test_a_patch_that_cannot_be_halved_is_refused_with_its_size(
    filters: tuple[int, ...], shape: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match=r"patch shape .* is not divisible by"):
        NetworkConfig(filters=filters, patch_shape=Zyx(*shape))


@pytest.mark.parametrize("changes", [{"filters": ()}, {"filters": (4, 0)}, {"dropout": 1.0}])
def test_senseless_numbers_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        NetworkConfig(**{"filters": (2, 2), "patch_shape": Zyx(8, 8, 8)} | changes)


@pytest.mark.parametrize("norm", ["batch_statistics", "fixed_statistics", "instance", "none"])
def test_one_patch_is_judged_alike_in_training_and_at_inference(
    network: MakeNetwork, norm: str
) -> None:
    """The trap of batch norm: running averages that a single patch never matches."""
    made = network(norm=norm)
    before = {name: value.clone() for name, value in made.state_dict().items()}
    patch = torch.rand(1, 2, *made.config.patch_shape)

    in_training = made.train()(patch)
    at_inference = made.eval()(patch)

    for trained, inferred in zip(in_training, at_inference, strict=True):
        assert torch.equal(trained, inferred)
    assert all(torch.equal(before[name], value) for name, value in made.state_dict().items())


def test_running_averages_would_not_do_that(network: MakeNetwork) -> None:
    made = network(norm="batch")
    patch = torch.rand(1, 2, *made.config.patch_shape)

    assert not torch.allclose(made.train()(patch)[0], made.eval()(patch)[0], atol=1e-3)


def test_dropout_lies_between_the_convolutions_of_every_pair(network: MakeNetwork) -> None:
    made = network(filters=(2, 2, 2), patch_shape=Zyx(8, 8, 8), dropout=0.2)
    blocks = [*made.down, *made.merge]

    for block in blocks:
        kinds = [type(layer) for layer in block.children()]
        convolutions = [i for i, kind in enumerate(kinds) if issubclass(kind, nn.Conv3d)]
        assert len(convolutions) == 2
        assert convolutions[0] < kinds.index(nn.Dropout) < convolutions[1]
    assert len(blocks) == 5
    assert sum(isinstance(layer, nn.Dropout) for layer in made.modules()) == 5


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_recomputed_activations_give_the_same_gradients(
    network: MakeNetwork, dropout: float
) -> None:
    gradients = []
    for is_recomputed in (False, True):
        made = network(dropout=dropout, checkpoint_activations=is_recomputed).train()
        torch.manual_seed(5)
        voxels, completeness = made(torch.rand(1, 2, *made.config.patch_shape))
        (voxels.square().sum() + completeness.sum()).backward()
        gradients.append({name: p.grad for name, p in made.named_parameters()})

    kept, recomputed = gradients
    assert all(torch.equal(kept[name], recomputed[name]) for name in kept)
    assert all(bool(gradient.any()) for name, gradient in kept.items() if name.endswith("weight"))


def test_padded_channels_change_no_result_and_no_gradient(network: MakeNetwork) -> None:
    """Where torch would take its slow path, zero channels lift a convolution above it."""
    made = network(filters=(3, 4), patch_shape=Zyx(64, 64, 4))
    convolution = next(m for m in made.modules() if isinstance(m, nn.Conv3d))
    features = torch.rand(1, 2, 64, 64, 4)

    padded = convolution(features)
    padded.square().sum().backward()
    gradient = convolution.weight.grad
    assert gradient is not None
    padded_gradient = gradient.clone()
    convolution.zero_grad()
    plain = nn.functional.conv3d(features, convolution.weight, convolution.bias, padding=1)
    plain.square().sum().backward()

    assert torch.allclose(padded, plain, atol=1e-5)
    assert convolution.weight.grad is not None
    assert torch.allclose(padded_gradient, convolution.weight.grad, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_gradients_in_bfloat16_are_numbers_however_shallow_the_features(
    network: MakeNetwork, depth: int
) -> None:
    """Torch's own gradient of the weight is not, for a depth of 2 on some processors."""
    made = network(filters=(4, 4))
    convolution = [m for m in made.modules() if isinstance(m, nn.Conv3d)][1]
    for _ in range(10):
        leave_nan_in_free_memory()
        convolution.zero_grad()
        features = torch.rand(1, 4, depth, 4, 4).contiguous(memory_format=torch.channels_last_3d)
        with torch.autocast("cpu", torch.bfloat16):
            result = convolution(features)
        result.backward(torch.ones_like(result))

        assert convolution.weight.grad is not None
        assert bool(convolution.weight.grad.isfinite().all())


def leave_nan_in_free_memory() -> None:
    """So that whoever reads memory before it is written finds no lucky zeros there."""
    for size in range(4, 20):
        torch.full((2**size,), float("nan"))


def test_the_memory_reaches_the_result(network: MakeNetwork) -> None:
    made = network().eval()
    image = torch.rand(1, 1, *made.config.patch_shape)

    with torch.inference_mode():
        empty = made(torch.cat([image, torch.zeros_like(image)], dim=1))
        full = made(torch.cat([image, torch.rand_like(image).round()], dim=1))

    assert not torch.allclose(empty[0], full[0])
    assert not torch.allclose(empty[1], full[1])
