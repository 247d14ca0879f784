"""What holds for every tool, whatever is done before and after it."""

from __future__ import annotations

import numpy as np
import pytest

from napari_vertseg import editing
from napari_vertseg.editing import EditableLabels, LabelIndex, Plane, contour
from napari_vertseg.errors import EditImpossible
from napari_vertseg.volume import Zyx, ZyxFloat

SHAPE = (30, 40, 36)
SPACING = (2.0, 0.7, 1.0)
LOCKED = frozenset({2, 5})
IDS = range(1, 9)


def scene(rng):
    """Rough blobs of several ids, some of them touching, in a noisy scan."""
    array = np.zeros(SHAPE, dtype=np.uint16)
    z, y, x = np.indices(SHAPE)
    for vertebra in range(1, 7):
        center = rng.uniform(4, np.array(SHAPE) - 4)
        axes = rng.uniform(3, 9, 3)
        away = sum(((v - c) / a) ** 2 for v, c, a in zip((z, y, x), center, axes, strict=True))
        array[(away + rng.normal(0, 0.1, SHAPE) < 1) & (array == 0)] = vertebra
    image = (array > 0) * 300 + rng.normal(0, 80, SHAPE)
    return array, image.astype(np.int16)


def _voxel(labels, vertebra, rng):
    places = np.argwhere(labels.array == vertebra)
    return Zyx(*map(int, rng.choice(places))) if len(places) else Zyx(0, 0, 0)


def _crop(rng):
    size = rng.integers(2, 12, 3)
    return rng.random(size) < 0.7, Zyx(*(int(rng.integers(-1, n - 1)) for n in SHAPE))


def _circle(rng):
    turn = np.linspace(0, 6, 12)
    return contour(np.stack([np.sin(turn), np.cos(turn)], 1) * rng.uniform(2, 9) + (15, 18))


TOOLS = {
    "merge": lambda e, v, w, image, rng: editing.merge(e, [v], w),
    "delete": lambda e, v, w, image, rng: editing.delete(e, [v]),
    "relabel": lambda e, v, w, image, rng: editing.relabel(e, v, w),
    "split_by_seeds": lambda e, v, w, image, rng: editing.split_by_seeds(
        e, v, [[_voxel(e, v, rng)], [_voxel(e, v, rng)]], [w], image
    ),
    "split_by_plane": lambda e, v, w, image, rng: editing.split_by_plane(
        e, v, ZyxFloat(*map(float, _voxel(e, v, rng))), ZyxFloat(*rng.normal(size=3)), w
    ),
    "keep_largest": lambda e, v, w, image, rng: editing.keep_largest(e, v),
    "fill_holes": lambda e, v, w, image, rng: editing.fill_holes(e, v),
    "grow": lambda e, v, w, image, rng: editing.grow(e, v, rng.uniform(0.5, 4)),
    "shrink": lambda e, v, w, image, rng: editing.shrink(e, v, rng.uniform(0.5, 2)),
    "smooth": lambda e, v, w, image, rng: editing.smooth(e, v, rng.uniform(0.5, 2)),
    "interpolate": lambda e, v, w, image, rng: editing.interpolate(
        e, v, Plane(rng.integers(3)), [_voxel(e, v, rng).z, _voxel(e, v, rng).z]
    ),
    "copy_slice": lambda e, v, w, image, rng: editing.copy_slice(
        e, v, Plane.AXIAL, _voxel(e, v, rng).z, int(rng.integers(SHAPE[0]))
    ),
    "paint": lambda e, v, w, image, rng: editing.paint(e, v, *_crop(rng), image, (100, 400)),
    "erase": lambda e, v, w, image, rng: editing.erase(e, v, *_crop(rng)),
    "add": lambda e, v, w, image, rng: editing.add_vertebra(e, w, *_crop(rng)),
    "replace": lambda e, v, w, image, rng: editing.replace_vertebra(e, v, *_crop(rng)),
    "contours": lambda e, v, w, image, rng: editing.fill_contours(
        e, v, {4: [_circle(rng)], 9: [_circle(rng)]}
    ),
}
"""None may touch other ids than the two it is called with."""


@pytest.mark.parametrize("seed", range(6))
def test_every_tool_changes_only_its_box_and_only_what_it_may_and_comes_back(seed):
    rng = np.random.default_rng(seed)
    array, image = scene(rng)
    labels = EditableLabels.of(array, SPACING, LOCKED)
    kept = {v: array == v for v in LOCKED}
    done: list[editing.Proposal] = []
    refusals: list[str] = []
    states = [array.tobytes()]
    for tool in rng.permutation(list(TOOLS) * 4):
        mine, other = (int(v) for v in rng.choice(IDS, 2, replace=False))
        before = array.copy()
        try:
            proposal = TOOLS[tool](labels, mine, other, image, rng)
        except EditImpossible as refusal:
            refusals.append(str(refusal))
            proposal = None
        assert np.array_equal(array, before), f"{tool} wrote before it was applied"
        if proposal is None:
            continue
        labels.apply(proposal)

        changed = array != before
        assert changed[proposal.slices].sum() == changed.sum() == proposal.voxels > 0
        assert {int(v) for v in np.unique(before[changed])} <= {0, mine, other}
        assert {int(v) for v in np.unique(array[changed])} <= {0, mine, other}
        assert set(proposal.changes) == (
            {int(v) for v in np.unique(before[changed])}
            | {int(v) for v in np.unique(array[changed])}
        ) - {0}
        done.append(proposal)
        states.append(array.tobytes())
    assert len({p.name.split()[0] for p in done}) > 5, "too few tools found something to do"
    assert any("is locked" in said for said in refusals)
    assert all(np.array_equal(array == v, mask) for v, mask in kept.items())
    assert_index_is_true(labels)
    for proposal, state in zip(reversed(done), reversed(states[:-1]), strict=True):
        labels.revert(proposal)
        assert array.tobytes() == state
    assert_index_is_true(labels)


def assert_index_is_true(labels):
    fresh, kept = LabelIndex(labels.array), labels.index
    assert kept.ids == fresh.ids
    assert [kept.box(v) for v in kept.ids] == [fresh.box(v) for v in fresh.ids]
    assert [kept.voxels(v) for v in kept.ids] == [fresh.voxels(v) for v in fresh.ids]
