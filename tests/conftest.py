"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from napari_vertseg.cases import MaskToImport, Project, ReviewedRange, Role, import_scan
from napari_vertseg.io import write_labels, write_scan
from napari_vertseg.prediction import Prediction, Predictor
from napari_vertseg.volume import AIR_HU, Grid, Scan


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with the real scans; tests that need it skip where it is absent."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("VERTSEG_SHARED", beside))
    if not (folder / "manifest.json").is_file():
        pytest.skip(f"no real scans beside the project ({folder.name} is absent)")
    return folder


@pytest.fixture(scope="session")
def bright_predictor() -> Predictor:
    """Walks CT-like images without a network: next is the first bright piece not remembered.

    It knows no truth and no labels, so it works at any spacing, from any file and through
    resampling, as a network does. A piece that meets a face of patch or scan is incomplete.
    """

    def predict(image_patch: NDArray[np.int16], memory_patch: NDArray[np.bool_]) -> Prediction:
        bone = np.clip((image_patch.astype(np.float32) + 200) / 800, 0, 1)  # 0.5 at 200 HU
        pieces, count = ndimage.label(image_patch >= 200)
        for number in range(1, count + 1):  # in raster order: from the top
            piece = pieces == number
            if 2 * np.count_nonzero(piece & memory_patch) < np.count_nonzero(piece):
                around = ndimage.binary_dilation(piece, iterations=2)
                is_at_face = np.count_nonzero(piece[1:-1, 1:-1, 1:-1]) < np.count_nonzero(piece)
                is_cut = is_at_face or bool((image_patch[around] < AIR_HU).any())
                return Prediction(bone * around, 0.1 if is_cut else 0.9)
        return Prediction(np.zeros(image_patch.shape, dtype=np.float32), 0.0)

    return predict


@pytest.fixture
def spine_project(tmp_path: Path) -> Callable[..., Project]:
    """A project of small block spines, four millimetres a voxel, corrected and submitted."""

    def _spine_project(*roles: str, name: str = "spines") -> Project:
        project = Project.create(tmp_path / name, who="Ann")
        for number, role in enumerate(roles):
            scan, labels = _block_spine(number)
            files = [tmp_path / f"{name}-{number}{part}.nii.gz" for part in ("", "-mask")]
            write_scan(files[0], scan)
            write_labels(files[1], labels, scan)
            mask = MaskToImport(path=files[1], is_reference=True)
            case = import_scan(
                project,
                files[0],
                annotator="Ann",
                mask=mask,
                patient=f"P{number}",
                role=Role(role),
            ).case
            with project.edit(case.id, "Ann") as desk:
                desk.submit(ReviewedRange())
        return project

    return _spine_project


def _block_spine(number: int) -> tuple[Scan, NDArray[np.uint8]]:
    """L1 to L5 and the sacrum as bright blocks; every number another scan."""
    labels = np.zeros((64, 24, 24), dtype=np.uint8)
    for place, value in enumerate((20, 21, 22, 23, 24, 26)):
        labels[3 + 10 * place : 11 + 10 * place, 7:17, 7:17] = value
    rng = np.random.default_rng(number)
    hu = np.where(labels > 0, 400, -100) + rng.normal(0, 10, labels.shape)
    hu[:, :2] = -1000
    grid = Grid.canonical(labels.shape, (4.0, 4.0, 4.0))
    return Scan.from_canonical(hu.astype(np.int16), grid), labels
