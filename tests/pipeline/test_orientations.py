"""The same scan, stored in any of the 48 ways: the same vertebrae on its own grid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations, product
from pathlib import Path
from typing import Any

import nibabel
import numpy as np

from napari_vertseg.io import read_scan, write_labels
from napari_vertseg.network.model import ModelCard
from napari_vertseg.pipeline import drain, prepare
from napari_vertseg.prediction import Predictor

Make = Callable[..., Any]
WAYS = [(axes, flips) for axes in permutations(range(3)) for flips in product((1, -1), repeat=3)]


def turned(labels: np.ndarray, spacing_mm: tuple[float, float, float]) -> Iterator[Any]:
    """Images of canonical labels, stored in every way."""
    # nibabel's own words: x to the right, y to the front, z up.
    ras = np.ascontiguousarray(labels.transpose(2, 1, 0)[::-1, ::-1, ::-1])
    affine = np.diag([*spacing_mm[::-1], 1.0])
    affine[:3, 3] = (-40.0, 25.0, -310.0)
    upright = nibabel.Nifti1Image(ras, affine)
    for axes, flips in WAYS:
        yield upright.as_reoriented(np.column_stack([axes, flips]))


def labels_of(stored: Any, folder: Path, card: ModelCard, predict: Predictor) -> Any:
    """The label file that a stored scan gets."""
    nibabel.save(stored, folder / "scan.nii.gz")
    scan = read_scan(folder / "scan.nii.gz", check_ct=False)
    walk = prepare(scan, card, predict, search_min_hu=None)
    labels = walk.segmentation(drain(walk.events(), lambda event: None).found).label_map()
    write_labels(folder / "labels.nii.gz", labels, scan, overwrite=True)
    return nibabel.load(folder / "labels.nii.gz")


def test_the_truth_comes_back_to_the_voxel_in_all_48_orientations(
    spine: Make, card: Make, oracle: Make, tmp_path: Path
) -> None:
    truth = spine((4.0, 4.0, 4.0))
    for stored in turned(truth.labels, (4.0, 4.0, 4.0)):
        written = labels_of(stored, tmp_path, card(4.0), oracle(truth))

        np.testing.assert_allclose(written.affine, stored.affine, atol=1e-4)
        np.testing.assert_array_equal(np.asarray(written.dataobj), np.asarray(stored.dataobj))


def test_a_resampled_scan_gets_the_same_labels_in_all_48_orientations(
    spine: Make, card: Make, bright_predictor: Predictor, dice: Make, tmp_path: Path
) -> None:
    truth = spine((5.0, 3.0, 2.5))
    bone = np.where(truth.labels > 0, 400, 0).astype(np.int16)
    seen = set()
    for stored in turned(bone, (5.0, 3.0, 2.5)):
        written = labels_of(stored, tmp_path, card(4.0), bright_predictor)
        back = np.asarray(nibabel.as_closest_canonical(written).dataobj)
        seen.add(back.tobytes())

    canonical = back[::-1, ::-1, ::-1].transpose(2, 1, 0)
    assert len(seen) == 1
    assert min(dice(canonical == v, truth.labels == v) for v in range(1, 6)) > 0.85
