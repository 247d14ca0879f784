"""Images of other readers as scans: no voxel is interpolated, nothing is guessed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.errors import CaseIncomplete, ScanUnreadable
from napari_vertseg.ui.foreign import CODES, ForeignGeometry, check_layer, known_unit, to_scan
from napari_vertseg.ui.mask_layers import on_scan


@pytest.fixture
def layers() -> Any:
    return pytest.importorskip("napari").layers


@pytest.fixture
def ct() -> NDArray[np.int16]:
    """Every voxel another value, fat and bone among them."""
    rng = np.random.default_rng(1)
    return rng.integers(-900, 1500, (6, 8, 10)).astype(np.int16)


def test_a_layer_with_scale_only_is_taken_as_it_lies(layers: Any, ct: NDArray[np.int16]) -> None:
    scan = to_scan(layers.Image(ct, scale=(3, 1, 1)), ForeignGeometry())

    assert np.array_equal(scan.voxels, ct)
    assert tuple(scan.grid.spacing_mm) == (3, 1, 1)


@pytest.mark.parametrize("code", list(CODES))
def test_axes_are_turned_as_the_user_says_and_the_way_back_is_exact(
    layers: Any, ct: NDArray[np.int16], code: str
) -> None:
    scan = to_scan(layers.Image(ct, scale=(3, 2, 1)), ForeignGeometry(axes=code))
    head_to_foot = {"I": 1, "S": -1}
    axis = next(i for i, letter in enumerate(code) if letter in "IS")

    assert np.array_equal(scan.orientation.undo(scan.voxels), ct)
    assert scan.grid.spacing_mm.z == (3, 2, 1)[axis]
    expected = np.flip(ct, axis) if head_to_foot[code[axis]] < 0 else ct
    assert scan.voxels[0].sum() == np.take(expected, 0, axis=axis).astype(int).sum()


def test_centimetres_become_millimetres(layers: Any, ct: NDArray[np.int16]) -> None:
    scan = to_scan(layers.Image(ct, scale=(0.3, 0.1, 0.1)), ForeignGeometry(unit="centimetre"))

    assert np.allclose(scan.grid.spacing_mm, (3, 1, 1))


@pytest.mark.parametrize(
    ("units", "expected"),
    [("mm", "millimetre"), ("um", "micrometre"), ("pixel", None), (("mm", "um", "um"), None)],
)
def test_the_unit_is_asked_for_only_where_the_layer_states_none(
    layers: Any, ct: NDArray[np.int16], units: Any, expected: str | None
) -> None:
    assert known_unit(layers.Image(ct, units=units)) == expected


def test_a_flipped_affine_is_undone_without_interpolation(
    layers: Any, ct: NDArray[np.int16]
) -> None:
    affine = np.diag([-2.0, 1.0, 1.0, 1.0])
    scan = to_scan(layers.Image(ct, affine=affine), ForeignGeometry())

    assert np.array_equal(scan.voxels, ct[::-1])


def test_an_oblique_layer_becomes_an_oblique_scan_in_its_own_axes(
    layers: Any, ct: NDArray[np.int16]
) -> None:
    scan = to_scan(layers.Image(ct, rotate=20), ForeignGeometry())

    assert np.array_equal(scan.voxels, ct)
    assert np.allclose(scan.grid.spacing_mm, (1, 1, 1))
    assert abs(scan.grid.affine[1, 2]) > 0.3


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"shear": [0.3, 0, 0]}, "sheared"),
        ({"scale": (100, 100, 100)}, "implausible spacing"),
    ],
)
def test_what_cannot_be_walked_is_refused_with_words(
    layers: Any, ct: NDArray[np.int16], settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(ScanUnreadable, match=words):
        to_scan(layers.Image(ct, name="other", **settings), ForeignGeometry())


def test_colours_and_films_are_refused_before_anything_is_asked(layers: Any) -> None:
    with pytest.raises(ScanUnreadable, match="colours"):
        check_layer(layers.Image(np.zeros((4, 5, 6, 3), np.uint8), rgb=True))
    with pytest.raises(ScanUnreadable, match="4 dimensions"):
        check_layer(layers.Image(np.zeros((2, 4, 5, 6), np.int16)))


def test_values_that_are_no_hu_are_refused(layers: Any) -> None:
    image = layers.Image(np.random.default_rng(0).random((6, 7, 8)), name="mr")

    with pytest.raises(ScanUnreadable, match="mr holds no CT values"):
        to_scan(image, ForeignGeometry())


def test_chunked_arrays_of_any_number_type_are_read(layers: Any, ct: NDArray[np.int16]) -> None:
    chunked = pytest.importorskip("dask.array").from_array(ct.astype(np.float32), chunks=4)
    scan = to_scan(layers.Image(chunked[None], scale=(1, 3, 1, 1)), ForeignGeometry())

    assert scan.voxels.dtype == np.int16
    assert np.array_equal(scan.voxels, ct)


def test_a_mask_drawn_on_a_foreign_layer_is_turned_with_it(
    layers: Any, ct: NDArray[np.int16]
) -> None:
    scan = to_scan(layers.Image(ct, scale=(3, 1, 1)), ForeignGeometry(axes="SAR"))
    drawn = (ct > 300).astype(np.uint8)
    mask = on_scan(layers.Labels(drawn, scale=(3, 1, 1)), scan, is_taken_over=True)

    assert np.array_equal(mask, scan.voxels > 300)


def test_a_mask_of_another_scan_is_refused(layers: Any, ct: NDArray[np.int16]) -> None:
    scan = to_scan(layers.Image(ct), ForeignGeometry())

    with pytest.raises(CaseIncomplete, match="does not lie on the scan"):
        on_scan(layers.Labels(np.zeros((6, 8, 9), np.uint8)), scan)
