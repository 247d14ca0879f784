"""``vertseg cases list``, ``show`` and ``submit``."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from ..errors import CaseIncomplete
from .exit_codes import ExitCode
from .streams import complain
from .summary import table

if TYPE_CHECKING:
    from ..cases import Case, CaseVertebra, Project, ReviewedRange

_LIST = ("case", "role", "status", "vertebrae", "settled", "version", "minutes", "name")
_VERTEBRAE = ("id", "order", "level", "verdict", "locked", "complete", "minutes", "changed", "by")
_VERSIONS = ("version", "saved", "annotator", "changed", "")


def list_cases(options: argparse.Namespace) -> int:
    """One line per case; damaged ones are told and passed over."""
    from ..cases import Project
    from ..strict_json import to_jsonable

    project = Project.open(options.project)
    cases, is_whole = [], True
    for case_id in project.ids():
        try:
            cases.append(project.case(case_id))
        except CaseIncomplete as error:
            complain(str(error))
            is_whole = False
    if options.status:
        cases = [case for case in cases if case.status == options.status]
    if options.role:
        cases = [case for case in cases if case.role == options.role]
    if options.json:
        print(json.dumps([to_jsonable(case) for case in cases], indent=2, ensure_ascii=False))
    elif not cases:
        print("no cases; take scans in with vertseg cases import")
    else:
        print("\n".join(table([_LIST, *(_line(case) for case in cases)])))
    return ExitCode.DONE if is_whole else ExitCode.FAILED


def show(options: argparse.Namespace) -> int:
    """Everything about one case, or two versions side by side."""
    from ..cases import Project
    from ..strict_json import to_jsonable

    project = Project.open(options.project)
    case = project.case(options.case)
    if options.compare:
        return _compare(project, case, *options.compare)
    if options.json:
        print(json.dumps(to_jsonable(case), indent=2, ensure_ascii=False))
        return ExitCode.DONE
    place = "copied in" if case.source.is_copied else case.source.path
    print(f"{case.id}: {case.name} ({place})")
    print(
        f"patient {case.patient}, {case.role}, {case.status}, {case.minutes:.1f} minutes of work"
    )
    if case.vertebrae:
        print("\n".join(["", *table([_VERTEBRAE, *(_vertebra(v) for v in case.vertebrae)])]))
    if case.versions:
        rows = [
            (str(v.number), v.saved, v.annotator, str(v.voxels_changed), _mark(v.is_submitted))
            for v in case.versions
        ]
        print("\n".join(["", *table([_VERSIONS, *rows])]))
    print("\n".join(["", *(f"{e.when}  {e.who}: {e.what}" for e in case.history)]))
    return ExitCode.DONE


def submit(options: argparse.Namespace) -> int:
    """Give a case to training."""
    from ..cases import Project

    project = Project.open(options.project)
    with project.edit(options.case, options.annotator) as desk:
        reviewed = None if options.reviewed is None else _range(desk.case, options.reviewed)
        case = desk.submit(reviewed)
    print(f"{case.id}: version {len(case.versions)} is submitted ({case.role})")
    return ExitCode.DONE


def _compare(project: Project, case: Case, first: int, second: int) -> int:
    from ..cases import compare_versions

    rows = [("vertebra", "Dice", "")]
    for row in compare_versions(project, case.id, first, second):
        vertebra = row.first or row.second
        if vertebra is None:
            continue
        only = "" if row.first and row.second else f"only in {first if row.first else second}"
        rows.append((vertebra.name, f"{row.dice:.3f}", only))
    print("\n".join(table(rows)))
    return ExitCode.DONE


def _range(case: Case, text: str) -> ReviewedRange:
    from ..cases import ReviewedRange

    if text == "all":
        return ReviewedRange()
    if text.count(":") != 1:
        raise CaseIncomplete(f"{text!r} is no range; say all, or FIRST:LAST such as T4:L5 or 2:9.")
    first, last = (_end(case, word.strip()) for word in text.split(":"))
    return ReviewedRange(first=first, last=last)


def _end(case: Case, word: str) -> int | None:
    if not word:
        return None
    for vertebra in case.vertebrae:
        if word.upper() == vertebra.level or word == str(vertebra.order):
            return vertebra.id
    names = ", ".join(v.level or str(v.order) for v in case.vertebrae)
    raise CaseIncomplete(f"{case.id} has no vertebra {word}; it has {names or 'none'}.")


def _line(case: Case) -> tuple[str, ...]:
    settled = sum(v.verdict.is_settled for v in case.vertebrae)
    return (
        case.id,
        str(case.role),
        str(case.status),
        str(len(case.vertebrae)),
        str(settled),
        str(len(case.versions)),
        f"{case.minutes:.1f}",
        case.name,
    )


def _vertebra(vertebra: CaseVertebra) -> tuple[str, ...]:
    return (
        str(vertebra.id),
        str(vertebra.order),
        vertebra.level or "",
        str(vertebra.verdict),
        _mark(vertebra.is_locked),
        _mark(vertebra.is_complete),
        f"{vertebra.minutes:.1f}",
        str(vertebra.voxels_changed),
        str(vertebra.origin),
    )


def _mark(is_so: bool) -> str:
    return "yes" if is_so else ""
