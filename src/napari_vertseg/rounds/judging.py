"""The scans that any two models of a project are compared on, by default."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..cases import Project, Role, Status
from ..errors import CaseIncomplete
from .comparison import Kind
from .held_out import HeldOut
from .lineage import round_that_learnt, seen_by
from .models import active_name
from .takes import reason_against

_PHANTOMS = 2


def default_scans(
    project: Project, *, has_phantoms: bool = True, tell: Callable[[str], None] = lambda s: None
) -> Iterator[HeldOut]:
    """Submitted validation cases that no round has learnt, and what the active model has learnt.

    All in the newest version that was submitted: a correction of a correction is the truth by now.

    Parameters
    ----------
    has_phantoms : bool
        Take made scans where the model has seen no case of this project.
    tell : callable
        Hears of scans that are left out since they cannot be read, or cannot judge.
    """
    seen = seen_by(project, active_name(project))
    wanted: list[tuple[str, int, Kind]] = [
        (case_id, version, "validation") for case_id, version in _judges(project, tell)
    ]
    wanted += [
        (case_id, _newest(project, case_id) or version, "earlier")
        for case_id, version in seen.items()
        if not _is_excluded(project, case_id)
    ]
    for case_id, version, kind in wanted:
        try:
            held = HeldOut.to_judge(project, case_id, version, kind)
        except CaseIncomplete as error:
            tell(f"{case_id} is not compared: {error}")
            continue
        yield held
    if has_phantoms and not seen:
        for number in range(_PHANTOMS):
            yield HeldOut.of_phantom(number)


def _judges(project: Project, tell: Callable[[str], None]) -> Iterator[tuple[str, int]]:
    learnt = round_that_learnt(project)
    for case in project.cases():
        if case.role is not Role.VALIDATION or case.submitted is None:
            continue
        if reason_against(project, case):
            continue
        number = learnt(case.patient, case.source.voxels_sha256)
        if number is None:
            yield case.id, case.submitted.number
        else:
            tell(f"{case.id} is not compared: round {number} trained on this patient or scan.")


def _is_excluded(project: Project, case_id: str) -> bool:
    """Whether somebody said that a case is to be used for nothing any more."""
    return case_id in project.ids() and project.case(case_id).status is Status.EXCLUDED


def _newest(project: Project, case_id: str) -> int | None:
    """Version that was submitted last; None for a case that is gone, or was taken back."""
    if case_id not in project.ids():
        return None
    submitted = project.case(case_id).submitted
    return None if submitted is None else submitted.number
