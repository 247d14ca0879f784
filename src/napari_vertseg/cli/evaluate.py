"""``vertseg evaluate``: how good segmentations are, in the paper's figures and the field's."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import evaluate_project, values
from .exit_codes import ExitCode
from .streams import ProgressLines, complain

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..evaluation import Evaluation, Looks, Pairing


def add_to(commands: Any) -> None:
    """Describe the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "evaluate",
        help="compare label maps with references and write a report",
        description="Compare label maps with references, by folders or by two files. "
        "x_vertebrae pairs with x, x_labels, x_label or x_seg-vert_msk. Given a project instead, "
        "compare what was proposed, or what --model makes of its scans, with what was submitted. "
        "What has no partner is listed, and the exit code is then 1. "
        "Into OUT go report.html, summary.json, tables as "
        "CSV (per vertebra, instance and scan, and the paper's Table 1) and plots as PNG.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "prediction", type=Path, metavar="PRED", help="label maps, or one of them, or a project"
    )
    parser.add_argument(
        "reference",
        type=Path,
        nargs="?",
        metavar="REF",
        help="references, or one of them; not with a project",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="a folder")
    parser.add_argument(
        "--against",
        type=Path,
        metavar="PRED2",
        help="label maps of another model to compare with; of a project: another model, "
        "or proposals",
    )
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="of a project: walk its scans with this model (active, or a name) "
        "rather than take the proposals",
    )
    parser.add_argument(
        "--role", choices=("train", "validation", "test"), help="of a project: only those cases"
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
    from ..evaluation import ReportSettings, write_evaluation

    is_project = _is_project(options)
    with ProgressLines() as lines:

        def tell(line: str) -> None:
            lines.clear()
            print(line, flush=True)

        evaluated = evaluate_project.evaluated if is_project else _evaluated_folders
        evaluation, against, looks, notes = evaluated(options, tell)
        settings = ReportSettings(
            names=_names(options, is_project=is_project),
            worst=options.worst,
            looks=looks,
            seed=options.seed,
            overwrite=options.overwrite,
            notes=tuple(notes),
        )
        report = write_evaluation(options.output, evaluation, settings, against, lines.pass_by)
    for sentence in [*notes, *_complaints(evaluation, against)]:
        complain(sentence)
    print(f"report: {report.name} in {_name(options.output)}")
    is_whole = evaluation.is_whole and (against is None or against.is_whole)
    return ExitCode.DONE if is_whole else ExitCode.FAILED


def _is_project(options: argparse.Namespace) -> bool:
    """Whether PRED is a project; what does not go together is refused.

    Raises
    ------
    CaseIncomplete
        There are no references, or options of the one are given with the other.
    """
    from ..errors import CaseIncomplete

    if options.reference is not None:
        if options.model or options.role:
            raise CaseIncomplete("--model and --role go with a project, which has no REF.")
        return False
    if not (options.prediction / "vertseg.json").is_file():
        raise CaseIncomplete(
            f"{_name(options.prediction)} is no project; give the references after it: "
            "vertseg evaluate PRED REF -o OUT."
        )
    return True


def _names(options: argparse.Namespace, *, is_project: bool) -> tuple[str, str]:
    """Of both sides, where no record tells the model."""
    if is_project:
        return options.model or evaluate_project.PROPOSALS, str(options.against)
    return _name(options.prediction), _name(options.against or options.prediction)


def _evaluated_folders(
    options: argparse.Namespace, tell: Callable[[str], None]
) -> tuple[Evaluation, Evaluation | None, Looks, list[str]]:
    """As ``evaluate_project.evaluated``, for folders or files."""
    from ..evaluation import FileLooks, pair_up
    from ..evaluation.output import output_files
    from ..results import check_targets

    root = options.reference if options.reference.is_dir() else None
    pairing = pair_up(options.prediction, options.reference, options.scans)
    _refuse_nothing(pairing, options.prediction, options.reference)
    other = None
    if options.against is not None:
        other = pair_up(options.against, options.reference, options.scans)
    targets = output_files(options.output, is_comparison=other is not None)
    check_targets(targets, overwrite=options.overwrite)
    evaluation = _evaluated(pairing, root, options, tell)
    against = None if other is None else _evaluated(other, root, options, tell)
    looks = FileLooks(root=root, values=options.values, is_range=options.range_only)
    return evaluation, against, looks, []


def _evaluated(
    pairing: Pairing,
    root: Path | None,
    options: argparse.Namespace,
    tell: Callable[[str], None],
) -> Evaluation:
    """Scores of all pairs, a line for each.

    Raises
    ------
    CaseIncomplete
        Not one of them can be scored.
    """
    from ..errors import CaseIncomplete
    from ..evaluation import evaluate_pairs

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
