"""Two folders of label maps scored against each other, one scan in memory at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import CaseIncomplete, VertsegError
from ..metrics import ScanScore
from .pairing import Pair, Pairing
from .predictions import ReadPrediction, Values, read_prediction
from .references import MarksFrom, ReadReference, read_reference
from .scan import evaluate_scan

_SAME_PLACE_MM = 1e-2


@dataclass(frozen=True, kw_only=True)
class EvaluatedScan:
    """One scan with its score and what the reader of a report wants to know beside it."""

    pair: Pair
    score: ScanScore
    has_levels: bool
    """Reference values are VerSe values."""
    marks_from: MarksFrom
    """Who said which vertebrae are complete."""
    model: str | None
    left_out: int
    """Vertebrae judged incomplete that the label file lacks."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Everything that came of two folders."""

    scans: tuple[EvaluatedScan, ...]
    pairing: Pairing
    failed: tuple[tuple[str, str], ...] = ()
    """Name and reason of scans that could not be scored."""

    @property
    def scores(self) -> list[ScanScore]:
        """One per scan."""
        return [scan.score for scan in self.scans]

    @property
    def models(self) -> list[str]:
        """Names of the models that the records tell of."""
        return sorted({scan.model for scan in self.scans if scan.model})

    @property
    def is_whole(self) -> bool:
        """Whether every file had its partner and every pair its score."""
        alone = self.pairing.predictions_alone or self.pairing.references_alone
        return not (alone or self.failed)


def evaluate_pairs(
    pairing: Pairing,
    *,
    root: Path | None = None,
    values: Values = "auto",
    is_range: bool = False,
    tell: Callable[[str], None] = lambda line: None,
) -> Evaluation:
    """Score every pair; one that cannot be scored is kept with its reason.

    Parameters
    ----------
    pairing : Pairing
        From ``pair_up``.
    root : Path, optional
        Folder of the references, in which a ``manifest.json`` may stand.
    values : str
        What predicted label values mean.
    is_range : bool
        References cover a range of the spine only.
    tell : callable
        Told a line per scan that was scored.
    """
    scans, failed = [], []
    for pair in pairing.pairs:
        try:
            scan = _evaluated(pair, root, values, is_range)
        except VertsegError as error:
            failed.append((pair.name, str(error)))
        else:
            scans.append(scan)
            tell(line_of(scan.score))
    return Evaluation(scans=tuple(scans), pairing=pairing, failed=tuple(failed))


def read_pair(
    pair: Pair, root: Path | None, values: Values, is_range: bool
) -> tuple[ReadPrediction, ReadReference]:
    """Both sides of a pair, on one grid.

    Raises
    ------
    ScanUnreadable, CaseIncomplete
        One cannot be read, or they lie on different grids.
    """
    prediction = read_prediction(pair.prediction, values=values)
    reference = read_reference(pair.reference, root=root, is_range=is_range)
    if not prediction.grid.is_same(reference.grid, _SAME_PLACE_MM):
        raise CaseIncomplete(
            f"prediction and reference of {pair.name} lie on different grids "
            f"({_size(prediction.grid.shape)} and {_size(reference.grid.shape)} voxels); "
            "bring the prediction onto the grid of the reference first."
        )
    return prediction, reference


def line_of(score: ScanScore) -> str:
    """A scan in one line."""
    dice = "–" if score.dice_mean is None else f"{score.dice_mean:.3f}"
    return (
        f"{score.name}: {score.found} of {len(score.vertebrae)} found, Dice {dice}, "
        f"{score.merged} merged, {score.false} false"
    )


def _evaluated(pair: Pair, root: Path | None, values: Values, is_range: bool) -> EvaluatedScan:
    prediction, reference = read_pair(pair, root, values, is_range)
    # Names can only be right or wrong where both sides have them.
    has_levels = prediction.labels.has_levels and reference.has_levels
    score = evaluate_scan(
        replace(prediction.labels, has_levels=has_levels),
        reference.reference,
        name=pair.name,
        steps=prediction.steps,
        seconds=prediction.seconds,
    )
    return EvaluatedScan(
        pair=pair,
        score=score,
        has_levels=reference.has_levels,
        marks_from=reference.marks_from,
        model=prediction.model,
        left_out=prediction.left_out,
    )


def _size(shape: tuple[int, ...]) -> str:
    return " × ".join(str(n) for n in shape)
