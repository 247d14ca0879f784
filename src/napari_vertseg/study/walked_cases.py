"""Case folders walked with a model, each result written as ``vertseg segment`` writes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from ..network.model import Model, weights_sha256
from ..pipeline import drain, prepare
from ..results import ModelRecord, ResultFiles, WalkTally, describe, write_results
from ..segmentation import Segmentation
from .case_folders import read_case
from .subject import Subject

_MOST_STEPS = 400
"""An untrained network may never stop."""


def walk_cases(
    cases: Sequence[Path],
    model: Model,
    folder: Path,
    output: Path,
    *,
    direction: Literal["down", "up"] = "down",
    tell: Callable[[str], None] = lambda line: None,
    each: Callable[[Path, Subject, Segmentation], None] = lambda case, subject, found: None,
) -> None:
    """Walk those cases that have no result yet; incomplete vertebrae are kept (P23).

    Parameters
    ----------
    cases : sequence of Path
        Case folders.
    model : Model
        As loaded from ``folder``.
    folder : Path
        Model folder, for the record.
    output : Path
        Gets a label map, a record and a picture per case, all or none of a case.
    direction : str
        Which way to walk.
    tell, each : callable
        Told a line per case; told what was found in it, before it is written.
    """
    output.mkdir(parents=True, exist_ok=True)
    record = ModelRecord(name=model.card.name, weights_sha256=weights_sha256(folder))
    for case in cases:
        files = ResultFiles.of(output, case.name)
        if files.labels.exists():
            continue
        subject = read_case(case)
        walk = prepare(
            subject.scan,
            model.card,
            model.predictor(),
            direction=direction,
            max_steps=_MOST_STEPS,
        )
        tally = WalkTally()
        segmentation = walk.segmentation(drain(walk.events(), tally).found)
        each(case, subject, segmentation)
        described = describe(walk, segmentation, tally, model=record, keep_incomplete=True)
        write_results(files, subject.scan, segmentation, described, overwrite=True)
        tell(f"  {case.name}: {len(segmentation.instances)} vertebrae in {tally.steps} steps")
