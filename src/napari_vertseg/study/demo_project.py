"""A project to try everything on, made on the spot: four made patients, nothing to download."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..anatomy import Level, is_target
from ..cases import MaskToImport, Project, ReviewedRange, import_scan
from ..io import write_labels, write_scan
from ..metrics.contingency import label_boxes
from ..segmentation import Segmentation, VertebraInstance
from ..synthesis import Phantom, make_phantom
from ..volume import Zyx
from .planting import plant

_SEEDS: Final = (5, 2, 7, 11)
SPACING_MM: Final = (3.0, 1.5, 1.5)
"""Coarse enough that the project is made in a minute."""
_REFERENCES: Final = (0, 3)
"""Done: one to train on, and the fourth patient, who validates."""
_TO_CORRECT: Final = 1
"""Has a proposal with planted errors."""


def make_demo_project(
    folder: Path, *, who: str, spacing_mm: tuple[float, float, float] = SPACING_MM
) -> Project:
    """A project with a case in every state.

    Two made scans have accepted references, one a proposal with merged, cut and
    leaking vertebrae, and one nothing yet. The scans lie in ``scans/`` within
    the project.

    Raises
    ------
    OutputRefused
        There is a project already, or the place is not writable.
    """
    project = Project.create(folder, name="demo", who=who)
    scans = project.folder.path / "scans"
    scans.mkdir(exist_ok=True)
    for number, seed in enumerate(_SEEDS):
        _add(project, scans, number, make_phantom(seed, spacing_mm), who)
    return project


def _add(project: Project, scans: Path, number: int, phantom: Phantom, who: str) -> None:
    scan, mask = (scans / f"demo-{number + 1}{part}.nii.gz" for part in ("", "_labels"))
    write_scan(scan, phantom.scan)
    is_reference = number in _REFERENCES
    given = None
    if is_reference or number == _TO_CORRECT:
        labels = _vertebrae(phantom)
        if not is_reference:
            labels = _with_errors(phantom, seed=number)
        write_labels(mask, labels, phantom.scan)
        given = MaskToImport(path=mask, is_reference=is_reference, values="verse")
    made = import_scan(project, scan, annotator=who, mask=given, patient=f"demo {number + 1}")
    if is_reference:
        with project.edit(made.case.id, who) as desk:
            desk.submit(ReviewedRange())


def _vertebrae(phantom: Phantom) -> NDArray[np.uint8]:
    """Labels without the sacrum."""
    targets = np.array([is_target(value) for value in range(256)])
    return np.where(targets[phantom.labels], phantom.labels, 0).astype(np.uint8)


def _with_errors(phantom: Phantom, seed: int) -> NDArray[np.uint8]:
    """Labels as a bad walk might leave them."""
    labels = _vertebrae(phantom)
    instances = tuple(
        VertebraInstance(
            id=value,
            start=Zyx(*(s.start for s in box)),
            mask=np.asarray(labels[box] == value),
            completeness=1.0,
            is_complete=True,
            confidence=1.0,
            entropy=0.0,
            last_overlap=1.0,
            steps=1,
            is_cut_by_patch=False,
            direction="down",
            level=Level(value),
        )
        for value, box in label_boxes(labels).items()
    )
    rng = np.random.default_rng(seed)
    spoiled = plant(Segmentation(phantom.scan.grid, instances), rng, share=0.5)
    return spoiled.segmentation.label_map(keep_incomplete=True)
