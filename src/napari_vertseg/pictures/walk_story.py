"""A walk as a story that can be drawn: what was looked at, what was seen, what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from ..labelling import head_to_foot
from ..recording import Recorded, TakenBack
from ..segmentation import Segmentation, VertebraInstance
from ..traversal import (
    Event,
    Finished,
    FoundVertebra,
    Fragment,
    Refining,
    Rejected,
    Searching,
    VertebraFound,
    Withdrawn,
)
from ..volume import Grid, Window
from .colours import STRAY
from .drawn import DrawnVertebra, drawn_from_segmentation
from .planes import SpinePlanes


@dataclass(frozen=True, eq=False, slots=True)
class Moment:
    """What is to be seen at one event."""

    step: int
    """Forward passes made so far."""
    window: Window
    """The patch."""
    fragment: Fragment | None
    """What the network sees of the next vertebra, in the window."""
    words: str
    """What happens."""
    found: int | None = None
    """Id of the vertebra that is committed now."""
    standing: tuple[DrawnVertebra, ...] = ()
    """What has been found by then and not been given up, as it was seen last."""


@dataclass(frozen=True, eq=False, slots=True)
class WalkStory:
    """A whole walk, without the probability maps: some megabytes at most."""

    grid: Grid
    """Working grid; windows and masks refer to it."""
    moments: tuple[Moment, ...]
    vertebrae: dict[int, DrawnVertebra]
    """By id: what stands in the end, with number and colour as in the finished label map. What
    did not stay has a number above these while it stands, and the colour of a stray one."""
    planes: SpinePlanes
    """Along the spine as it was found in the end."""

    @property
    def steps(self) -> int:
        """Forward passes in all."""
        return max((moment.step for moment in self.moments), default=0)

    @property
    def shown(self) -> tuple[DrawnVertebra, ...]:
        """All that stands at some moment, one of each number."""
        standing = {v.number: v for moment in self.moments for v in moment.standing}
        return tuple(standing.values())

    @classmethod
    def of(cls, events: Iterable[Recorded], grid: Grid) -> WalkStory:
        """Listen to a walk, or to a recording of one.

        Parameters
        ----------
        events : iterable of Event or TakenBack
            Taken one at a time; a generator is drained.
        grid : Grid
            Working grid of the walk.
        """
        moments: list[Moment] = []
        standings: list[tuple[FoundVertebra, ...]] = []
        standing: dict[int, FoundVertebra] = {}
        for event in events:
            _listen(standing, event)
            if not isinstance(event, TakenBack):
                moments.append(_moment(event))
                standings.append(tuple(standing.values()))
        last = _drawn([*standing.values()], grid)
        looks = _looks(standings, last, grid)
        told = [
            replace(_named(moment, last), standing=tuple(looks[found] for found in stood))
            for moment, stood in zip(moments, standings, strict=True)
        ]
        return cls(grid, tuple(told), last, SpinePlanes.through(list(last.values()), grid))

    def found_by(self, place: int) -> list[DrawnVertebra]:
        """Vertebrae that stand at a moment, in the order in which they were found."""
        return list(self.moments[place].standing) if place >= 0 else []


def _listen(standing: dict[int, FoundVertebra], event: Recorded) -> None:
    if isinstance(event, (TakenBack, Withdrawn)):
        for gone in event.vertebrae:
            standing.pop(gone, None)
    elif isinstance(event, VertebraFound):
        standing[event.vertebra.id] = event.vertebra


def _moment(event: Event) -> Moment:
    common = (event.step, event.window)
    match event:
        case Searching():
            return Moment(*common, event.fragment, "searching")
        case Refining():
            said = f"a vertebra, look {event.evaluation}, completeness {event.completeness:.2f}"
            return Moment(*common, event.fragment, said)
        case VertebraFound(vertebra=vertebra):
            return Moment(*common, None, "", found=vertebra.id)
        case Rejected():
            return Moment(*common, None, f"rejected: {event.reason}")
        case Withdrawn():
            return Moment(*common, None, "gave up what lies aside of the spine")
        case Finished():
            return Moment(*common, None, f"finished: {event.reason}, {event.vertebrae} vertebrae")


def _named(moment: Moment, last: dict[int, DrawnVertebra]) -> Moment:
    """The moment, with the number that its vertebra has in the end."""
    if moment.found is None:
        return moment
    vertebra = last.get(moment.found)
    return replace(
        moment, words="found one that did not stay" if vertebra is None else _said(vertebra)
    )


def _said(vertebra: DrawnVertebra) -> str:
    word = "complete" if vertebra.is_complete else "incomplete"
    return f"found {vertebra.text}: {word} ({vertebra.note})"


def _drawn(found: Sequence[FoundVertebra], grid: Grid) -> dict[int, DrawnVertebra]:
    spacing = np.array(grid.spacing_mm)
    centers = np.reshape([np.array(v.centroid) * spacing for v in found], (-1, 3))
    ordered = [found[i] for i in head_to_foot(centers)]
    instances = tuple(_instance(vertebra) for vertebra in ordered)
    drawn = drawn_from_segmentation(Segmentation(grid, instances))
    return {vertebra.id: one for vertebra, one in zip(ordered, drawn, strict=True)}


def _looks(
    standings: Iterable[tuple[FoundVertebra, ...]], last: dict[int, DrawnVertebra], grid: Grid
) -> dict[FoundVertebra, DrawnVertebra]:
    """Every look at a vertebra, with what it is called in the end."""
    looks: dict[FoundVertebra, DrawnVertebra] = {}
    strays: dict[int, int] = {}
    for found in chain.from_iterable(standings):
        if found in looks:
            continue
        (own,) = drawn_from_segmentation(Segmentation(grid, (_instance(found),)))
        if found.id in last:
            named = last[found.id]
            own = replace(own, number=named.number, text=named.text, colour=named.colour)
        else:
            number = strays.setdefault(found.id, len(last) + 1 + len(strays))
            own = replace(own, number=number, text="?", colour=STRAY)
        looks[found] = own
    return looks


def _instance(found: FoundVertebra) -> VertebraInstance:
    return VertebraInstance(
        id=found.id,
        start=found.start,
        mask=found.mask,
        completeness=found.completeness,
        is_complete=found.is_complete,
        confidence=found.confidence,
        entropy=found.entropy,
        last_overlap=found.last_overlap,
        steps=found.steps,
        is_cut_by_patch=found.is_cut_by_patch,
        direction=found.direction,
    )
