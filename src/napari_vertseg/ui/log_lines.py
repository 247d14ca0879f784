"""What the walk's events say to a person: a line per vertebra, and why it ended."""

from __future__ import annotations

from typing import Final

from ..segmentation import VertebraInstance
from ..traversal import (
    Finished,
    FinishReason,
    Rejected,
    RejectReason,
    VertebraFound,
    Withdrawn,
)
from .chain import Chain
from .messages import Told

_ENDINGS: Final = {
    FinishReason.END_OF_SPINE: "The end of the spine is reached.",
    FinishReason.NO_VERTEBRA: (
        "No vertebra was found in the whole scan. Is it a CT in Hounsfield units, "
        "with a spine in view?"
    ),
    FinishReason.NOTHING_AT_START: (
        "No vertebra was found at the place that was clicked; click into the middle of one."
    ),
    FinishReason.STEP_CAP: "The walk was ended after too many steps; look at its last vertebrae.",
}
_REJECTIONS: Final = {
    RejectReason.TOO_SMALL: "too small",
    RejectReason.UNCERTAIN: "too uncertain",
    RejectReason.REMAINDER: "a remainder of a vertebra found before",
    RejectReason.ASTRAY: "far aside of the vertebra before",
    RejectReason.PIECE: "far smaller than the vertebrae before, so only a piece of something",
    RejectReason.NOT_AT_START: "not the one that was clicked",
}


def line_of(told: Told, chain: Chain) -> str | None:
    """The line for an event; None for one that is only to be seen."""
    event = told.event
    match event:
        case VertebraFound():
            if told.was_there:
                return "The next one was there before, and stays as it is."
            if told.instance is None:
                return "A vertebra was found that vanishes at the scan's own resolution."
            again = "Seen again from the next one, " if told.is_again else ""
            return again + _found(event, chain) + _about_surface(told.instance)
        case Rejected(reason=reason) if reason in _REJECTIONS:
            return f"Passed over: {_REJECTIONS[reason]} (step {event.step})."
        case Withdrawn(vertebrae=vertebrae):
            return f"Given up: {len(vertebrae)} found before the spine was, and aside of it."
        case Finished(reason=reason):
            return f"{_ENDINGS[reason]} {event.vertebrae} found in {event.step} steps."
        case _:
            return None


def _about_surface(instance: VertebraInstance) -> str:
    """P14 is left out where it would take more than a tenth; nobody shall have to find out."""
    if instance.is_refined is False:
        return (
            "; its surface is as the model drew it, since trimming would have taken over a tenth"
        )
    return ""


def _found(event: VertebraFound, chain: Chain) -> str:
    found = event.vertebra
    number = next((n for n, record in chain.numbered() if record.id == found.id), found.id)
    complete = "complete" if found.is_complete else "incomplete"
    jump = ", after a jump" if found.is_jump else ""
    steps = f"{found.steps} steps"
    return f"{number}: {complete} {found.completeness:.2f}, {steps}{jump}"
