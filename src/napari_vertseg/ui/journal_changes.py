"""Steps as the journal writes them, and rows as a case keeps them."""

from __future__ import annotations

from ..cases import CaseVertebra, Origin, Verdict, WalkFacts
from ..cases.clock import now
from ..cases.journal_record import Change, JournalPatch
from ..editing.undo_step import Patch
from .undo_rows import Row, drawn_by_hand
from .undo_steps import Done

_FACTS = (
    "completeness",
    "confidence",
    "entropy",
    "last_overlap",
    "steps",
    "direction",
    "is_cut_by_patch",
    "is_refined",
)


def change_of(done: Done, next_id: int) -> Change:
    """What a step leaves: its boxes are packed already, so this costs nothing."""
    step, forward = done.step, done.forward
    return Change(
        name=step.name if forward else f"undo: {step.name}",
        at=now(),
        patches=_written(step.patches, forward=forward),
        rows=step.states(forward=forward),
        next_id=next_id,
        ignore=_written(step.ignore, forward=forward),
    )


def _written(patches: tuple[Patch, ...], *, forward: bool) -> tuple[JournalPatch, ...]:
    return tuple(
        JournalPatch(p.box, p.dtype, p.packed_after if forward else p.packed_before)
        for p in (patches if forward else reversed(patches))
    )


def row_of_vertebra(vertebra: CaseVertebra) -> Row:
    """The row of a vertebra of a case."""
    facts = vertebra.walk
    said = {} if facts is None else {name: getattr(facts, name) for name in _FACTS}
    return {
        **drawn_by_hand(),
        **said,
        "is_complete": vertebra.is_complete,
        "is_locked": vertebra.is_locked,
        "is_from_walk": facts is not None,
        "is_edited": vertebra.origin is Origin.HAND or vertebra.voxels_changed > 0,
        "verdict": vertebra.verdict.value,
        "level": vertebra.level,
    }


def vertebra_of_row(
    vertebra: int, order: int, row: Row, before: CaseVertebra | None = None
) -> CaseVertebra:
    """A vertebra of a case from its row.

    Parameters
    ----------
    order : int
        From 1 = topmost.
    before : CaseVertebra, optional
        As the case has it: who drew it first, and what work it has cost.
    """
    facts = WalkFacts(**{name: row[name] for name in _FACTS}) if row["is_from_walk"] else None
    drawn_by = Origin.MODEL if row["is_from_walk"] else Origin.HAND
    return CaseVertebra(
        id=vertebra,
        order=order,
        level=row["level"],
        verdict=Verdict(row["verdict"]),
        is_locked=row["is_locked"],
        is_complete=row["is_complete"],
        origin=before.origin if before else drawn_by,
        minutes=before.minutes if before else 0.0,
        voxels_changed=before.voxels_changed if before else 0,
        walk=facts,
    )
