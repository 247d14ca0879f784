"""A scan with its truth, ready to be walked and scored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..anatomy import is_target
from ..errors import CaseIncomplete
from ..evaluation import Reference, complete_by_faces, evaluate_scan
from ..io import read_labels, read_scan
from ..metrics import ScanScore
from ..network.model import Model
from ..pipeline import drain, prepare
from ..segmentation import Segmentation
from ..synthesis import Phantom, make_phantom
from ..traversal import TraversalState
from ..volume import Grid, Scan, Slices, Zyx

_COMPLETE_SHARE = 0.97
"""A vertebra that lost more than 3 % of its volume to a crop is incomplete (P19)."""
_LEAST_MM3 = 1000.0
"""Less of a vertebra is no target where a cut left it: a quarter above n_min (P6), since a
mask may be somewhat too small."""


@dataclass(frozen=True, eq=False)
class Subject:
    """One scan with what is known about it."""

    scan: Scan
    labels: NDArray[Any]
    """(z, y, x) VerSe values on the scan's canonical grid."""
    is_complete: dict[int, bool]
    is_exhaustive: bool = False
    """Every vertebra in view is labelled."""

    @property
    def targets(self) -> list[int]:
        """VerSe values of the labelled vertebrae."""
        return [int(v) for v in np.unique(self.labels) if is_target(int(v))]

    def cropped(self, box: Slices) -> Subject:
        """The part of the scan in a box; a vertebra that lost more than 3 % is incomplete.

        What is left of a vertebra below n_min is background: no walk looks for it (P6).

        Parameters
        ----------
        box : Slices
            Within the scan.
        """
        whole = np.bincount(self.labels.ravel(), minlength=256)
        kept = np.bincount(self.labels[box].ravel(), minlength=256)
        kept[[v for v in self.targets if kept[v] * self.scan.grid.voxel_mm3 < _LEAST_MM3]] = 0
        labels = np.where(kept[self.labels[box]] > 0, self.labels[box], 0).astype(np.uint8)
        affine = self.scan.grid.affine.copy()
        affine[:3, 3] = self.scan.grid.to_world([s.start or 0 for s in box])
        grid = Grid(Zyx(*labels.shape), affine)
        voxels = np.ascontiguousarray(self.scan.voxels[box])
        complete = {
            v: c and bool(kept[v] >= _COMPLETE_SHARE * whole[v])
            for v, c in self.is_complete.items()
            if kept[v]
        }
        scan = Scan.from_canonical(voxels, grid, self.scan.name)
        return replace(self, scan=scan, labels=labels, is_complete=complete)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a walk of a subject gave."""

    segmentation: Segmentation
    state: TraversalState
    seconds: float
    """Walk and way back, without reading and writing."""


def walk(subject: Subject, model: Model, **settings: Any) -> Outcome:
    """Walk a subject as ``vertseg segment`` does; ``start`` and ``both`` as in ``Walk.events``."""
    began = perf_counter()
    start = settings.pop("start", None)
    both = settings.pop("both", False)
    prepared = prepare(subject.scan, model.card, model.predictor(), **settings)
    state = drain(prepared.events(start=start, both=both), lambda event: None)
    segmentation = prepared.segmentation(state.found)
    return Outcome(segmentation, state, perf_counter() - began)


def score(subject: Subject, outcome: Outcome) -> ScanScore:
    """Score a walk with incomplete vertebrae kept (P23)."""
    return evaluate_scan(
        outcome.segmentation,
        Reference(
            labels=subject.labels,
            is_complete=subject.is_complete,
            is_exhaustive=subject.is_exhaustive,
        ),
        name=subject.scan.name,
        steps=outcome.state.step,
        seconds=outcome.seconds,
    )


def subjects_of(folder: Path, role: str) -> Iterator[Subject]:
    """Labelled scans of a role, one in memory at a time; raises as ``cases_of``."""
    for case, is_exhaustive in cases_of(folder, role):
        yield read_subject(case, is_exhaustive=is_exhaustive)


def cases_of(folder: Path, role: str) -> list[tuple[Path, bool]]:
    """Folders of the scans of a role, and whether every vertebra in view is labelled.

    Raises
    ------
    CaseIncomplete
        The folder has no manifest.
    """
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        raise CaseIncomplete(f"{folder.name} has no manifest.json that lists its scans and roles")
    entries = json.loads(manifest.read_text(encoding="utf-8"))
    return [
        (folder / entry["path"], bool(entry.get("exhaustive", False)))
        for entry in entries
        if entry["role"] == role and (folder / entry["path"] / "ct.nii.gz").is_file()
    ]


def read_subject(case: Path, *, is_exhaustive: bool = False) -> Subject:
    """A folder with ``ct.nii.gz`` and ``vertebrae.nii.gz``."""
    scan = replace(read_scan(case / "ct.nii.gz"), name=case.name)
    labels, _ = read_labels(case / "vertebrae.nii.gz", like=scan)
    return Subject(scan, labels, complete_by_faces(labels, scan.grid), is_exhaustive)


def phantom_subject(seed: int) -> Subject:
    """A phantom from the committed ranges, at its own spacing, without slivers at its ends."""
    return subject_of(make_phantom(seed), f"phantom-{seed}")


def subject_of(phantom: Phantom, name: str) -> Subject:
    """A phantom under a name; less of a vertebra than n_min is background (P6)."""
    drawn = Subject(
        scan=replace(phantom.scan, name=name),
        labels=phantom.labels,
        is_complete={v: bool(c) for v, c in phantom.is_complete.items() if is_target(v)},
        is_exhaustive=True,
    )
    return drawn.cropped((slice(None), slice(None), slice(None)))
