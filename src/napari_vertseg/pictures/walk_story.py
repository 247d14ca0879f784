"""A walk as a story that can be drawn: what was looked at, what was seen, what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, eq=False, slots=True)
class WalkStory:
    """A whole walk, without the probability maps: some megabytes at most."""

    grid: Grid
    """Working grid; windows and masks refer to it."""
    moments: tuple[Moment, ...]
    vertebrae: dict[int, DrawnVertebra]
    """By id, with the number and colour that they have in the finished label map."""
    planes: SpinePlanes
    """Along the spine as it was found in the end."""

    @property
    def steps(self) -> int:
        """Forward passes in all."""
        return max((moment.step for moment in self.moments), default=0)

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
        found: list[FoundVertebra] = []
        for event in events:
            if isinstance(event, (TakenBack, Withdrawn)):
                found = [vertebra for vertebra in found if vertebra.id not in event.vertebrae]
            if isinstance(event, TakenBack):
                continue
            if isinstance(event, VertebraFound):
                found.append(event.vertebra)
            moments.append(_moment(event))
        drawn = _drawn(_remaining(found), grid)
        planes = SpinePlanes.through(list(drawn.values()), grid)
        return cls(grid, _named(moments, drawn), drawn, planes)

    def found_by(self, place: int) -> list[DrawnVertebra]:
        """Vertebrae committed up to and with a moment."""
        ids = dict.fromkeys(moment.found for moment in self.moments[: place + 1])
        return [self.vertebrae[i] for i in ids if i in self.vertebrae]


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


def _named(moments: Sequence[Moment], drawn: dict[int, DrawnVertebra]) -> tuple[Moment, ...]:
    """The moments, with the numbers that vertebrae have in the end."""
    named = []
    for moment in moments:
        vertebra = drawn.get(moment.found) if moment.found is not None else None
        words = moment.words
        if moment.found is not None:
            words = "found one that was taken back later" if vertebra is None else _said(vertebra)
        named.append(Moment(moment.step, moment.window, moment.fragment, words, moment.found))
    return tuple(named)


def _said(vertebra: DrawnVertebra) -> str:
    word = "complete" if vertebra.is_complete else "incomplete"
    return f"found {vertebra.text}: {word} ({vertebra.note})"


def _remaining(found: Sequence[FoundVertebra]) -> list[FoundVertebra]:
    """Without those that the walk took back: one found later stands where they stood."""
    return [
        vertebra
        for place, vertebra in enumerate(found)
        if not any(
            vertebra.id == later.id or _is_same(vertebra, later) for later in found[place + 1 :]
        )
    ]


def _is_same(earlier: FoundVertebra, later: FoundVertebra) -> bool:
    """No two vertebrae of one memory share a voxel."""
    pairs = [
        (max(a.start, b.start), min(a.stop, b.stop))
        for a, b in zip(earlier.slices, later.slices, strict=True)
    ]
    if any(low >= high for low, high in pairs):
        return False
    parts = [
        vertebra.mask[
            tuple(slice(a - s, b - s) for (a, b), s in zip(pairs, vertebra.start, strict=True))
        ]
        for vertebra in (earlier, later)
    ]
    return bool((parts[0] & parts[1]).any())


def _drawn(found: Sequence[FoundVertebra], grid: Grid) -> dict[int, DrawnVertebra]:
    spacing = np.array(grid.spacing_mm)
    centers = np.reshape([np.array(v.centroid) * spacing for v in found], (-1, 3))
    ordered = [found[i] for i in head_to_foot(centers)]
    instances = tuple(_instance(vertebra) for vertebra in ordered)
    drawn = drawn_from_segmentation(Segmentation(grid, instances))
    return {vertebra.id: one for vertebra, one in zip(ordered, drawn, strict=True)}


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
