"""What a model is worth after a round: effort and Dice on fresh scans, Dice on earlier ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ..io import write_json_atomic
from ..network.model import Model
from .case_folders import read_case
from .correcting import correct
from .loop_form import LoopForm, LoopPlace
from .subject import Subject, score, walk

Row = dict[str, Any]


def measure(
    place: LoopPlace, size: int, model: Model, form: LoopForm, tell: Callable[[str], None]
) -> None:
    """Walk the scans that nobody trains on; the file is written when all are walked."""
    rows: dict[str, Any] = {"model": model.card.name, "fresh": {}, "earlier": {}}
    for part in ("fresh", "earlier"):
        for folder in place.folders(part):
            row = _row(read_case(folder), model, form.max_steps)
            rows[part][folder.name] = row
            tell(f"{place} after {size}: {folder.name} {json.dumps(row)}")
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
        "seconds": round(outcome.seconds, 1),
    }
