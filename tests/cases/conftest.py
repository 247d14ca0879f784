"""Small scans on an oblique, anisotropic grid in a file order of their own, and a project."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from napari_vertseg.cases import (
    Case,
    CaseVertebra,
    MaskToImport,
    Project,
    ReviewedRange,
    Verdict,
    import_scan,
)
from napari_vertseg.io import write_labels, write_scan
from napari_vertseg.volume import Grid, Orientation, Scan, Zyx

SHAPE = (24, 14, 16)
WHOLE = ReviewedRange()


def scan_of(seed: int = 0) -> Scan:
    """CT-like noise with the bones of ``labels_of``."""
    hu = np.where(truth() > 0, 600, 40) + np.random.default_rng(seed).normal(0, 20, SHAPE)
    hu[:, :2] = -1000
    affine = np.eye(4)
    turn = Rotation.from_euler("xyz", (6, -4, 9), degrees=True).as_matrix()
    affine[:3, :3] = turn @ np.array([[-0.9, 0, 0], [0, 0, 1.1], [0, 3.0, 0]])  # x, z, y
    affine[:3, 3] = (11, -7, 300)
    orientation = Orientation.of(affine)
    voxels = hu.astype(np.int16)
    stored = Grid(Zyx(*orientation.undo(voxels).shape), affine)
    return Scan(
        voxels=voxels,
        grid=orientation.apply_to_grid(stored),
        stored_grid=stored,
        orientation=orientation,
        name=f"scan{seed}",
    )


def truth() -> NDArray[np.uint16]:
    """(z, y, x): vertebrae 1, 2, 3 from the top."""
    labels = np.zeros(SHAPE, dtype=np.uint16)
    for number in (1, 2, 3):
        top = 7 * (number - 1) + 2
        labels[top : top + 5, 4:11, 3:13] = number
    return labels


@pytest.fixture
def labels() -> NDArray[np.uint16]:
    return truth()


@pytest.fixture
def scan_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a scan beside the project."""

    def make(seed: int = 0, name: str | None = None) -> Path:
        path = tmp_path / "scans" / f"{name or f'scan{seed}'}.nii.gz"
        path.parent.mkdir(exist_ok=True)
        write_scan(path, scan_of(seed), overwrite=True)
        return path

    return make


@pytest.fixture
def mask_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a mask for such a scan, with other values."""

    def make(values: Sequence[int] = (20, 21, 22), suffix: str = ".nii.gz") -> Path:
        path = tmp_path / "scans" / f"mask-{values[0]}{suffix}"
        path.parent.mkdir(exist_ok=True)
        table = np.array([0, *values], dtype=np.uint16)
        write_labels(path, table[truth()], scan_of(), overwrite=True)
        return path

    return make


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "spines", who="Ann")


@pytest.fixture
def plain(project: Project, scan_file: Callable[..., Path]) -> Case:
    """A case with nothing but its scan."""
    return import_scan(project, scan_file(), annotator="Ann", patient="P1").case


@pytest.fixture
def case(project: Project, scan_file: Callable[..., Path], mask_file: Callable[..., Path]) -> Case:
    """A case with three proposed vertebrae, L1 to L3."""
    mask = MaskToImport(path=mask_file())
    return import_scan(project, scan_file(), annotator="Ann", mask=mask, patient="P1").case


def rows(*verdicts: Verdict) -> list[CaseVertebra]:
    """Vertebrae 1, 2, …"""
    return [CaseVertebra(id=n, order=n, verdict=v) for n, v in enumerate(verdicts, start=1)]


def settled(case: Case, verdict: Verdict = Verdict.ACCEPTED) -> Case:
    """All vertebrae with this verdict."""
    return replace(case, vertebrae=tuple(replace(v, verdict=verdict) for v in case.vertebrae))
