"""Sentences of the Retrain panel."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from ..training import Finding
from .retrain_standing import Standing


class Phase(StrEnum):
    """What the panel is busy with."""

    QUIET = "quiet"
    CHECKING = "checking"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    CANCELLING = "cancelling"

    @property
    def has_run(self) -> bool:
        """Whether a trainer is at work."""
        return self in (Phase.RUNNING, Phase.STOPPING, Phase.CANCELLING)


NO_PROJECT = "Open a project first."
NOTHING_RUNS = "No training runs."


def title(chosen: int) -> str:
    """Of the one button."""
    if chosen == 0:
        return "Fine-tune"
    return f"Fine-tune on {chosen} corrected scan{'' if chosen == 1 else 's'}"


def reason_against_training(
    standing: Standing | None, phase: Phase, chosen: int, *, has_project: bool = True
) -> str | None:
    """Why the button is off; None where it is on."""
    if not has_project:
        return NO_PROJECT
    if phase is Phase.CHECKING:
        return "It is being checked what would fail."
    if phase is not Phase.QUIET:
        return "A training runs already."
    if standing is None:
        return "The project is being read."
    if chosen == 0 and any(scan.version is not None for scan in standing.scans):
        return "No scan is ticked under Advanced, or none may be trained on."
    if chosen == 0:
        more = f"; {standing.waiting} wait for it" if standing.waiting else ""
        return f"No scan was corrected and submitted for training yet{more}."
    return None


def project_line(standing: Standing) -> str:
    """One line about the project."""
    judges = standing.judges
    held = "1 scan is" if judges == 1 else f"{judges or 'no'} scans are"
    return f"{standing.name} · {standing.active} in use · {held} held out to judge"


def time_left(seconds: float | None) -> str:
    """In words."""
    if seconds is None:
        return ""
    if seconds < 60:
        return "less than a minute left"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {minutes} min left"
    return f"about {minutes / 60:.1f} hours left"


def verdict_on(findings: Sequence[Finding]) -> str:
    """What the preflight comes to."""
    blockers = sum(f.severity == "blocker" for f in findings)
    warnings = sum(f.severity == "warning" for f in findings)
    if blockers:
        return "Nothing was started: this would fail."
    if warnings:
        return "Nothing keeps the training from starting. Mind this:"
    return "Nothing speaks against the training."
