"""The scans that any two models of a project are compared on, by default."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..cases import Project, Role
from ..errors import CaseIncomplete
from .comparison import Kind
from .held_out import HeldOut
from .lineage import seen_by
from .models import active_name
from .takes import reason_against

_PHANTOMS = 2


def default_scans(
    project: Project, *, has_phantoms: bool = True, tell: Callable[[str], None] = lambda s: None
) -> Iterator[HeldOut]:
    """Submitted validation cases, and what the active model was trained on.

    Parameters
    ----------
    has_phantoms : bool
        Take made scans where the model has seen no case of this project.
    tell : callable
        Hears of scans that are left out since they cannot be read.
    """
    seen = seen_by(project, active_name(project))
    judges = [
        (case.id, case.submitted.number)
        for case in project.cases()
        if case.role is Role.VALIDATION
        and case.submitted is not None
        and not reason_against(project, case)
    ]
    wanted: list[tuple[str, int, Kind]] = [(*judge, "validation") for judge in judges]
    wanted += [(case_id, version, "earlier") for case_id, version in seen.items()]
    for case_id, version, kind in wanted:
        try:
            held = HeldOut.of_case(project, case_id, version, kind)
        except CaseIncomplete as error:
            tell(f"{case_id} is not compared: {error}")
            continue
        yield held
    if has_phantoms and not seen:
        for number in range(_PHANTOMS):
            yield HeldOut.of_phantom(number)
