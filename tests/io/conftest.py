"""Volumes that a scanner might have made, and the files that carry them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import permutations, product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

ALL_48 = list(product(permutations(range(3)), product((1.0, -1.0), repeat=3)))


def ct_values(shape: Iterable[int], seed: int = 0) -> NDArray[np.int16]:
    """Noise around soft tissue with air in one corner and bone in another: nothing symmetric."""
    shape = tuple(shape)
    hu = np.random.default_rng(seed).normal(40.0, 150.0, shape)
    hu[: shape[0] // 2, : shape[1] // 2, 0] = -1000
    hu[-1, -1, shape[2] // 2 :] = 900
    return hu.astype(np.int16)


def affine_of(
    world_axes: tuple[int, ...] = (0, 1, 2),
    signs: tuple[float, ...] = (1.0, 1.0, 1.0),
    spacing_mm: tuple[float, ...] = (0.75, 1.25, 2.5),
    origin_mm: tuple[float, ...] = (11.0, -7.5, 203.0),
) -> NDArray[np.float64]:
    """Affine whose stored axis n runs along RAS axis ``world_axes[n]``, either way."""
    affine = np.eye(4)
    affine[:3, :3] = 0.0
    for stored, (world, sign, mm) in enumerate(zip(world_axes, signs, spacing_mm, strict=True)):
        affine[world, stored] = sign * mm
    affine[:3, 3] = origin_mm
    return affine


def oblique_affine(spacing_mm: tuple[float, ...] = (0.75, 1.25, 2.5)) -> NDArray[np.float64]:
    """Turned about all three axes, first axis to the left."""
    from scipy.spatial.transform import Rotation

    affine = affine_of((0, 1, 2), (-1.0, 1.0, 1.0), spacing_mm)
    turn = Rotation.from_euler("xyz", (14.0, -9.0, 23.0), degrees=True).as_matrix()
    affine[:3, :3] = turn @ affine[:3, :3]
    return affine


@pytest.fixture
def ct() -> SimpleNamespace:
    """Values and affines: ``ct.values(shape)``, ``ct.affine(…)``, ``ct.oblique()``."""
    return SimpleNamespace(values=ct_values, affine=affine_of, oblique=oblique_affine)


@pytest.fixture(
    params=ALL_48,
    ids=lambda turn: "".join(
        "RAS"[axis] if sign > 0 else "LPI"[axis] for axis, sign in zip(*turn, strict=True)
    ),
)
def turn(request: pytest.FixtureRequest) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """World axes and signs of each of the 48 orientations."""
    axes, signs = request.param
    return axes, signs


@pytest.fixture
def nifti(tmp_path: Path) -> Callable[..., Path]:
    """Write a NIfTI file by hand, with its header open to mischief."""
    import nibabel

    def _write(
        voxels: NDArray[Any],
        affine: NDArray[np.float64] | None = None,
        name: str = "scan.nii.gz",
        edit: Callable[[Any], None] = lambda image: None,
        kind: Any = nibabel.Nifti1Image,
        header: Any = None,
    ) -> Path:
        path = tmp_path / name
        image = kind(voxels, affine_of() if affine is None else affine, header, dtype=voxels.dtype)
        edit(image)
        image.to_filename(path)
        return path

    return _write


@pytest.fixture
def dicom(tmp_path: Path) -> Callable[..., Path]:
    """Write a DICOM series with pydicom: another library than the one that reads it.

    ``dicom(hu)`` takes (slice, row, column) HU, slice 0 lowest, and returns the folder.
    """

    def _write(
        hu: NDArray[np.int16],
        folder: str = "series",
        positions_mm: Iterable[float] | None = None,
        edit: Callable[[Any, int], None] = lambda dataset, number: None,
        prefix: str = "im",
        **shared: Any,
    ) -> Path:
        target = tmp_path / folder
        target.mkdir(exist_ok=True, parents=True)
        places = [2.5 * n for n in range(len(hu))] if positions_mm is None else list(positions_mm)
        template = _dicom_template(hu.shape[1:], **shared)
        for number, (page, place) in enumerate(zip(hu, places, strict=True)):
            _save_slice(template, page, place, number, target / f"{prefix}{number:03d}.dcm", edit)
        return target

    return _write


def _dicom_template(
    rows_columns: tuple[int, ...], modality: str = "CT", series: int = 1, **fields: Any
) -> Any:
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID = CTImageStorage
    dataset.PatientName = "Doe^Jane"
    dataset.PatientID = "SECRET-77"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.Modality = modality
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=["study"])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["series", str(series)])
    dataset.SeriesNumber = series
    dataset.Rows, dataset.Columns = rows_columns
    dataset.PixelSpacing = [0.8, 0.6]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 0
    dataset.RescaleSlope, dataset.RescaleIntercept = "1", "-1024"
    for key, value in fields.items():
        setattr(dataset, key, value)
    return dataset


def _save_slice(
    template: Any,
    page: NDArray[np.int16],
    place_mm: float,
    number: int,
    file: Path,
    edit: Callable[[Any, int], None],
) -> None:
    from copy import deepcopy

    from pydicom.uid import generate_uid

    dataset = deepcopy(template)
    dataset.InstanceNumber = number + 1
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[str(file)])
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    cosines = np.array([float(v) for v in dataset.ImageOrientationPatient])
    normal = np.cross(cosines[:3], cosines[3:])
    dataset.ImagePositionPatient = [f"{v:.6f}" for v in (-50.0, -40.0, 300.0) + normal * place_mm]
    slope, intercept = float(dataset.RescaleSlope), float(dataset.RescaleIntercept)
    stored = np.rint((page.astype(float) - intercept) / slope)
    dataset.PixelData = stored.astype(
        "<u2" if dataset.PixelRepresentation == 0 else "<i2"
    ).tobytes()
    edit(dataset, number)
    dataset.save_as(file, enforce_file_format=True)
