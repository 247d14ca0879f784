"""Candidate and model in use walk the same scans once more, beside the window."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from ..cases import Project
from ..errors import CaseIncomplete


@dataclass(frozen=True, slots=True)
class Walked:
    """One more scan is compared, or left out."""

    words: str


def walks_again(project: Project, model: str, who: str) -> Generator[Walked, None, None]:
    """Compare a candidate; stopped after any message, the comparison of before stands.

    Raises
    ------
    VertsegError
        A model is gone or damaged, or the project cannot be written.
    """
    # The rounds load a network only here: a window that compares nothing has no torch.
    from ..rounds.again import compare_again

    left_out: list[str] = []
    try:
        for change in compare_again(project, model, who=who, tell=left_out.append):
            yield from map(Walked, left_out)
            left_out.clear()
            was, now = change.active.dice, change.candidate.dice
            yield Walked(f"{change.name} is compared: Dice {was:.3f} → {now:.3f}.")
    except OSError as error:
        raise CaseIncomplete(
            f"The comparison broke off ({error.strerror or error}); the one before it stands. "
            "Look whether the project's disk is there and has space, and press Compare again."
        ) from error
