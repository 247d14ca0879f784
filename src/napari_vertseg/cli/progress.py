"""A walk in lines: one that passes by per step, one that stays per vertebra."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .streams import ProgressLines

if TYPE_CHECKING:
    from ..traversal import Event, FoundVertebra


class WalkProgress:
    """Listens to a walk and tells it to a person."""

    def __init__(self, lines: ProgressLines) -> None:
        self._lines = lines
        self._found: set[int] = set()

    def __call__(self, event: Event) -> None:
        """Show an event."""
        from ..traversal import Finished, VertebraFound, Withdrawn

        if isinstance(event, VertebraFound):
            is_again = event.vertebra.id in self._found
            self._found.add(event.vertebra.id)
            line = vertebra_line(event.vertebra)
            self._lines.stay(f"{line} · seen again from the next one" if is_again else line)
        elif isinstance(event, Withdrawn):
            self._found.difference_update(event.vertebrae)
            numbers = ", ".join(map(str, event.vertebrae))
            self._lines.stay(f"given up: {numbers} · aside of the spine")
        elif isinstance(event, Finished):
            self._lines.clear()
        else:
            self._lines.pass_by(self._step_line(event))

    def _step_line(self, event: Event) -> str:
        from ..traversal import Refining, Rejected, Searching

        doing = "searching"
        if isinstance(event, Refining):
            doing = f"vertebra {len(self._found) + 1}, look {event.evaluation}"
        elif isinstance(event, Searching) and event.fragment is not None:
            doing = f"vertebra {len(self._found) + 1} in sight"
        elif isinstance(event, Rejected):
            doing = f"no vertebra ({event.reason.value})"
        return f"step {event.step} · {doing} · slice {event.window.center.z}"


def vertebra_line(vertebra: FoundVertebra) -> str:
    """For example ``vertebra 3 · complete 0.97 · 3 steps · 54 cm³``."""
    word = "complete" if vertebra.is_complete else "incomplete"
    parts = [
        f"vertebra {vertebra.id}",
        f"{word} {vertebra.completeness:.2f}",
        f"{vertebra.steps} steps",
        f"{vertebra.volume_mm3 / 1000:.0f} cm³",
    ]
    if vertebra.is_jump:
        parts.append("after a gap")
    return " · ".join(parts)
