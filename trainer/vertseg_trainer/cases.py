"""Training cases on disk: a scan with labels, or labels alone that become scans by synthesis."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_vertseg.anatomy import is_target
from napari_vertseg.errors import CaseIncomplete, ScanUnreadable
from napari_vertseg.io import read_labels, read_scan
from napari_vertseg.volume import Grid

_CUT_FACE_MM2 = 100.0
"""A vertebra with more than this on the first or last slice counts as cut by the scan;
tight crops around whole vertebrae leave less."""

_INTENSITIES = ("ct", "bone")
_STEMS = (*_INTENSITIES, "vertebrae", "structures", "ignore")


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
    has_levels: bool = True
    """The labels say which vertebra is which; else they only count from the head."""
    ignored: frozenset[int] = frozenset()
    """VerSe values that stay in the memory and are never a target."""
    loss_weight: Mapping[int, float] = field(default_factory=dict)
    """By VerSe value, where a vertebra counts more than others."""
    sha256: str = ""
    licence: str = ""

    def completeness(self) -> dict[int, bool]:
        """Whether each labelled vertebra lies wholly in the scan."""
        return dict(self._completeness)

    @cached_property
    def _completeness(self) -> dict[int, bool]:
        """Asked for at every draw of a scan, and slow on large label maps."""
        face_mm2 = self.grid.spacing_mm.y * self.grid.spacing_mm.x
        faces = np.concatenate([self.labels[0].ravel(), self.labels[-1].ravel()])
        area = np.bincount(faces, minlength=256) * face_mm2
        values = [int(v) for v in np.unique(self.labels) if is_target(int(v))]
        guessed = {v: bool(area[v] <= _CUT_FACE_MM2) for v in values}
        return guessed | {v: c for v, c in (self.is_complete or {}).items() if v in guessed}


@dataclass(frozen=True)
class CaseEntry:
    """One line of ``manifest.json``: where a case is and what it may be used for."""

    folder: Path
    role: str
    """``train``, ``validation`` or ``test``; anything else is not for the trainer."""
    record: Mapping[str, Any]
    """The line as it stands, with what else it says."""


def load_cases(folder: Path, role: str) -> list[TrainingCase]:
    """Every case of a role below a folder, in the order of its manifest; none is no error.

    ``manifest.json`` is a list with ``path`` and ``role`` of each case and, where known,
    ``licence``, ``complete`` (by VerSe value) and ``exhaustive``. Each case folder holds
    ``vertebrae.nii.gz`` and, where there are any, ``ct``, ``bone``, ``structures`` and
    ``ignore`` beside it.

    Raises
    ------
    CaseIncomplete
        No readable manifest, or a case that cannot be used.
    """
    entries = [entry for entry in read_manifest(folder) if entry.role == role]
    return [load_case(entry.folder, entry.record) for entry in entries]


def read_manifest(folder: Path) -> list[CaseEntry]:
    """Cases of a folder with their roles.

    Raises
    ------
    CaseIncomplete
        No manifest, none that can be read, or one case in two roles.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise CaseIncomplete(
            f"{folder.name} has no manifest.json, so roles are unknown and validation scans "
            "could leak into training. List path and role of every case in it."
        )
    try:
        lines = json.loads(path.read_text(encoding="utf-8"))
        entries = [CaseEntry(folder / line["path"], str(line["role"]), line) for line in lines]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CaseIncomplete(
            f"the manifest.json of {folder.name} cannot be used ({error!r}); it must be a list "
            'of cases like {"path": "scan1", "role": "train"}.'
        ) from None
    roles: dict[Path, str] = {}
    for entry in entries:
        if roles.setdefault(entry.folder.resolve(), entry.role) != entry.role:
            raise CaseIncomplete(
                f"the manifest.json of {folder.name} gives {entry.folder.name} two roles; "
                "a case has one, or validation would be of no worth."
            )
    return entries


def load_case(folder: Path, record: Mapping[str, Any]) -> TrainingCase:
    """Read one case folder.

    Raises
    ------
    CaseIncomplete
        A volume is missing, unreadable or lies on another grid than the labels.
    """
    files = {stem: folder / f"{stem}.nii.gz" for stem in _STEMS}
    files = {stem: path for stem, path in files.items() if path.is_file()}
    if "vertebrae" not in files:
        raise CaseIncomplete(f"the case {folder.name} has no vertebrae.nii.gz")
    try:
        grid, arrays = _read_on_one_grid(files, folder.name)
    except ScanUnreadable as error:
        raise CaseIncomplete(f"the case {folder.name} cannot be used: {error}") from None
    complete = record.get("complete")
    structures = arrays.get("structures")
    return TrainingCase(
        name=folder.name,
        grid=grid,
        labels=arrays["vertebrae"].astype(np.uint8),
        image=arrays.get("ct"),
        bone=arrays.get("bone"),
        structures=None if structures is None else structures.astype(np.uint8),
        ignore=arrays["ignore"] > 0 if "ignore" in arrays else None,
        is_complete={int(k): bool(v) for k, v in complete.items()} if complete else None,
        is_exhaustive=bool(record.get("exhaustive", False)),
        sha256=_hash(files),
        licence=str(record.get("licence", "")),
    )


def _read_on_one_grid(
    files: Mapping[str, Path], name: str
) -> tuple[Grid, dict[str, NDArray[Any]]]:
    arrays: dict[str, NDArray[Any]] = {}
    arrays["vertebrae"], grid = read_labels(files["vertebrae"])
    for stem in sorted(set(files) - {"vertebrae"}):
        if stem in _INTENSITIES:
            # Bone alone, on an empty ground, is no CT to the eye of the reader.
            scan = read_scan(files[stem], check_ct=stem == "ct")
            arrays[stem], own_grid = scan.voxels, scan.grid
        else:
            arrays[stem], own_grid = read_labels(files[stem])
        if not own_grid.is_same(grid, tolerance_mm=0.1):
            raise CaseIncomplete(f"in the case {name}, {stem} and vertebrae differ in their grid")
    for stem in set(files) - set(_INTENSITIES):
        if int(arrays[stem].max()) > 255:
            raise CaseIncomplete(
                f"in the case {name}, {stem} holds the value {int(arrays[stem].max())}; "
                "labels are VerSe values, structures those of structures.json, both below 256."
            )
    return grid, arrays


def _hash(files: Mapping[str, Path]) -> str:
    digest = hashlib.sha256()
    for stem in sorted(files):
        digest.update(files[stem].read_bytes())
    return digest.hexdigest()
