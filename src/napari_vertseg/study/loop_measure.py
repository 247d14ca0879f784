"""What a model is worth after a round: effort and Dice on fresh scans, Dice on earlier ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..io import write_json_atomic
from ..network.model import Model, load_model
from ..rounds.models import ref_of
from .case_folders import read_case
from .correcting import correct
from .loop_form import LoopForm, LoopPlace
from .subject import Subject, score, walk

Row = dict[str, Any]
_LEAST_MM3: Final = 1000.0


def measure(
    place: LoopPlace, size: int, folder: Path, form: LoopForm, tell: Callable[[str], None]
) -> None:
    """Walk the scans that nobody trains on; the file is written when all are walked.

    Parameters
    ----------
    size : int
        Corrected scans so far.
    folder : Path
        Of the model.
    """
    model, ref = load_model(folder), ref_of(folder)
    known = {source.name for source in model.card.provenance.data}
    rows: dict[str, Any] = {
        "model": ref.name,
        "weights_sha256": ref.weights_sha256,
        # Scans to correct that the model was trained on already can teach it little.
        "seen": [scan.name for scan in place.folders("pool") if scan.name in known],
        "fresh": {},
        "earlier": {},
    }
    for part in ("fresh", "earlier"):
        for scan in place.folders(part):
            row = _row(read_case(scan), model, form.max_steps)
            rows[part][scan.name] = row
            tell(f"{place} after {size}: {scan.name} {json.dumps(row)}")
    place.stage(size).parent.mkdir(parents=True, exist_ok=True)
    write_json_atomic(place.stage(size), rows, overwrite=True)


def _row(subject: Subject, model: Model, max_steps: int) -> Row:
    outcome = walk(subject, model, max_steps=max_steps)
    scored, effort = score(subject, outcome), correct(outcome.segmentation, subject)
    return {
        "dice": round(scored.dice_mean or 0.0, 4),
        "found": scored.found,
        "vertebrae": len(scored.vertebrae),
        "false": scored.false,
        "voxels": effort.voxels,
        "touched": effort.touched,
        "slivers": _slivers(subject),
        "seconds": round(outcome.seconds, 1),
    }


def _slivers(subject: Subject) -> int:
    """Vertebrae of which less is in view than any walk looks for (P6): work that always stays."""
    voxels = np.bincount(subject.labels.ravel(), minlength=256)
    return int(sum(voxels[v] * subject.scan.grid.voxel_mm3 < _LEAST_MM3 for v in subject.targets))
