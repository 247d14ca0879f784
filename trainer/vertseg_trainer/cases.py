"""Training cases on disk: a scan with labels, or labels alone that become scans by synthesis."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from napari_vertseg.anatomy import is_target
from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.volume import Grid, Orientation, Zyx, floor_hu

_CUT_FACE_MM2 = 100.0
"""A vertebra with more than this on the first or last slice counts as cut by the scan;
tight crops around whole vertebrae leave less."""

_STEMS = ("ct", "bone", "vertebrae", "structures", "ignore")


@dataclass(frozen=True, eq=False)
class TrainingCase:
    """One patient's arrays, all canonical and on one grid."""

    name: str
    grid: Grid
    labels: NDArray[np.uint8]
    """(z, y, x) VerSe values, sacrum and S1 as 26."""
    image: NDArray[np.int16] | None = None
    """(z, y, x) HU; None where the CT is synthesised at every draw."""
    bone: NDArray[np.int16] | None = None
    """(z, y, x) real HU of bone, 0 elsewhere; laid over synthesised soft tissue."""
    structures: NDArray[np.uint8] | None = None
    """(z, y, x) TotalSegmentator values of the organs around."""
    ignore: NDArray[np.bool_] | None = None
    """(z, y, x): no loss is taken here."""
    is_complete: Mapping[int, bool] | None = None
    """Per VerSe value; worked out from the scan's first and last slice where absent."""
    is_exhaustive: bool = False
    """Every vertebra in view is labelled, so bone beyond the labels is background."""
    sha256: str = ""
    licence: str = ""

    def completeness(self) -> dict[int, bool]:
        """Whether each labelled vertebra lies wholly in the scan."""
        face_mm2 = self.grid.spacing_mm.y * self.grid.spacing_mm.x
        faces = np.concatenate([self.labels[0].ravel(), self.labels[-1].ravel()])
        area = np.bincount(faces, minlength=256) * face_mm2
        values = [int(v) for v in np.unique(self.labels) if is_target(int(v))]
        guessed = {v: bool(area[v] <= _CUT_FACE_MM2) for v in values}
        return guessed | {v: c for v, c in (self.is_complete or {}).items() if v in guessed}


def load_cases(folder: Path, role: str) -> list[TrainingCase]:
    """Every case of a role below a folder.

    ``manifest.json`` lists ``path``, ``role`` and ``licence`` of each case; each case
    folder holds ``vertebrae.nii.gz`` and, where there are any, ``ct``, ``bone``,
    ``structures`` and ``ignore`` beside it.

    Raises
    ------
    CaseIncomplete
        No manifest, no case of that role, or arrays that do not fit each other.
    """
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        raise CaseIncomplete(
            f"{folder.name} has no manifest.json, so roles are unknown and validation scans "
            "could leak into training. List path and role of every case in it."
        )
    entries = json.loads(manifest.read_text(encoding="utf-8"))
    cases = [
        load_case(folder / entry["path"], entry)
        for entry in entries
        if entry["role"] == role and (folder / entry["path"] / "vertebrae.nii.gz").is_file()
    ]
    if not cases:
        raise CaseIncomplete(f"{folder.name} lists no case with the role {role!r}")
    return cases


def load_case(folder: Path, record: Mapping[str, Any]) -> TrainingCase:
    """Read one case folder.

    Raises
    ------
    CaseIncomplete
        A volume is missing or lies on another grid than the labels.
    """
    files = {stem: folder / f"{stem}.nii.gz" for stem in _STEMS}
    files = {stem: path for stem, path in files.items() if path.is_file()}
    grid, arrays = _read_on_one_grid(files, folder.name)
    complete = record.get("complete")
    return TrainingCase(
        name=folder.name,
        grid=grid,
        labels=arrays["vertebrae"].astype(np.uint8),
        image=floor_hu(arrays["ct"]) if "ct" in arrays else None,
        bone=arrays["bone"].astype(np.int16) if "bone" in arrays else None,
        structures=arrays["structures"].astype(np.uint8) if "structures" in arrays else None,
        ignore=arrays["ignore"] > 0 if "ignore" in arrays else None,
        is_complete={int(k): bool(v) for k, v in complete.items()} if complete else None,
        is_exhaustive=bool(record.get("exhaustive", False)),
        sha256=_hash(files),
        licence=str(record.get("licence", "")),
    )


def _read_on_one_grid(
    files: Mapping[str, Path], name: str
) -> tuple[Grid, dict[str, NDArray[Any]]]:
    if "vertebrae" not in files:
        raise CaseIncomplete(f"the case {name} has no vertebrae.nii.gz")
    grids: dict[str, Grid] = {}
    arrays: dict[str, NDArray[Any]] = {}
    for stem, path in files.items():
        image = nib.load(path)
        stored = Grid(Zyx(*image.shape), image.affine)  # type: ignore[attr-defined]
        turn = Orientation.of(stored.affine)
        grids[stem] = turn.apply_to_grid(stored)
        values = np.asarray(image.dataobj)  # type: ignore[attr-defined]
        arrays[stem] = np.ascontiguousarray(turn.apply(values))
    for stem, grid in grids.items():
        if not grid.is_same(grids["vertebrae"], tolerance_mm=0.1):
            raise CaseIncomplete(f"in the case {name}, {stem} and vertebrae differ in their grid")
    return grids["vertebrae"], arrays


def _hash(files: Mapping[str, Path]) -> str:
    digest = hashlib.sha256()
    for stem in sorted(files):
        digest.update(files[stem].read_bytes())
    return digest.hexdigest()
