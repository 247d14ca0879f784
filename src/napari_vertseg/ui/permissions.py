"""Which wish can be granted now, and if not, why: the text of a disabled button's tooltip."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .wishes import StartFrom, Way


class Action(StrEnum):
    """A button of the Walk panel."""

    PLAY = "play"
    PAUSE = "pause"
    PATCH = "one patch"
    VERTEBRA = "one vertebra"
    BACK = "back one vertebra"
    GO_ON = "go on"
    STOP = "stop"


class Status(StrEnum):
    """What the walk is doing."""

    IDLE = "idle"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that decides about the buttons."""

    status: Status = Status.IDLE
    has_scan: bool = False
    frozen: str = ""
    """Why the scan can only be looked at; empty where it can be changed."""
    has_model: bool = False
    found_by_walk: int = 0
    """Vertebrae that the present walk has found and could take back."""
    has_click: bool = False
    has_selection: bool = False
    way: Way = Way.DOWN
    start: StartFrom = StartFrom.END


def reason_against(action: Action, now: Situation) -> str | None:
    """Why an action is not possible now, as a sentence with what to do; None if it is."""
    if not now.has_scan:
        return "There is no scan yet: open one, or take an image layer in the Scan panel."
    if now.frozen:
        return f"You only look: {now.frozen}"
    if now.status in (Status.PAUSING, Status.STOPPING):
        return "The patch under way is being finished; this takes a moment."
    match action:
        case Action.PAUSE:
            return None if now.status is Status.RUNNING else "No walk is running."
        case Action.STOP:
            is_on = now.status in (Status.RUNNING, Status.PAUSED)
            return None if is_on else "No walk is running."
        case Action.BACK:
            return _against_back(now)
        case Action.GO_ON:
            return _against_going_on(now)
        case _:
            return _against_walking(now)


def _against_walking(now: Situation) -> str | None:
    if now.status is Status.RUNNING:
        return "The walk is running; pause it first."
    if now.status is Status.PAUSED:
        return None
    if not now.has_model:
        return "There is no model: choose a model folder."
    if now.start is StartFrom.END and now.way is Way.BOTH:
        return "Both ways needs a place to begin: click a vertebra or select one, or walk one way."
    if now.start is StartFrom.CLICK and not now.has_click:
        return "No place is clicked yet: press Click to segment and click a vertebra."
    if now.start is StartFrom.SELECTED and not now.has_selection:
        return "No vertebra is selected: click its row in the table."
    return None


def _against_back(now: Situation) -> str | None:
    if now.status is Status.RUNNING:
        return "The walk is running; pause it first."
    if now.found_by_walk == 0:
        return "The walk has found no vertebra yet that could be taken back."
    return None


def _against_going_on(now: Situation) -> str | None:
    if now.status is Status.RUNNING:
        return "The walk is running; pause it first."
    if not now.has_model:
        return "There is no model: choose a model folder."
    if not now.has_selection:
        return "No vertebra is selected: click the row of the one to go on from."
    return None
