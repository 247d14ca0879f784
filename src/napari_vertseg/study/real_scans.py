"""Real labelled scans of a folder, as published data sets lay them out, as case folders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from ..anatomy import Level
from ..errors import CaseIncomplete, VertsegError
from ..evaluation import LabelledScan, labelled_scans
from ..evaluation.references import line_of_manifest, read_reference
from ..io import read_scan
from .case_folders import keep_case
from .subject import Subject

_WORDS = {"train": "train", "training": "train", "validation": "validation", "test": "test"}
_TRAIN_SHARE = 2 / 3
"""Of scans without a role, as the paper divided CSI 2014: 10 of 15."""
_SAME_PLACE_MM = 0.1


def keep_real_scans(
    data: Path, output: Path, tell: Callable[[str], None]
) -> list[tuple[Path, str]]:
    """Case folders with their roles, of every scan that has labels.

    Known layouts: case folders with a ``manifest.json``; VerSe (``rawdata`` and
    ``derivatives``, roles from folders such as ``dataset-verse20training``); CSI 2014
    (``case1`` and ``case1_label``, the first two thirds to train on). Label values that
    are no VerSe values are numbered so that the last is L5: only their order counts.

    Returns
    -------
    list of (case folder, role)

    Raises
    ------
    CaseIncomplete
        No scan of the folder has labels.
    """
    found = [s for s in labelled_scans(data) if len(s.candidates) == 1 and s.scan]
    if not found:
        raise CaseIncomplete(
            f"no scan of {data.name} has labels beside it; case1.mhd goes with "
            "case1_label.mhd, x_ct.nii.gz with x_seg-vert_msk.nii.gz."
        )
    kept = []
    for place, scan in enumerate(found):
        role = _role(scan.candidates[0], data, place / len(found))
        if role not in set(_WORDS.values()):
            continue
        try:
            keep_case(output / scan.name, partial(_subject, scan, data))
        except VertsegError as error:
            tell(f"  {scan.name} is left out: {error}")
        else:
            kept.append((output / scan.name, role))
    return kept


def _subject(found: LabelledScan, data: Path) -> Subject:
    if found.labels is None or found.scan is None:
        raise CaseIncomplete(f"{found.name} lacks its labels or its scan")
    scan = replace(read_scan(found.scan), name=found.name)
    read = read_reference(found.labels, root=data)
    if not read.grid.is_same(scan.grid, _SAME_PLACE_MM):
        raise CaseIncomplete(f"its labels and its scan lie on different grids ({found.name})")
    labels = np.asarray(read.reference.labels, dtype=np.uint8)
    complete = dict(read.reference.is_complete)
    if not read.has_levels:
        shift = max(int(Level.L5) - len(complete), 0)
        labels = np.where(labels > 0, labels + shift, 0).astype(np.uint8)
        complete = {v + shift: c for v, c in complete.items()}
    line = line_of_manifest(found.labels.parent, data) or {}
    return Subject(scan, labels, complete, is_exhaustive=bool(line.get("exhaustive", False)))


def _role(labels: Path, data: Path, place: float) -> str:
    """From the manifest, from the names of folders, or from the place in the row."""
    line = line_of_manifest(labels.parent, data)
    if line is not None:
        return str(line.get("role", "none"))
    for part in labels.relative_to(data).parts[:-1]:
        for word, role in _WORDS.items():
            if part.lower().endswith(word):
                return role
    return "train" if place < _TRAIN_SHARE else "test"
