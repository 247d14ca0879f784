from __future__ import annotations

import json

import pytest

from napari_vertseg.strict_json import MalformedJson, from_jsonable, to_jsonable
from napari_vertseg.traversal import StartConfig, TraversalConfig
from napari_vertseg.traversal.codec import decode, encode
from napari_vertseg.volume import Zyx


def test_the_defaults_are_the_papers_numbers():
    config = TraversalConfig(spacing_mm=1.0, patch_shape=Zyx(128, 128, 128))

    assert config.min_fragment_voxels == 1000
    assert config.convergence_mm == 2.0
    assert config.max_refinements == 20
    assert config.search_step == Zyx(64, 64, 64)
    assert config.probability_cut == 128


def test_volumes_hold_at_any_spacing():
    config = TraversalConfig(spacing_mm=2.0, patch_shape=(64, 64, 64))

    assert config.min_fragment_voxels == 125
    assert config.patch_shape == Zyx(64, 64, 64)
    assert config.voxels_of(1.0) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"spacing_mm": 0.0},
        {"patch_shape": Zyx(1, 64, 64)},
        {"probability_threshold": 1.0},
        {"max_refinements": 1},
        {"max_steps": 0},
    ],
)
def test_settings_that_cannot_be_walked_with_are_refused(wrong):
    with pytest.raises(ValueError, match=r"\d|at least"):
        TraversalConfig(**{"spacing_mm": 2.0, "patch_shape": Zyx(64, 64, 64), **wrong})


def test_a_start_needs_steps():
    with pytest.raises(ValueError, match="start"):
        StartConfig(step_mm=0)


def test_settings_survive_json():
    config = TraversalConfig(
        spacing_mm=1.5, patch_shape=Zyx(80, 64, 64), search_min_hu=None, start=StartConfig(tries=3)
    )

    assert decode(TraversalConfig, json.loads(json.dumps(encode(config)))) == config
    assert from_jsonable(TraversalConfig, to_jsonable(config)) == config


def test_an_unknown_setting_is_named():
    config = to_jsonable(TraversalConfig(spacing_mm=2.0, patch_shape=Zyx(64, 64, 64)))

    with pytest.raises(MalformedJson, match="speed"):
        from_jsonable(TraversalConfig, {**config, "speed": 3})
