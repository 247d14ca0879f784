"""Pictures of the vertebrae of one scan that a person should look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .finding_picture import AGAINST, PREDICTION, REFERENCE, Outline, close_up
from .findings import Finding
from .looks import Look


def close_ups(
    findings: Sequence[Finding], look: Look, against: Look | None = None
) -> dict[Finding, bytes]:
    """PNG of every finding.

    Parameters
    ----------
    findings : sequence of Finding
        All of one scan.
    look : Look
        At that scan.
    against : Look, optional
        Of another model at the same scan, drawn too.
    """
    truth, ours = look.reference, look.prediction
    other = None if against is None else against.prediction
    pictures = {}
    for finding in findings:
        at = (truth if finding.kind == "reference" else ours, finding.label)
        outlines = [
            Outline(truth, REFERENCE, finding.label if finding.kind == "reference" else None),
            *([Outline(other, AGAINST, _on(other, *at))] if other is not None else []),
            Outline(ours, PREDICTION, _on(ours, *at)),
        ]
        pictures[finding] = close_up(look.voxels, outlines, look.grid.spacing_mm, at)
    return pictures


def _on(labels: NDArray[Any], at: NDArray[Any], value: int) -> int | None:
    """The label that covers most of a vertebra; None where nothing does."""
    under = np.bincount(labels[at == value])
    under[0] = 0
    return int(under.argmax()) if under.any() else None
