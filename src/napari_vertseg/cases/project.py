"""A project folder: its cases to look at, and one at a time to change."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import CaseIncomplete, OutputRefused
from ..volume import Scan
from .arrays import current_labels_of, ignore_of, labels_of, prediction_of, version_of
from .case import Case
from .clock import now
from .desk import CaseDesk
from .files import HistoryEntry
from .layout import CaseFolder, ProjectFolder
from .ledger import change_project
from .lock import CaseLock
from .project_record import ProjectRecord, ProjectSettings
from .records import read_as, write_record
from .scan_source import read_source
from .volumes import Ids


@dataclass(frozen=True, slots=True)
class Project:
    """A project; holds nothing but its place, so that every look is at the disk."""

    folder: ProjectFolder

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        settings: ProjectSettings | None = None,
        who: str = "",
    ) -> Project:
        """A new, empty project.

        Raises
        ------
        OutputRefused
            There is one already, or the place is not writable.
        """
        folder = ProjectFolder(Path(path).resolve())
        try:
            for place in (folder.path, folder.cases, folder.models, folder.rounds):
                place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputRefused(
                f"No project can be made in {folder.path.name} ({error.strerror}); "
                "choose a folder that you may write to."
            ) from error
        record = ProjectRecord(
            name=name or folder.path.name,
            created=now(),
            salt=secrets.token_hex(16),
            settings=settings or ProjectSettings(),
            history=(HistoryEntry(when=now(), who=who, what="made"),),
        )
        write_record(folder.record, record, overwrite=False)
        return cls(folder)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Project:
        """A project that is there.

        Raises
        ------
        CaseIncomplete
            No project, or its record cannot be used.
        """
        folder = ProjectFolder(Path(path).resolve())
        if not folder.record.is_file():
            raise CaseIncomplete(
                f"{folder.path.name} is no project: it has no vertseg.json; "
                "make one with vertseg cases new."
            )
        project = cls(folder)
        _ = project.record
        return project

    @property
    def record(self) -> ProjectRecord:
        """``vertseg.json`` as it is now; raises ``CaseIncomplete`` where it is damaged."""
        return read_as(ProjectRecord, self.folder.record)

    def change(
        self, edit: Callable[[ProjectRecord], ProjectRecord], *, who: str, what: str
    ) -> ProjectRecord:
        """Change ``vertseg.json``, however many processes do so at the same time."""
        return change_project(self.folder, edit, who=who, what=what)

    def ids(self) -> tuple[str, ...]:
        """Names of all cases, oldest first, the damaged ones too."""
        return self.folder.case_ids()

    def cases(self) -> tuple[Case, ...]:
        """All cases, oldest first; raises ``CaseIncomplete`` at the first damaged one."""
        return tuple(self.case(case_id) for case_id in self.ids())

    def case(self, case_id: str) -> Case:
        """One case as it is now.

        Raises
        ------
        CaseIncomplete
            No such case, a damaged one, or one whose role contradicts its patient's.
        """
        folder = self.case_folder(case_id)
        case = read_as(Case, folder.record)
        _check_identity(case, folder, self.record)
        return case

    def case_at(self, case_id: str, version: int) -> Case:
        """A case as it was when a version was saved: its verdicts and levels of that time."""
        record = version_of(self.case(case_id), version)
        return read_as(Case, self.case_folder(case_id).versions / record.snapshot)

    def case_folder(self, case_id: str) -> CaseFolder:
        """Where a case lies; raises ``CaseIncomplete`` where it does not."""
        folder = self.folder.case(case_id)
        if not folder.path.is_dir():
            raise CaseIncomplete(
                f"there is no {case_id} in {self.folder.path.name}; "
                "vertseg cases list says what there is."
            )
        return folder

    def labels(self, case: Case, version: int | None = None) -> Ids:
        """(z, y, x) ids of a version, the newest where none is named, on ``case.source.grid``."""
        return labels_of(self.folder.case(case.id), case, version)

    def prediction(self, case: Case, number: int | None = None) -> Ids:
        """(z, y, x) ids of a prediction, the newest where none is named."""
        return prediction_of(self.folder.case(case.id), case, number)

    def current_labels(self, case: Case) -> Ids:
        """(z, y, x) ids to go on from: the newest version, else the prediction, else nothing."""
        return current_labels_of(self.folder.case(case.id), case)

    def ignore(self, case: Case, version: int | None = None) -> NDArray[np.bool_] | None:
        """(z, y, x) voxels under the ignore brush, None where there are none."""
        return ignore_of(self.folder.case(case.id), case, version)

    def scan(self, case: Case) -> Scan:
        """The scan of a case; raises ``CaseIncomplete`` where it is missing or changed."""
        return read_source(self.folder, case)

    @contextmanager
    def edit(self, case_id: str, annotator: str, *, take_over: bool = False) -> Iterator[CaseDesk]:
        """Open a case for changes; let go at the end. ``desk`` for a longer session."""
        desk = self.desk(case_id, annotator, take_over=take_over)
        try:
            yield desk
        finally:
            desk.close()

    def desk(self, case_id: str, annotator: str, *, take_over: bool = False) -> CaseDesk:
        """Open a case for changes until ``desk.close()``.

        Raises
        ------
        CaseLocked
            Somebody else has it; ``case`` and ``labels`` still read it.
        """
        folder = self.case_folder(case_id)
        lock = CaseLock.take(folder, annotator, take_over=take_over)
        try:
            return CaseDesk(self.folder, self.case(case_id), folder, lock)
        except BaseException:
            lock.release()
            raise


def _check_identity(case: Case, folder: CaseFolder, project: ProjectRecord) -> None:
    patient = project.patient(case.patient)
    if case.id != folder.id:
        raise CaseIncomplete(
            f"{folder.id}/case.json belongs to {case.id}: a folder was copied or renamed; "
            "move it out of the project and import the scan."
        )
    if patient is None or patient.role is not case.role:
        known = "an unknown patient" if patient is None else f"a {patient.role} patient"
        raise CaseIncomplete(
            f"{case.id} says {case.role}, yet belongs to {known}; scans could leak from "
            "validation into training. vertseg cases repair takes the role of the patient."
        )
