"""Proposals made ahead, so that opening the next scan is instant."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from ..cases import Case, Project, Status
from ..errors import VertsegError
from ..pipeline import drain, prepare
from ..traversal import Event
from .models import find_in, ref_of


def propose(
    project: Project,
    case_id: str,
    model: Path,
    *,
    who: str,
    listen: Callable[[Event], None] = lambda event: None,
) -> Case | None:
    """Walk the scan of a case that is new and keep what was found as its proposal.

    Parameters
    ----------
    model : Path
        Model folder.
    who : str
        For lock and history.
    listen : callable
        Told every event of the walk.

    Returns
    -------
    Case or None
        None where somebody began it while the walk went on: it was left alone.

    Raises
    ------
    CaseIncomplete, CaseLocked
        The scan is missing or changed, or somebody has the case open.
    """
    from ..network.model import load_model

    loaded = load_model(model)
    scan = project.scan(project.case(case_id))
    walk = prepare(scan, loaded.card, loaded.predictor())
    state = drain(walk.events(), listen)
    found = walk.segmentation(state.found)
    with project.edit(case_id, who) as desk:
        if desk.case.status is not Status.NEW:
            return None
        return desk.propose_segmentation(found, ref_of(model))


def propose_all(
    project: Project,
    cases: Iterable[str],
    *,
    who: str,
    model: str = "active",
    tell: Callable[[str], None] = lambda sentence: None,
) -> int:
    """Propose for several cases, one after the other; one that cannot be is told and left out.

    Returns
    -------
    int
        How many were proposed. A case that somebody began in the meantime is left alone.
    """
    folder = find_in(project, model)
    done = 0
    for case_id in cases:
        if project.case(case_id).status is not Status.NEW:
            continue
        try:
            case = propose(project, case_id, folder, who=who)
        except VertsegError as error:
            tell(f"{case_id}: {error}")
            continue
        if case is None:
            tell(f"{case_id}: somebody began it meanwhile, so it was left as it is")
            continue
        tell(f"{case_id}: {len(case.vertebrae)} vertebrae proposed")
        done += 1
    return done
