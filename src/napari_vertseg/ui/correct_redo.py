"""Redo from here: the walk goes on from a corrected vertebra, over what was only proposed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .permissions import Action, reason_against
from .records import VertebraRecord
from .wishes import StartFrom, Way
from .work import SpineWork

if TYPE_CHECKING:
    from .session import Session


def open_ones(work: SpineWork, vertebra: int, way: Way) -> list[VertebraRecord]:
    """Vertebrae beyond one that the walk may find anew.

    What was accepted, locked, ignored or edited by hand stays, and the walk remembers it.
    """
    order = list(work.chain)
    place = next((i for i, record in enumerate(order) if record.id == vertebra), None)
    if place is None:
        return []
    beyond = order[:place] if way is Way.UP else order[place + 1 :]
    return [record for record in beyond if record.is_open]


def reason_against_redo(session: Session) -> str | None:
    """Why it cannot be redone from here now."""
    return reason_against(Action.GO_ON, session.situation())


def redo_from_here(session: Session, way: Way) -> None:
    """Take out what lies beyond the selected vertebra and was only proposed; walk there anew.

    One step: *Undo* brings back what was taken out, once what was found instead is undone.
    """
    work, walk = session.work, session.walk
    if work is None or walk is None or work.selected is None:
        return
    if reason_against_redo(session) is not None:
        return
    gone = [record.id for record in open_ones(work, work.selected, way)]
    if gone:
        called = work.chain.called(work.selected)
        work.take_out(gone, f"redo {'above' if way is Way.UP else 'below'} {called}")
    session.ask_for(replace(session.request, way=way, start=StartFrom.SELECTED))
    walk.restart(session.request)
