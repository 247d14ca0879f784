"""A case of a project in the viewer: what is done there, and what it lacks for training."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..cases import (
    Case,
    CaseDesk,
    CaseVertebra,
    ModelRef,
    ReviewedRange,
    WorkClock,
    missing_for_training,
)
from ..errors import CaseIncomplete, VertsegError
from .journal_changes import vertebra_of_row
from .journal_keeper import JournalKeeper, Then
from .journal_version import Snapshot, head_to_foot
from .project_ignore import IgnoreBrush
from .project_minutes import WorkWatch
from .undo_rows import Row
from .work import SpineWork

if TYPE_CHECKING:
    from .session import Session

_LEAST_MINUTES = 0.05
"""Less work than this deserves no version of its own."""


class CaseOnScreen:
    """A case that was opened in the viewer of a session.

    Parameters
    ----------
    session : Session
        Works on it now.
    case : Case
        As it was opened.
    read_only : str
        Why it can only be looked at; empty where it is held for changes.
    clock : WorkClock, optional
        Tests pass one with a clock of their own.
    ignore : (z, y, x) bool, optional
        Voxels under the ignore brush, as they were saved last.
    """

    def __init__(
        self,
        session: Session,
        case: Case,
        read_only: str = "",
        clock: WorkClock | None = None,
        ignore: NDArray[np.bool_] | None = None,
    ) -> None:
        if session.work is None or session.keeper is None:
            raise CaseIncomplete(f"{case.id} is not in the viewer; open it again.")
        self.id = case.id
        self.read_only = read_only
        self.work: SpineWork = session.work
        self.keeper: JournalKeeper = session.keeper
        self.watch = WorkWatch(session, self.work, clock)
        self.keeper.clock = self.watch.clock
        self.ignore = IgnoreBrush(self.work, ignore)
        self.reviewed = case.reviewed
        """As it is stated now; written with the table, or by submitting."""
        self._opened = case
        self._is_closed = False

    @property
    def case(self) -> Case:
        """As it is on the disk."""
        desk = self.keeper.desk
        return self._opened if desk is None else desk.case

    @property
    def scan_id(self) -> str:
        """Of its layers."""
        return self.work.spine.scan_id

    @property
    def unsaved(self) -> int:
        """Steps of a hand that are in no version."""
        return self.keeper.unsaved

    @property
    def minutes(self) -> float:
        """Of active work since the last save."""
        return self.watch.clock.total_minutes

    def vertebrae(self) -> tuple[CaseVertebra, ...]:
        """The table as it is in the viewer, head to foot."""
        rows, case = self.work.steps.rows, self.case
        return tuple(
            vertebra_of_row(number, place, rows[number], case.vertebra(number))
            for place, number in enumerate(head_to_foot(self.work), start=1)
        )

    def missing(self, reviewed: ReviewedRange | None) -> list[str]:
        """What stands between the case, as it is in the viewer, and training."""
        vertebrae = self.vertebrae()
        next_id = max([self.case.next_id, *(v.id + 1 for v in vertebrae)])
        now = replace(self.case, vertebrae=vertebrae, next_id=next_id, reviewed=reviewed)
        return list(missing_for_training(now))

    def save(self, then: Then) -> None:
        """A new version, with the minutes that went into it and the range as it is stated."""
        desk, reviewed = self._desk(), self.reviewed

        def state() -> None:
            desk.change(replace(desk.case, reviewed=reviewed))

        is_stated = reviewed == desk.case.reviewed
        self.keeper.save_version(also=None if is_stated else state, then=then)

    def submit(self, reviewed: ReviewedRange, then: Then) -> None:
        """Save what is not saved, and give the case to training."""
        desk = self._desk()
        self.reviewed = reviewed
        if self.unsaved or self.keeper.new_voxels or self.minutes > _LEAST_MINUTES:
            self.keeper.save_version(also=lambda: desk.submit(reviewed), then=then)
            return
        base = f"version {len(desk.case.versions) + 1}"
        self.keeper.commit([base], lambda: desk.submit(reviewed), then)

    def write_table(self, then: Then) -> bool:
        """Write verdicts, levels, locks and completeness into the case, where that is possible.

        While voxels are unsaved they wait for the version that has both.
        """
        desk = self.keeper.desk
        if desk is None or self.keeper.new_voxels or self._is_closed:
            return False
        vertebrae, case = self.vertebrae(), desk.case
        if {v.id for v in vertebrae} != {v.id for v in case.vertebrae}:
            return False
        after = replace(case, vertebrae=vertebrae, reviewed=self.reviewed)
        if after == case and not self.keeper.mark().steps:
            return False
        self.keeper.commit([case.base], lambda: desk.change(after), then)
        return True

    def keep_prediction(self, model: ModelRef, then: Then) -> bool:
        """Keep what a walk has found as a prediction, where it is the walk's alone.

        Only then does it say how good the model was before anybody corrected it.
        """
        desk = self.keeper.desk
        if desk is None or desk.case.versions or self.keeper.new_ignore or self._is_closed:
            return False
        rows, first = self.work.steps.rows, desk.case.next_id
        if not rows or min(rows) < first or not all(map(_is_of_walk, rows.values())):
            return False
        snapshot = Snapshot.of(self.work, desk.case)
        # A prediction counts its vertebrae from 1; the case moves them to where they are here.
        labels = snapshot.labels.astype("u2")
        labels[labels > 0] -= first - 1
        vertebrae = [replace(v, id=v.id - first + 1) for v in snapshot.vertebrae]
        base = f"prediction {len(desk.case.predictions) + 1}"
        self.keeper.commit([base], lambda: desk.propose(labels, vertebrae, model=model), then)
        return True

    def close(self) -> None:
        """The case is let go; minutes that no version has stay with the case."""
        if self._is_closed:
            return
        self._is_closed = True
        self.watch.close()
        desk = self.keeper.desk
        if desk is not None and self.minutes > _LEAST_MINUTES:
            with suppress(VertsegError):  # the layers were deleted by hand: it is let go already
                desk.change(replace(desk.case, minutes=desk.case.minutes + self.minutes))

    def _desk(self) -> CaseDesk:
        desk = self.keeper.desk
        if desk is None:
            raise CaseIncomplete(self.read_only or f"{self.id} cannot be changed now.")
        return desk


def _is_of_walk(row: Row) -> bool:
    return bool(row["is_from_walk"]) and not row["is_edited"]
