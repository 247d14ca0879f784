"""Only Hounsfield units are walked; everything else is told what it looks like."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from napari_vertseg.errors import ScanUnreadable
from napari_vertseg.io import read_scan
from napari_vertseg.volume import AIR_HU

SHAPE = (24, 25, 26)
Nifti = Callable[..., Path]


def torso(noise: float = 12.0) -> np.ndarray:
    """Soft tissue with fat, a bone and air around it, as HU."""
    hu = np.full(SHAPE, 45.0)
    hu[:, :4] = -1000
    hu[:, 4:8] = -100
    hu[8:16, 12:18, 10:16] = 350
    hu[10:12, 12:14, 10:12] = 1100
    return hu + np.random.default_rng(0).normal(0.0, noise, SHAPE)


def test_a_torso_is_read(nifti: Nifti) -> None:
    scan = read_scan(nifti(torso().astype(np.int16)))
    assert scan.voxels.max() > 1000
    assert scan.warnings == ()


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.float32])
def test_values_stored_1024_too_high_are_refused(nifti: Nifti, dtype: type) -> None:
    stored = np.clip(torso() + 1024, 0, None).astype(dtype)
    with pytest.raises(ScanUnreadable, match=r"1024 too high; subtract 1024"):
        read_scan(nifti(stored))


@pytest.mark.parametrize("padding", [-1024, -2000, -3024])
def test_padding_does_not_hide_an_offset(nifti: Nifti, padding: int) -> None:
    stored = np.clip(torso() + 1024, 0, None)
    stored[:, :, :6] = padding
    with pytest.raises(ScanUnreadable, match="1024 too high"):
        read_scan(nifti(stored.astype(np.int16)))


@pytest.mark.parametrize("padding", [-2000, -3024])
def test_padding_around_a_true_ct_becomes_air(nifti: Nifti, padding: int) -> None:
    hu = torso()
    hu[:, :, :6] = padding
    scan = read_scan(nifti(hu.astype(np.int16)))
    assert scan.voxels.min() == AIR_HU


@pytest.mark.parametrize(("top", "dtype"), [(255, np.uint8), (1200, np.uint16), (900, np.float32)])
def test_mr_and_windowed_pictures_are_refused(nifti: Nifti, top: int, dtype: type) -> None:
    picture = np.random.default_rng(0).uniform(0, top, SHAPE).astype(dtype)
    with pytest.raises(ScanUnreadable, match=r"no CT values.*MR, a windowed picture or a mask"):
        read_scan(nifti(picture))


def test_normalised_values_are_refused(nifti: Nifti) -> None:
    z_scores = np.random.default_rng(0).normal(0, 1, SHAPE).astype(np.float32)
    with pytest.raises(ScanUnreadable, match="looks normalised"):
        read_scan(nifti(z_scores))


def test_a_label_map_is_refused_as_a_scan(nifti: Nifti) -> None:
    labels = np.random.default_rng(0).integers(0, 26, SHAPE).astype(np.uint8)
    with pytest.raises(ScanUnreadable, match="label map"):
        read_scan(nifti(labels))


def test_nothing_but_air_is_refused(nifti: Nifti) -> None:
    air = np.random.default_rng(0).integers(-1030, -1021, SHAPE).astype(np.int16)
    with pytest.raises(ScanUnreadable, match="nothing but air"):
        read_scan(nifti(air))


def test_a_scan_without_a_spine_is_still_a_scan(nifti: Nifti) -> None:
    water = np.random.default_rng(0).normal(0, 30, SHAPE).astype(np.int16)
    assert read_scan(nifti(water)).voxels.shape == SHAPE[::-1]


def test_a_clean_phantom_without_noise_is_a_scan(nifti: Nifti) -> None:
    assert read_scan(nifti(torso(noise=0.0).astype(np.int16))).voxels.max() == 1100


def test_the_check_can_be_waived_by_who_knows_better(nifti: Nifti) -> None:
    bone = np.where(torso() > 200, torso(), 0).astype(np.int16)
    path = nifti(bone)
    with pytest.raises(ScanUnreadable, match="no CT values"):
        read_scan(path)
    assert read_scan(path, check_ct=False).voxels.min() == 0


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, -1024.0), (2.0, -1024.0), (0.5, -1024.0)])
def test_slope_and_intercept_of_nifti_are_applied(
    nifti: Nifti, slope: float, intercept: float
) -> None:
    hu = np.maximum(np.rint(torso()), intercept)
    stored = np.rint((hu - intercept) / slope).astype(np.uint16)
    path = nifti(stored, name="scaled.nii")
    raw = bytearray(path.read_bytes())
    struct.pack_into("<2f", raw, 112, slope, intercept)  # nibabel would choose its own
    path.write_bytes(raw)
    scan = read_scan(path)
    plain = read_scan(nifti(hu.astype(np.int16), name="plain.nii.gz"))
    assert np.abs(scan.voxels.astype(int) - plain.voxels).max() <= slope / 2


def test_floats_are_rounded(nifti: Nifti) -> None:
    hu = torso().astype(np.float32)
    expected = read_scan(nifti(np.rint(hu).astype(np.int16), name="whole.nii"))
    assert np.array_equal(read_scan(nifti(hu)).voxels, expected.voxels)
