"""Case folders walked with a model, each result written as ``vertseg segment`` writes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..evaluation import Evaluation, Pair, Pairing, evaluate_pairs
from ..network.device import choose_device
from ..network.model import ModelCard, load_model, weights_sha256
from ..pipeline import drain, prepare
from ..prediction import Predictor
from ..results import ModelRecord, ResultFiles, WalkTally, describe, write_results
from ..segmentation import Segmentation
from .case_folders import read_case
from .subject import Subject

_MOST_STEPS = 400
"""An untrained network may never stop."""


@dataclass(frozen=True, eq=False)
class Walker:
    """A model on its device, with what a record says about it."""

    card: ModelCard
    predict: Predictor
    record: ModelRecord
    device: str = "cpu"

    @classmethod
    def load(
        cls, folder: Path, device: str = "cpu", tell: Callable[[str], None] = lambda line: None
    ) -> Walker:
        """A model folder on a device (see ``network.device.choose_device``).

        Raises
        ------
        ModelIncompatible, VertsegError
            No model, a damaged one, or no such device.
        """
        model = load_model(folder)
        chosen = choose_device(model.network, device, tell=tell)
        record = ModelRecord(name=model.card.name, weights_sha256=weights_sha256(folder))
        return cls(model.card, model.predictor(chosen), record, str(chosen))


def walk_cases(
    cases: Sequence[Path],
    walker: Walker,
    output: Path,
    *,
    direction: Literal["down", "up"] = "down",
    max_steps: int | None = _MOST_STEPS,
    tell: Callable[[str], None] = lambda line: None,
    each: Callable[[Path, Subject, Segmentation], None] = lambda case, subject, found: None,
) -> None:
    """Walk those cases that have no result yet; incomplete vertebrae are kept (P23).

    Parameters
    ----------
    cases : sequence of Path
        Case folders.
    walker : Walker
        Whose walks.
    output : Path
        Gets a label map, a record and a picture per case, all or none of a case.
    direction : str
        Which way to walk.
    max_steps : int, optional
        Of a walk; None is what everybody's walks have.
    tell, each : callable
        Told a line per case; told what was found in it, before it is written.
    """
    output.mkdir(parents=True, exist_ok=True)
    for case in cases:
        files = ResultFiles.of(output, case.name)
        if files.labels.exists():
            continue
        subject = read_case(case)
        walk = prepare(
            subject.scan,
            walker.card,
            walker.predict,
            direction=direction,
            **({} if max_steps is None else {"max_steps": max_steps}),
        )
        tally = WalkTally()
        segmentation = walk.segmentation(drain(walk.events(), tally).found)
        each(case, subject, segmentation)
        described = describe(
            walk,
            segmentation,
            tally,
            model=walker.record,
            device=walker.device,
            keep_incomplete=True,
        )
        write_results(files, subject.scan, segmentation, described, overwrite=True)
        tell(
            f"  {case.name}: {len(segmentation.instances)} vertebrae in {tally.steps} steps, "
            f"{tally.record().seconds:.1f} s"
        )


def evaluated_walks(
    cases: Sequence[Path], output: Path, tell: Callable[[str], None] = lambda line: None
) -> Evaluation:
    """Scores of the cases that ``walk_cases`` has left in ``output``.

    Parameters
    ----------
    cases : sequence of Path
        Case folders; all of them have been walked.
    output : Path
        Where the walks lie.
    tell : callable
        Told a line per case.
    """
    pairs = [
        Pair(
            name=case.name,
            prediction=ResultFiles.of(output, case.name).labels,
            reference=case / "vertebrae.nii.gz",
            scan=case / "ct.nii.gz",
        )
        for case in cases
    ]
    return evaluate_pairs(Pairing(tuple(pairs)), tell=tell)
