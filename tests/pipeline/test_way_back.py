"""Perfect masks on the working grid are (nearly) perfect on the scan's grid."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from napari_vertseg.pipeline import Walk, WayBack, drain, prepare
from napari_vertseg.segmentation import Segmentation
from napari_vertseg.volume import Scan, Zyx

Make = Callable[..., Any]


def walked(walk: Walk, **options: object) -> Segmentation:
    state = drain(walk.events(**options), lambda event: None)  # type: ignore[arg-type]
    return walk.segmentation(state.found)


@pytest.mark.parametrize(
    ("spacing_mm", "least"),
    [
        ((1.0, 1.0, 1.0), 0.98),
        ((3.0, 0.8, 0.8), 0.98),
        ((5.0, 1.0, 1.0), 0.98),
        ((1.5, 2.5, 2.0), 0.98),
        ((0.9, 0.6, 0.7), 0.98),
    ],
)
def test_perfect_masks_come_back_from_two_millimetres(
    spine: Make, soft_walk: Make, dice: Make, spacing_mm: tuple[float, float, float], least: float
) -> None:
    truth = spine(spacing_mm)
    segmentation = walked(soft_walk(truth, 2.0, WayBack()))

    labels = segmentation.label_map()
    assert [number for number, _ in segmentation.numbered()] == [1, 2, 3, 4, 5]
    assert min(dice(labels == v, truth.labels == v) for v in range(1, 6)) >= least


def test_probability_keeps_what_nearest_neighbour_loses(
    spine: Make, soft_walk: Make, dice: Make
) -> None:
    truth = spine((1.0, 1.0, 1.0))
    scores = {}
    for resampling in ("probability", "nearest"):
        walk = soft_walk(truth, 2.0, WayBack(resampling=resampling))
        labels = walked(walk).label_map()
        scores[resampling] = np.mean([dice(labels == v, truth.labels == v) for v in range(1, 6)])

    assert scores["nearest"] < 0.97
    assert scores["probability"] > scores["nearest"] + 0.02


@pytest.mark.parametrize("resampling", ["probability", "nearest"])
def test_a_scan_on_the_working_grid_gets_the_truth_to_the_voxel(
    spine: Make, card: Make, oracle: Make, resampling: str
) -> None:
    truth = spine()
    walk = prepare(truth.scan, card(resampling=resampling), oracle(truth), search_min_hu=None)

    np.testing.assert_array_equal(walk.image.voxels, truth.labels)
    np.testing.assert_array_equal(walked(walk).label_map(), truth.labels)


@pytest.mark.parametrize("threshold", [0.3, 0.4, 0.5, 0.6])
def test_equal_grids_give_the_walks_own_masks_at_any_threshold(
    spine: Make, card: Make, oracle: Make, threshold: float
) -> None:
    """A blurred answer, cut in the walk and cut again on the scan's grid."""
    truth = spine()
    perfect = oracle(truth)

    def blurred(image: np.ndarray, memory: np.ndarray) -> object:
        answer = perfect(image, memory)
        blur = uniform_filter(answer.probability, 3).clip(0, 1)
        return replace(answer, probability=(answer.probability + blur) / 2)

    walk = prepare(
        truth.scan, card(), blurred, search_min_hu=None, probability_threshold=threshold
    )
    state = drain(walk.events(), lambda event: None)

    # Numbers differ only if the walk did not go head to foot.
    np.testing.assert_array_equal(
        walk.segmentation(state.found).label_map(keep_incomplete=True), state.memory.labels
    )
    assert len(state.found) == 5


def test_no_voxel_belongs_to_two_vertebrae(spine: Make, soft_walk: Make) -> None:
    truth = spine((1.0, 1.0, 1.0), tight=True)  # bodies touch
    segmentation = walked(soft_walk(truth, 2.0, WayBack()))

    total = sum(int(instance.mask.sum()) for instance in segmentation.instances)
    assert len(segmentation.instances) == 5
    assert total == np.count_nonzero(segmentation.label_map(keep_incomplete=True))


def test_up_and_down_and_both_ways_find_the_same(spine: Make, card: Make, oracle: Make) -> None:
    truth = spine()
    settings = {"search_min_hu": None}
    down = walked(prepare(truth.scan, card(), oracle(truth), **settings))
    up = walked(prepare(truth.scan, card(), oracle(truth), direction="up", **settings))
    middle = tuple(int(v) for v in np.argwhere(truth.labels == 3).mean(axis=0))
    both = walked(prepare(truth.scan, card(), oracle(truth), **settings), start=middle, both=True)

    for other in (up, both):
        np.testing.assert_array_equal(other.label_map(), down.label_map())
    assert [i.direction for i in both.instances] == ["up", "up", "down", "down", "down"]
    assert [i.id for i in both.instances] == [5, 4, 1, 2, 3]


def test_one_way_from_a_start_leaves_out_what_lies_behind(
    spine: Make, card: Make, oracle: Make
) -> None:
    truth = spine((1.5, 2.5, 2.0))
    middle = tuple(int(v) for v in np.argwhere(truth.labels == 3).mean(axis=0))
    walk = prepare(truth.scan, card(2.0), oracle(truth), search_min_hu=None)
    walk = replace(walk, image=prepare(spine().scan, card(), oracle(truth)).image)

    segmentation = walked(walk, start=middle)
    seen = [np.unique(truth.labels[i.slices][i.mask]) for i in segmentation.instances]
    assert [int(values[-1]) for values in seen] == [3, 4, 5]


def test_incomplete_vertebrae_keep_their_number_and_leave_the_label_map(
    spine: Make, card: Make, oracle: Make
) -> None:
    truth = spine()
    walk = prepare(truth.scan, card(), oracle(truth, incomplete={1}), search_min_hu=None)
    segmentation = walked(walk)

    assert list(np.unique(segmentation.label_map())) == [0, 2, 3, 4, 5]
    np.testing.assert_array_equal(segmentation.label_map(keep_incomplete=True), truth.labels)


def test_a_vertebra_between_two_thick_slices_is_left_out_not_an_error(
    spine: Make, soft_walk: Make
) -> None:
    truth = spine((1.0, 1.0, 1.0))
    walk = soft_walk(truth, 2.0, WayBack())
    found = drain(walk.events(), lambda event: None).found[0]
    # Slices so far apart that none of them passes the vertebra.
    far = replace(truth.grid, shape=Zyx(2, *truth.grid.shape[1:]))
    affine = far.affine.copy()
    affine[2, 0] = -120.0
    affine[2, 3] = truth.grid.to_world((-20, 0, 0))[2]
    scan = Scan.from_canonical(np.zeros(far.shape, dtype=np.int16), replace(far, affine=affine))

    assert replace(walk, scan=scan).on_scan(found) is None


def test_masks_are_never_held_as_a_volume_each(spine: Make, card: Make, oracle: Make) -> None:
    truth = spine((1.0, 0.6, 0.6))
    walk = prepare(spine().scan, card(), oracle(spine()), search_min_hu=None)
    state = drain(walk.events(), lambda event: None)
    fine = replace(walk, scan=truth.scan)

    tracemalloc.start()
    segmentation = fine.segmentation(state.found)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert len(segmentation.instances) == 5
    # One byte per voxel, the masks themselves, and floats for one vertebra's box.
    assert peak < 4 * truth.labels.size
