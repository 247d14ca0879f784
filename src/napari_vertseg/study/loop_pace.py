"""How many rounds of the loop's study are left, and how long they will take."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .loop_form import LoopForm, LoopPlace


class Pace:
    """Hears how long each round took.

    Parameters
    ----------
    form : LoopForm
    places : sequence of LoopPlace
        What this command does.
    tell : callable
        Told a line per round.
    """

    def __init__(
        self, form: LoopForm, places: Sequence[LoopPlace], tell: Callable[[str], None]
    ) -> None:
        self._tell = tell
        self._stages = [place.stage(size) for place in places for size in form.sizes]
        self._seconds: list[float] = []

    def hear(self, seconds: float) -> None:
        """One more round is measured."""
        self._seconds.append(seconds)
        left = sum(not stage.exists() for stage in self._stages)
        hours = left * sum(self._seconds) / len(self._seconds) / 3600
        self._tell(
            f"{len(self._stages) - left} of {len(self._stages)} rounds; this one took "
            f"{seconds / 60:.1f} min, the rest takes this command about {hours:.1f} h"
        )
