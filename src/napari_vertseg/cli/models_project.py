"""``vertseg models COMMAND``: the models of a project, and models as files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ModelIncompatible
from .annotator import add_who
from .exit_codes import ExitCode
from .streams import complain

if TYPE_CHECKING:
    from ..rounds.comparison import Comparison


def add_to(parts: Any) -> None:
    """Describe the commands."""
    _part(parts, "list", run_list, "list the models of a project and the shipped ones")
    compare = _part(parts, "compare", run_compare, "walk the same scans with two models")
    compare.add_argument("model", metavar="MODEL", help="the candidate")
    compare.add_argument(
        "--without-made", action="store_true", help="no made scans where there are no earlier ones"
    )
    add_who(compare)
    promote = _part(parts, "promote", run_promote, "use a model from now on")
    promote.add_argument("model", metavar="MODEL")
    promote.add_argument(
        "--anyway", action="store_true", help="although the comparison says that it got worse"
    )
    add_who(promote)
    for name, text in (
        ("reject", "put a candidate aside"),
        ("keep", "keep a candidate beside the model in use"),
    ):
        decide = _part(parts, name, run_decide, text)
        decide.add_argument("model", metavar="MODEL")
        decide.set_defaults(decision=name)
        add_who(decide)
    add_who(_part(parts, "rollback", run_rollback, "use the model from before the last promotion"))
    _add_files(parts)


def _part(parts: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parts.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    parser.add_argument("project", type=Path, metavar="PROJECT", help="folder of the project")
    return parser


def _add_files(parts: Any) -> None:
    text = "write a model as one file: card and weights, nothing that can run code"
    export = parts.add_parser("export", help=text, description=text)
    export.set_defaults(run=run_export)
    export.add_argument("model", metavar="MODEL", help="name or folder")
    export.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    export.add_argument("--project", type=Path, metavar="FOLDER", help="whose model it is")
    export.add_argument("--overwrite", action="store_true")
    text = "take a model file in, from anybody; anything else in it is refused"
    take = parts.add_parser("import", help=text, description=text)
    take.set_defaults(run=run_import)
    take.add_argument("file", type=Path, metavar="FILE")
    where = take.add_mutually_exclusive_group(required=True)
    where.add_argument("--project", type=Path, metavar="FOLDER", help="into this project")
    where.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="into this folder")
    take.add_argument("--name", help="in place of the model's own")


def run_list(options: argparse.Namespace) -> int:
    """One line per model."""
    from ..cases import Project
    from ..rounds.models import models_of

    for entry in models_of(Project.open(options.project)):
        origin = entry.card.provenance
        parent = (origin.parent or "nothing").split()[0]
        made = f"round {entry.round}" if entry.round else origin.created or "–"
        scores = ", ".join(f"{k} {v:.3f}" for k, v in list(origin.scores.items())[:1])
        print(
            f"{entry.name:<24} {entry.state:<10} {made:<12} from {parent:<20} "
            f"{len(origin.data)} cases  {entry.megabytes:.1f} MB  {scores}".rstrip()
        )
    return ExitCode.DONE


def run_compare(options: argparse.Namespace) -> int:
    """Table per vertebra, worst first, and what the gate says."""
    from ..cases import Project
    from ..rounds.again import compare_again
    from ..rounds.gate import judge

    walks = compare_again(
        Project.open(options.project),
        options.model,
        has_phantoms=not options.without_made,
        who=options.annotator,
        tell=complain,
    )
    while True:
        try:
            change = next(walks)
        except StopIteration as end:
            comparison: Comparison = end.value
            break
        complain(f"{change.name}: {change.active.dice:.3f} → {change.candidate.dice:.3f}")
    print(_table(comparison))
    verdict = judge(comparison)
    print(f"\n{verdict.outcome}: {' '.join(verdict.sentences)}")
    return ExitCode.DONE


def run_promote(options: argparse.Namespace) -> int:
    """Use a model, unless its comparison speaks against it."""
    from ..cases import Project
    from ..rounds.compare import read_comparison
    from ..rounds.gate import Outcome, judge
    from ..rounds.ledger import read_rounds
    from ..rounds.models import promote

    project = Project.open(options.project)
    rounds = [r for r in read_rounds(project) if r.model and r.model.name == options.model]
    comparison = read_comparison(project, rounds[-1].number) if rounds else None
    if comparison is not None:
        verdict = judge(comparison)
        if verdict.outcome is Outcome.FAILS and not options.anyway:
            raise ModelIncompatible(
                f"{options.model} was not promoted. {' '.join(verdict.sentences)} "
                "Pass --anyway to use it all the same."
            )
        print(" ".join(verdict.sentences))
    change = promote(project, options.model, who=options.annotator)
    print(f"{change.after} is used from now on, in place of {change.before or 'the starter'}.")
    return ExitCode.DONE


def run_decide(options: argparse.Namespace) -> int:
    """Reject or keep."""
    from ..cases import Project
    from ..rounds.models import find_in, keep, reject

    project = Project.open(options.project)
    find_in(project, options.model)
    decide = reject if options.decision == "reject" else keep
    decide(project, options.model, who=options.annotator)
    return ExitCode.DONE


def run_rollback(options: argparse.Namespace) -> int:
    """One promotion back."""
    from ..cases import Project
    from ..rounds.models import roll_back

    change = roll_back(Project.open(options.project), who=options.annotator)
    print(f"{change.after or 'the starter'} is used again, in place of {change.before}.")
    return ExitCode.DONE


def run_export(options: argparse.Namespace) -> int:
    """A folder as a file."""
    from ..cases import Project
    from ..network.model import find_model
    from ..rounds.archive import export_model
    from ..rounds.models import find_in

    if options.project is None:
        folder = find_model(options.model)
    else:
        folder = find_in(Project.open(options.project), options.model)
    print(export_model(folder, options.output, overwrite=options.overwrite).name)
    return ExitCode.DONE


def run_import(options: argparse.Namespace) -> int:
    """A file as a folder."""
    from ..cases import Project
    from ..rounds.archive import import_model

    place = options.output
    if options.project is not None:
        place = Project.open(options.project).folder.models
    print(import_model(options.file, place, options.name).name)
    return ExitCode.DONE


def _table(comparison: Comparison) -> str:
    rows = [("case", "vertebra", "before", "after", "gain", "outcome")]
    for v in comparison.vertebrae():
        was, now = v.active, v.candidate
        outcome = now.outcome if was.outcome == now.outcome else f"{was.outcome} → {now.outcome}"
        figures = (f"{was.dice:.3f}", f"{now.dice:.3f}", f"{v.gain:+.3f}")
        rows.append((v.case, v.name, *figures, outcome))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)
