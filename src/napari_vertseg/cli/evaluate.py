"""``vertseg evaluate``: how good segmentations are, in the paper's figures and the field's."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import values
from .exit_codes import ExitCode
from .streams import ProgressLines, complain

if TYPE_CHECKING:
    from ..evaluation import Evaluation, Pairing


def add_to(commands: Any) -> None:
    """Describe the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "evaluate",
        help="compare label maps with references and write a report",
        description="Compare label maps with references, by folders or by two files. "
        "x_vertebrae pairs with x, x_labels, x_label or x_seg-vert_msk; what has no partner is "
        "listed, and the exit code is then 1. Into OUT go report.html, summary.json, tables as "
        "CSV (per vertebra, instance and scan, and the paper's Table 1) and plots as PNG.",
    )
    parser.set_defaults(run=run)
    parser.add_argument("prediction", type=Path, metavar="PRED", help="label maps, or one of them")
    parser.add_argument("reference", type=Path, metavar="REF", help="references, or one of them")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="a folder")
    parser.add_argument(
        "--against", type=Path, metavar="PRED2", help="label maps of another model to compare with"
    )
    parser.add_argument(
        "--scans", type=Path, metavar="FOLDER", help="CT scans for the pictures (default: REF)"
    )
    parser.add_argument(
        "--values",
        choices=("auto", "verse", "numbers"),
        default="auto",
        help="what predicted values mean: VerSe values, or numbers from the head "
        "(default: as their record says)",
    )
    parser.add_argument(
        "--range-only",
        action="store_true",
        help="references cover a range of the spine: what lies beyond it is not judged",
    )
    parser.add_argument(
        "--worst", type=values.seed, default=12, metavar="N", help="pictures (default: 12)"
    )
    parser.add_argument(
        "--seed", type=values.seed, default=0, metavar="N", help="of the intervals (default: 0)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")


def run(options: argparse.Namespace) -> int:
    """Pair, score, write."""
    from ..evaluation import ReportSettings, pair_up, write_evaluation
    from ..evaluation.output import output_files
    from ..results import check_targets

    root = options.reference if options.reference.is_dir() else None
    pairing = pair_up(options.prediction, options.reference, options.scans)
    other = None
    if options.against is not None:
        other = pair_up(options.against, options.reference, options.scans)
    _refuse_nothing(pairing, options.prediction, options.reference)
    targets = output_files(options.output, is_comparison=other is not None)
    check_targets(targets, overwrite=options.overwrite)
    with ProgressLines() as lines:
        evaluation = _evaluated(pairing, root, options, lines)
        against = None if other is None else _evaluated(other, root, options, lines)
        settings = ReportSettings(
            names=(_name(options.prediction), _name(options.against or options.prediction)),
            worst=options.worst,
            root=root,
            values=options.values,
            is_range=options.range_only,
            seed=options.seed,
            overwrite=options.overwrite,
        )
        report = write_evaluation(options.output, evaluation, settings, against, lines.pass_by)
        lines.clear()
    for sentence in _complaints(evaluation, against):
        complain(sentence)
    print(f"report: {report.name} in {_name(options.output)}")
    is_whole = evaluation.is_whole and (against is None or against.is_whole)
    return ExitCode.DONE if is_whole else ExitCode.FAILED


def _evaluated(
    pairing: Pairing, root: Path | None, options: argparse.Namespace, lines: ProgressLines
) -> Evaluation:
    """Scores of all pairs, a line of standard output for each.

    Raises
    ------
    CaseIncomplete
        Not one of them can be scored.
    """
    from ..errors import CaseIncomplete
    from ..evaluation import evaluate_pairs

    def tell(line: str) -> None:
        lines.clear()
        print(line, flush=True)

    evaluation = evaluate_pairs(
        pairing, root=root, values=options.values, is_range=options.range_only, tell=tell
    )
    if not evaluation.scans:
        reasons = "; ".join(reason for _, reason in evaluation.failed) or _alone(pairing)
        raise CaseIncomplete(f"There is nothing to score: {reasons}")
    return evaluation


def _refuse_nothing(pairing: Pairing, prediction: Path, reference: Path) -> None:
    from ..errors import CaseIncomplete

    if not pairing.pairs:
        raise CaseIncomplete(
            f"No label map of {_name(prediction)} has a reference in {_name(reference)} "
            f"({_alone(pairing)}); x_vertebrae.nii.gz pairs with x.nii.gz."
        )


def _complaints(evaluation: Evaluation, against: Evaluation | None) -> list[str]:
    """What has no partner or could not be scored."""
    lines = []
    for side in (evaluation, *([against] if against else [])):
        lines += [f"{n}: has no reference" for n in side.pairing.predictions_alone]
        lines += [f"{n}: has no prediction" for n in side.pairing.references_alone]
        lines += [f"{name} was not scored: {reason}" for name, reason in side.failed]
    return list(dict.fromkeys(lines))


def _alone(pairing: Pairing) -> str:
    ours = ", ".join(pairing.predictions_alone) or "none"
    theirs = ", ".join(pairing.references_alone) or "none"
    return f"predictions: {ours}; references: {theirs}"


def _name(path: Path) -> str:
    """Of a folder or file, for people: no path."""
    return path.resolve().name
