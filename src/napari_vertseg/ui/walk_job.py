"""A walk that can be paused, gone on with and taken back: what runs in the worker."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..editing.index import Labels
from ..errors import OutputRefused, SegmentationFailed
from ..measures import measure
from ..pipeline import Walk, prepare
from ..results import ModelRecord, ResultRecord, WalkTally, describe
from ..segmentation import Segmentation, VertebraInstance
from ..traversal import (
    Checkpoint,
    Event,
    Finished,
    FoundVertebra,
    InstanceMemory,
    Phase,
    TraversalState,
    VertebraFound,
    Withdrawn,
)
from ..volume import Scan, Zyx, bounding_slices, resample_nearest
from .by_hand import ByHand
from .course import Course
from .guides import GUIDES
from .messages import Begun, Look, Measured, Message, Note, Passed, Prepared, Told, Turn
from .models import Loader
from .starts import Leg, legs_of
from .tape import Tape
from .wishes import Until, WalkRequest, Way


@dataclass(frozen=True, slots=True)
class _Mark:
    """A moment that the walk can be taken back to."""

    state: TraversalState
    checkpoint: Checkpoint
    legs: tuple[Leg, ...]
    """Still to be walked after this one."""
    ahead: NDArray[np.uint16] | None
    """What lay before it then."""
    found: int | None = None
    """The vertebra that was found then; None at the beginning of a leg."""


class WalkJob:
    """One walk with all that it needs to go on.

    Its methods are called by one thread at a time: ``run`` by the worker, the
    others while no worker runs.

    Parameters
    ----------
    scan : Scan
    request : WalkRequest
    load : Loader
        Loads the model of the request.
    labels : (z, y, x) unsigned
        Ids of the vertebrae on the scan's grid, written by the listener; it is
        the memory that the walk begins with.
    place : Zyx, optional
        Voxel of the scan to begin at.
    vertebra : int, optional
        Id to go on from.
    next_id : int
        Ids below it were given to others.
    """

    def __init__(
        self,
        scan: Scan,
        request: WalkRequest,
        load: Loader,
        labels: Labels,
        *,
        place: Zyx | None = None,
        vertebra: int | None = None,
        next_id: int = 1,
    ) -> None:
        self.scan = scan
        self.request = request
        self.walk: Walk | None = None
        self.state: TraversalState | None = None
        self.tape: Tape | None = None
        """The recording; None before the walk has begun."""
        self._load = load
        self._labels = labels
        self._legs = legs_of(request, place, vertebra)
        self._next_id = next_id
        self._marks: list[_Mark] = []
        self._notes: list[str] = []
        self._by_hand = ByHand()
        self._ahead: NDArray[np.uint16] | None = None
        """Vertebrae before the one to go on from: they stay, and are no part of the memory."""
        self._course = Course(request.way)
        self._tally = WalkTally()
        self._model: ModelRecord | None = None
        self._device = ""
        self._place = place

    @property
    def is_finished(self) -> bool:
        """Whether there is nothing more to walk."""
        return self.state is not None and self.state.phase is Phase.FINISHED and not self._legs

    @property
    def next_id(self) -> int:
        """The id that the next vertebra will get at least."""
        return max(self._next_id, self.state.next_id if self.state else 1)

    @property
    def model(self) -> ModelRecord | None:
        """Which weights it walks with; None before it has begun."""
        return self._model

    def found(self) -> list[int]:
        """Ids that this walk has found and could take back, in order."""
        return [mark.found for mark in self._marks if mark.found is not None]

    def note_edits(self, vertebrae: Iterable[int]) -> None:
        """Masks were changed by hand: the memory is brought up to date before the next step."""
        self._by_hand.note_masks(vertebrae)

    def note_verdicts(self, closed: Iterable[int], free: Iterable[int]) -> None:
        """Rows were changed by hand; the masks are the walk's."""
        self._by_hand.note_rows(closed, free)

    def run(
        self, until: Until, pause: Callable[[], None] = lambda: None
    ) -> Generator[Message, None, None]:
        """Walk on until a given event; abandoned after any message it loses nothing.

        Parameters
        ----------
        until : Until
        pause : callable
            Called after every event; slows the walk down.

        Raises
        ------
        VertsegError
            No model, bad start, out of memory.
        """
        if self.walk is None:
            yield from self._prepare()
        for _ in range(GUIDES + 1):
            yield Turn()
        while (walk := self.walk) is not None and (state := self._current(walk)) is not None:
            self._take_over_edits(walk, state)
            yield Begun(state.memory.labels)
            state.corrected = sorted(self._by_hand.kept)
            for event in walk.events(state=state):
                self._check_ids()
                # The state has changed: whoever abandons the walk has been told so, or not at all.
                yield (told := self._told(walk, state, event))
                yield from self._noted()
                yield Look()
                yield Passed(told.progress)
                if _is_reached(until, event):
                    return
                pause()
                state.corrected = sorted(self._by_hand.kept)

    def go_back(self) -> int | None:
        """Forget the vertebra found last; None where the walk has found none.

        The walk is then where it stood after the one before, or at its start.
        """
        if not self.found():
            return None
        while self._marks[-1].found is None:
            self._marks.pop()
        gone = self._marks.pop()
        mark = self._marks[-1]
        self._next_id = self.next_id
        mark.checkpoint.restore(mark.state)
        mark.state.next_id = self._next_id
        self.state, self._legs, self._ahead = mark.state, mark.legs, mark.ahead
        self._by_hand.note_older_memory()
        if self.tape is not None and gone.found is not None:
            self.tape.take_back([gone.found])
        return gone.found

    def describe(self, segmentation: Segmentation, keep_incomplete: bool) -> ResultRecord | None:
        """The record of a result that this walk has led to; None before it has begun."""
        if self.walk is None or self._model is None:
            return None
        return describe(
            self.walk,
            segmentation,
            self._tally,
            model=self._model,
            device=self._device,
            keep_incomplete=keep_incomplete,
            start=self._place,
            both=self.request.way is Way.BOTH,
        )

    def _prepare(self) -> Iterator[Message]:
        yield Note("Loading the model…")
        loaded = self._load(self.request, self._notes.append)
        yield from self._noted()
        self._model, self._device = loaded.record, loaded.device
        yield Note(f"Resampling the scan to {loaded.card.spacing_mm:g} mm…")
        # A later leg goes the other way; what is recorded is the way of the first.
        first = self._legs[0].direction
        self.walk = prepare(self.scan, loaded.card, loaded.predict, direction=first)
        self.tape = self._new_tape(self.walk)
        yield Prepared(
            grid=self.walk.image.grid,
            patch_shape=self.walk.config.patch_shape,
            model=loaded.card.name,
            device=loaded.device,
        )

    def _new_tape(self, walk: Walk) -> Tape | None:
        try:
            return Tape(walk, self._model, f"{self.request.way}", self._notes.append)
        except (OSError, OutputRefused) as error:
            self._notes.append(f"This walk is not recorded. {error}")
            return None

    def _check_ids(self) -> None:
        most = int(np.iinfo(self._labels.dtype).max)
        if self.next_id > most + 1:
            raise SegmentationFailed(
                f"{most} vertebrae were found and taken back in this scan, and there is no "
                "number left for another; save what is there, and open the scan again."
            )

    def _noted(self) -> Iterator[Message]:
        """What model and device had to say since the last message."""
        while self._notes:
            yield Note(self._notes.pop(0))

    def _current(self, walk: Walk) -> TraversalState | None:
        """The state to walk on with; the next leg where one is finished."""
        if self.state is not None and self.state.phase is not Phase.FINISHED:
            return self.state
        if not self._legs:
            return None
        leg, *rest = self._legs
        memory = self._memory(walk)
        self._ahead = leg.ahead(memory)
        if self._ahead is not None:
            behind = np.where(self._ahead > 0, 0, memory.labels).astype(np.uint16)
            memory = InstanceMemory.from_labels(behind)
        state = leg.begin(walk, self.scan, memory)
        state.next_id = max(state.next_id, self.next_id)
        state.step = self.state.step if self.state else 0
        self.state, self._legs = state, tuple(rest)
        self._mark(state)
        return state

    def _mark(self, state: TraversalState, found: int | None = None) -> None:
        checkpoint = Checkpoint.of(state)
        self._marks.append(_Mark(state, checkpoint, self._legs, self._ahead, found))

    def _memory(self, walk: Walk) -> InstanceMemory:
        """All vertebrae of the scan on the working grid."""
        if self.state is not None:
            return InstanceMemory.from_labels(self.state.memory.labels)
        if not self._labels.any():
            return InstanceMemory.empty(walk.image.grid.shape)
        return InstanceMemory(resample_nearest(self._labels, self.scan.grid, walk.image.grid))

    def _take_over_edits(self, walk: Walk, state: TraversalState) -> None:
        if not self._by_hand.is_waiting:
            return
        corrected = resample_nearest(self._labels, self.scan.grid, walk.image.grid)
        labels = state.memory.labels.copy()
        self._ahead = self._by_hand.write_into(labels, self._ahead, corrected)
        state.memory = InstanceMemory(labels, state.memory.half_space)

    def _told(self, walk: Walk, state: TraversalState, event: Event) -> Told:
        self._tally(event)
        if self.tape is not None:
            self.tape.write(event)
        told = Told(event=event, progress=self._course.progress(event, state))
        if isinstance(event, Withdrawn):
            return self._told_withdrawn(walk, state, told, event.vertebrae)
        if not isinstance(event, VertebraFound):
            return told
        vertebra = event.vertebra
        if vertebra.id in self.found():
            return self._told_again(walk, state, told, vertebra)
        self._mark(state, vertebra.id)
        if self._is_ahead(vertebra):
            return replace(told, was_there=True)
        return self._measured(told, walk.on_scan(vertebra, self._labels))

    def _told_again(
        self, walk: Walk, state: TraversalState, told: Told, vertebra: FoundVertebra
    ) -> Told:
        """One seen again. Neighbours get back what it has given up, before it takes its own:
        a walk that is only known by its end shares the voxels out like that.
        """
        if vertebra.id in self._by_hand.kept:  # since the last patch
            self.note_edits([vertebra.id])
            return told
        taken, regrown = self._without(walk, state, [vertebra.id])
        told = replace(told, is_again=True, regrown=regrown)
        return self._measured(told, walk.on_scan(vertebra, taken))

    def _told_withdrawn(
        self, walk: Walk, state: TraversalState, told: Told, gone: Sequence[int]
    ) -> Told:
        """Some were given up, and cannot be taken back any more."""
        self._marks = [mark for mark in self._marks if mark.found not in gone]
        _, regrown = self._without(walk, state, gone)
        return replace(told, regrown=regrown)

    def _without(
        self, walk: Walk, state: TraversalState, gone: Sequence[int]
    ) -> tuple[Labels, tuple[Measured, ...]]:
        """The labels without some vertebrae, and the neighbours that grow into their voxels."""
        taken, regrown = self._labels.copy(), list[Measured]()
        touching = {other for vertebra in gone for other in _touching(taken, vertebra)}
        taken[np.isin(taken, gone)] = 0
        for other in state.found:
            if other.id not in touching - set(gone) or other.id in self._by_hand.kept:
                continue
            own = taken == other.id
            instance = walk.on_scan(other, np.where(own, 0, taken))
            if instance is not None and instance.mask.sum() > own.sum():
                taken[instance.slices][instance.mask] = instance.id
                regrown.append((instance, measure(instance, self.scan.grid, self.scan.voxels)))
        return taken, tuple(regrown)

    def _measured(self, told: Told, instance: VertebraInstance | None) -> Told:
        if instance is None:
            return told
        measures = measure(instance, self.scan.grid, self.scan.voxels)
        return replace(told, instance=instance, measures=measures)

    def _is_ahead(self, found: FoundVertebra) -> bool:
        """Whether it is one that was there before the walk, and stays as it is."""
        if self._ahead is None:
            return False
        start, mask = found.fragment.start_in(found.window), found.fragment.mask
        box = tuple(slice(a, a + n) for a, n in zip(start, mask.shape, strict=True))
        there = self._ahead[box][mask] > 0
        return bool(2 * np.count_nonzero(there) >= there.size)


def _touching(labels: Labels, vertebra: int) -> set[int]:
    """Vertebrae with voxels in the box of one, or beside it."""
    box = bounding_slices(labels == vertebra, 1)
    around = () if box is None else np.unique(labels[box])
    return {int(v) for v in around} - {0, vertebra}


def _is_reached(until: Until, event: Event) -> bool:
    if until is Until.PATCH:
        return True
    return until is Until.VERTEBRA and isinstance(event, (VertebraFound, Finished))
