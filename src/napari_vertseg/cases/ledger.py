"""``vertseg.json``, changed by one process at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .clock import now
from .files import HistoryEntry
from .guard import guarded
from .layout import ProjectFolder
from .project_record import ProjectRecord
from .records import read_as, write_record


def change_project(
    folder: ProjectFolder,
    edit: Callable[[ProjectRecord], ProjectRecord],
    *,
    who: str,
    what: str,
) -> ProjectRecord:
    """Change the record of a project, however many processes do so at the same time.

    Parameters
    ----------
    edit : callable
        From the record on the disk to the new one; the same one = no change.
    who, what : str
        For the history.

    Returns
    -------
    ProjectRecord
        As it is now.
    """
    with guarded(folder.path):
        before = read_as(ProjectRecord, folder.record)
        after = edit(before)
        if after != before:
            entry = HistoryEntry(when=now(), who=who, what=what)
            after = replace(after, history=(*before.history, entry))
            write_record(folder.record, after)
    return after
