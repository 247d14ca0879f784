"""A case on somebody's desk: the only place from where it is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import CaseIncomplete
from ..segmentation import Segmentation
from .case import Case
from .copies import refresh_copies
from .files import ModelRef
from .history import with_history
from .layout import CaseFolder, ProjectFolder
from .lock import CaseLock
from .new_file import cleared, new_snapshots
from .proposing import of_segmentation, proposed
from .records import write_record
from .saving import saved
from .states import Origin, Status
from .submission import submitted
from .vertebra import CaseVertebra, ReviewedRange


class CaseDesk:
    """A case held by a lock, made by ``Project.desk``; every method leaves it whole."""

    def __init__(
        self, project: ProjectFolder, case: Case, folder: CaseFolder, lock: CaseLock
    ) -> None:
        self.project = project
        self.case = case
        """As it is on the disk."""
        self.folder = folder
        self._lock = lock

    @property
    def annotator(self) -> str:
        """Who works on it."""
        return self._lock.record.owner

    def change(self, case: Case, what: str = "") -> Case:
        """Write verdicts, levels, order, locks, completeness; voxels stay as they are.

        Parameters
        ----------
        case : Case
            ``self.case`` with other vertebrae or reviewed range; the same ids.
        what : str
            Said in the history before the differences.

        Raises
        ------
        CaseIncomplete
            Vertebrae were added or removed, which ``save`` does, or another case is given.
        CaseLocked
            Somebody took the case over.
        """
        fixed = ("id", "patient", "role", "source", "status", "next_id", "predictions", "versions")
        for name in fixed:
            if getattr(case, name) != getattr(self.case, name):
                raise CaseIncomplete(f"{self.case.id}: {name} is not changed in the table.")
        if {v.id for v in case.vertebrae} != {v.id for v in self.case.vertebrae}:
            raise CaseIncomplete(
                f"{self.case.id}: vertebrae come and go with their voxels; save a new version."
            )
        was = (self.case.vertebrae, self.case.reviewed)
        if case.status is Status.DONE and (case.vertebrae, case.reviewed) != was:
            case = replace(case, status=Status.IN_CORRECTION)  # no longer what was submitted
        return self._commit(case, what)

    def propose(
        self,
        labels: NDArray[Any],
        vertebrae: Sequence[CaseVertebra],
        *,
        origin: Origin = Origin.MODEL,
        model: ModelRef | None = None,
    ) -> Case:
        """Keep what a model or another tool said.

        Before the first version it becomes the table; later it is only kept.
        Earlier predictions stay in ``versions/``. Where ids have been used
        before, the new ones are moved up; ``project.prediction(case)`` has them.

        Parameters
        ----------
        labels : (z, y, x) integers
            Ids of ``vertebrae``, on the grid of the case.
        """
        self._lock.check()
        return self._commit(
            proposed(self.case, self.folder, labels, vertebrae, origin=origin, model=model)
        )

    def propose_segmentation(self, segmentation: Segmentation, model: ModelRef | None) -> Case:
        """Keep what the walk found, on the grid of the case."""
        labels, vertebrae = of_segmentation(segmentation)
        return self.propose(labels, vertebrae, model=model)

    def save(
        self,
        labels: NDArray[Any],
        vertebrae: Sequence[CaseVertebra],
        *,
        ignore: NDArray[np.bool_] | None = None,
        minutes: float = 0.0,
        based_on: int | None = None,
        what: str = "",
    ) -> Case:
        """A new version; those before stay as they are.

        Parameters
        ----------
        labels : (z, y, x) integers
            Ids of exactly these vertebrae, on the grid of the case; new ones
            from ``case.next_id``.
        vertebrae : sequence of CaseVertebra
            With their minutes; what changed in voxels is counted here.
        ignore : (z, y, x) bool, optional
            Voxels without loss; not given = as in the version before.
        minutes : float
            Of active work since then, on whatever vertebra.
        based_on : int, optional
            The version that was worked on; the newest where not given.

        Raises
        ------
        CaseIncomplete
            Labels and vertebrae contradict each other, or lie on another grid.
        CaseLocked
            Somebody took the case over; nothing was written.
        OutputRefused
            The disk is full or not writable; the case is as it was.
        """
        self._lock.check()
        after = saved(
            self.case,
            self.folder,
            labels,
            vertebrae,
            annotator=self.annotator,
            ignore=ignore,
            minutes=minutes,
            based_on=based_on,
        )
        return self._commit(after, what)

    def submit(self, reviewed: ReviewedRange | None = None) -> Case:
        """Give the case to training: a version that is marked so.

        Parameters
        ----------
        reviewed : ReviewedRange, optional
            Between which vertebrae none was missed; the stated one where not given.

        Raises
        ------
        CaseIncomplete
            A sentence that names everything that is missing.
        """
        self._lock.check()
        case = self.case if reviewed is None else replace(self.case, reviewed=reviewed)
        after = submitted(self.project, self.folder, case, self.annotator)
        return self._commit(after, "submitted for training")

    def exclude(self, why: str) -> Case:
        """Keep the case, but use it for nothing."""
        return self._commit(replace(self.case, status=Status.EXCLUDED), why)

    def include(self) -> Case:
        """Use an excluded case again, as one to be corrected."""
        back = Status.IN_CORRECTION if self.case.versions else Status.PROPOSED
        status = back if self.case.vertebrae else Status.NEW
        return self._commit(replace(self.case, status=status))

    def sign_of_life(self) -> None:
        """Say that the case is still worked on; every minute or so."""
        self._lock.refresh()

    def close(self) -> None:
        """Let go of the case; nothing is saved."""
        self._lock.release()

    def _commit(self, after: Case, what: str = "") -> Case:
        self._lock.check()
        after = with_history(self.case, after, self.annotator, what)
        for name in new_snapshots(self.case, after):
            write_record(cleared(self.folder, name), after)
        write_record(self.folder.record, after)  # from here on it is so
        self.case = after
        refresh_copies(self.folder, after)
        return after
