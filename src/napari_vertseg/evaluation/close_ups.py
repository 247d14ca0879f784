"""Pictures of the vertebrae of one scan that a person should look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import VertsegError
from ..io import read_scan
from ..volume import Grid
from .finding_picture import AGAINST, PREDICTION, REFERENCE, Outline, close_up
from .findings import Finding
from .folders import read_pair
from .predictions import Values

_SAME_PLACE_MM = 0.1


def close_ups(
    findings: Sequence[Finding],
    *,
    root: Path | None = None,
    values: Values = "auto",
    is_range: bool = False,
    against: Path | None = None,
) -> dict[Finding, bytes]:
    """PNG of every finding; the files of the scan are read once.

    Parameters
    ----------
    findings : sequence of Finding
        All of one scan; at least one.
    root, values, is_range
        As the scan was evaluated.
    against : Path, optional
        Labels of another model, drawn too.
    """
    pair = findings[0].pair
    prediction, reference = read_pair(pair, root, values, is_range)
    voxels = _voxels(pair.scan, reference.grid)
    other = None
    if against is not None:
        pair = replace(pair, prediction=against)
        other = read_pair(pair, root, values, is_range)[0].labels.labels
    truth, ours = reference.reference.labels, prediction.labels.labels
    pictures = {}
    for finding in findings:
        at = (truth if finding.kind == "reference" else ours, finding.label)
        outlines = [
            Outline(truth, REFERENCE, finding.label if finding.kind == "reference" else None),
            *([Outline(other, AGAINST, _on(other, *at))] if other is not None else []),
            Outline(ours, PREDICTION, _on(ours, *at)),
        ]
        pictures[finding] = close_up(voxels, outlines, reference.grid.spacing_mm, at)
    return pictures


def _on(labels: NDArray[Any], at: NDArray[Any], value: int) -> int | None:
    """The label that covers most of a vertebra; None where nothing does."""
    under = np.bincount(labels[at == value])
    under[0] = 0
    return int(under.argmax()) if under.any() else None


def _voxels(scan: Path | None, grid: Grid) -> NDArray[np.int16] | None:
    """The CT, where there is one on this grid: outlines without it are still outlines."""
    if scan is None:
        return None
    try:
        opened = read_scan(scan, check_ct=False)
    except VertsegError:
        return None
    return opened.voxels if opened.grid.is_same(grid, _SAME_PLACE_MM) else None
