"""Where the journal of a scan goes, and what an earlier session has left there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from ..cases import CaseDesk
from ..cases.arrays import current_labels_of, ignore_of
from ..cases.journal_recovery import Recovered, Saved, recover
from ..cases.layout import CaseFolder
from ..cases.lock import CaseLock
from ..errors import CaseLocked
from ..io.atomic import writing
from ..volume import Scan, scan_sha256
from .journal_changes import row_of_vertebra

NOTHING = "nothing"
"""What a scan outside of any project begins with."""
_MOST_AT_ONCE = 9


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """Work of an earlier session that was not saved."""

    recovered: Recovered
    folder: Path

    @property
    def words(self) -> str:
        """As a question."""
        at = datetime.fromisoformat(self.recovered.at).astimezone()
        steps = len(self.recovered.changes)
        many = f"{steps} steps" if steps > 1 else "one step"
        return (
            f"This scan has work that was not saved: {many}, the last on "
            f"{at:%d %B at %H:%M}. Recover it?"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Home:
    """A folder for the journal, held so that no other window writes there."""

    journal: Path
    base: str
    """What the labels are before the first step."""
    offers: tuple[Offer, ...]
    """Newest first."""
    lock: CaseLock | None = None
    """Of a scan outside of projects."""
    desk: CaseDesk | None = None
    """Of a case; versions are saved through it."""

    def saved_state(self, recovered: Recovered) -> Saved:
        """What recovered changes are put on; reads files, so not for the window's thread."""
        if self.desk is None or recovered.begin.is_whole:
            return Saved.blank(recovered.begin)
        case, folder = self.desk.case, self.desk.folder
        labels = current_labels_of(folder, case).astype(recovered.begin.dtype)
        rows = {v.id: row_of_vertebra(v) for v in case.vertebrae}
        if not recovered.has_ignore:
            return Saved(labels, rows)
        ignore = ignore_of(folder, case)
        if ignore is None:
            return Saved(labels, rows, np.zeros(labels.shape, dtype=np.uint8))
        return Saved(labels, rows, ignore.astype(np.uint8))

    def release(self) -> None:
        """Let go of the folder."""
        if self.lock is not None:
            self.lock.release()
        if self.desk is not None:
            self.desk.close()


def recovery_root() -> Path:
    """Where journals of scans outside of projects lie; ``VERTSEG_RECOVERY`` names another."""
    named = os.environ.get("VERTSEG_RECOVERY")
    if named:
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("napari-vertseg") / "recovery"


def home_of_scan(scan: Scan) -> Home:
    """A folder by the scan's voxels; another one where that is in use.

    Raises
    ------
    CaseLocked
        The scan is open in too many windows.
    OutputRefused
        There is no place for it.
    """
    key = scan_sha256(scan.voxels)[:24]
    for number in range(1, _MOST_AT_ONCE + 1):
        folder = CaseFolder(recovery_root() / (key if number == 1 else f"{key}-{number}"))
        with writing(folder.path):
            folder.path.mkdir(parents=True, exist_ok=True)
        try:
            lock = CaseLock.take(folder, "this user")
        except CaseLocked:
            continue
        return Home(folder.journal, NOTHING, set_aside(folder.journal, NOTHING), lock=lock)
    raise CaseLocked("This scan is open in too many windows; close some.")


def home_of_case(desk: CaseDesk) -> Home:
    """The journal of a case that is open for changes."""
    journal, base = desk.folder.journal, desk.case.base
    return Home(journal, base, set_aside(journal, base), desk=desk)


def set_aside(journal: Path, base: str) -> tuple[Offer, ...]:
    """Move what was not saved out of the new journal's way; all there is to offer."""
    if recover(journal, base) is not None:
        taken = [int(p.name.split("-")[1]) for p in journal.glob("earlier-*")]
        earlier = journal / f"earlier-{max(taken, default=0) + 1}"
        earlier.mkdir()
        # The newest first: it alone counts, so a crash in between loses nothing.
        for segment in sorted(journal.glob("*.journal"), reverse=True):
            segment.rename(earlier / segment.name)
    offers = []
    for earlier in journal.glob("earlier-*"):
        recovered = recover(earlier, base)
        if recovered is not None:
            offers.append(Offer(recovered, earlier))
    return tuple(sorted(offers, key=lambda offer: offer.recovered.at, reverse=True))
