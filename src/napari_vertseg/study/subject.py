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
from ..io import read_labels, read_scan
from ..metrics import ScanScore, score_scan
from ..network.model import Model
from ..pipeline import drain, prepare
from ..segmentation import Segmentation
from ..synthesis import make_phantom
from ..traversal import TraversalState
from ..volume import Grid, Scan, Slices, Zyx

_CUT_FACE_MM2 = 100.0
"""A reference with more than this on the first or last slice counts as cut; tight
crops around whole vertebrae leave less."""
_COMPLETE_SHARE = 0.97
"""A vertebra that lost more than 3 % of its volume to a crop is incomplete (P19)."""


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
        """The part of the scan in a box; a vertebra that lost more than 3 % is incomplete."""
        whole = np.bincount(self.labels.ravel(), minlength=256)
        labels = np.ascontiguousarray(self.labels[box])
        kept = np.bincount(labels.ravel(), minlength=256)
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
    return score_scan(
        outcome.segmentation.label_map(keep_incomplete=True),
        subject.labels,
        subject.scan.grid.spacing_mm,
        name=subject.scan.name,
        predicted_complete={n: i.is_complete for n, i in outcome.segmentation.numbered()},
        reference_complete=subject.is_complete,
        is_exhaustive=subject.is_exhaustive,
        steps=outcome.state.step,
        seconds=outcome.seconds,
    )


def subjects_of(folder: Path, role: str) -> Iterator[Subject]:
    """Labelled scans of a role listed in a folder's ``manifest.json``.

    Raises
    ------
    CaseIncomplete
        The folder has no manifest.
    """
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        raise CaseIncomplete(f"{folder.name} has no manifest.json that lists its scans and roles")
    for entry in json.loads(manifest.read_text(encoding="utf-8")):
        case = folder / entry["path"]
        if entry["role"] == role and (case / "ct.nii.gz").is_file():
            yield read_subject(case, is_exhaustive=bool(entry.get("exhaustive", False)))


def read_subject(case: Path, *, is_exhaustive: bool = False) -> Subject:
    """A folder with ``ct.nii.gz`` and ``vertebrae.nii.gz``."""
    scan = replace(read_scan(case / "ct.nii.gz"), name=case.name)
    labels, _ = read_labels(case / "vertebrae.nii.gz", like=scan)
    return Subject(scan, labels, _whole_ones(labels, scan.grid), is_exhaustive)


def phantom_subject(seed: int) -> Subject:
    """A phantom from the committed ranges, at its own spacing."""
    phantom = make_phantom(seed)
    return Subject(
        scan=replace(phantom.scan, name=f"phantom-{seed}"),
        labels=phantom.labels,
        is_complete={v: bool(c) for v, c in phantom.is_complete.items() if is_target(v)},
        is_exhaustive=True,
    )


def _whole_ones(labels: NDArray[Any], grid: Grid) -> dict[int, bool]:
    """Worked out from the first and last slice, where nobody marked it."""
    area_mm2 = grid.spacing_mm.y * grid.spacing_mm.x
    faces = np.concatenate([labels[0].ravel(), labels[-1].ravel()])
    cut = np.bincount(faces, minlength=256) * area_mm2 > _CUT_FACE_MM2
    return {int(v): not bool(cut[int(v)]) for v in np.unique(labels) if is_target(int(v))}
