"""Where the files of a project lie (docs/formats.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import CaseIncomplete

_CASE_ID: Final = re.compile(r"case-\d{4,}")


@dataclass(frozen=True, slots=True)
class CaseFolder:
    """One case."""

    path: Path

    @property
    def id(self) -> str:
        """Of the case."""
        return self.path.name

    @property
    def record(self) -> Path:
        """``case.json``."""
        return self.path / "case.json"

    @property
    def scan(self) -> Path:
        """The scan, where it was copied in."""
        return self.path / "scan.nii.gz"

    @property
    def prediction(self) -> Path:
        """Copy of the newest prediction."""
        return self.path / "prediction.nii.gz"

    @property
    def correction(self) -> Path:
        """Copy of the newest version's labels."""
        return self.path / "correction.nii.gz"

    @property
    def ignore(self) -> Path:
        """Copy of the newest version's ignore mask."""
        return self.path / "ignore.nii.gz"

    @property
    def versions(self) -> Path:
        """Every version there ever was."""
        return self.path / "versions"

    @property
    def journal(self) -> Path:
        """Edits since the last version."""
        return self.path / "journal"

    @property
    def lock(self) -> Path:
        """Who has it open."""
        return self.path / "lock.json"


@dataclass(frozen=True, slots=True)
class ProjectFolder:
    """A project."""

    path: Path

    @property
    def record(self) -> Path:
        """``vertseg.json``."""
        return self.path / "vertseg.json"

    @property
    def cases(self) -> Path:
        """One folder per case."""
        return self.path / "cases"

    @property
    def models(self) -> Path:
        """One folder per model."""
        return self.path / "models"

    @property
    def rounds(self) -> Path:
        """One file per training round."""
        return self.path / "rounds"

    @property
    def set_aside(self) -> Path:
        """What a repair could not place."""
        return self.path / "set-aside"

    def case(self, case_id: str) -> CaseFolder:
        """Folder of a case, there or not.

        Raises
        ------
        CaseIncomplete
            That is no name of a case.
        """
        if not _CASE_ID.fullmatch(case_id):
            raise CaseIncomplete(
                f"{case_id!r} is no case; cases are called case-0001 and so on, as the list says."
            )
        return CaseFolder(self.cases / case_id)

    def case_ids(self) -> tuple[str, ...]:
        """Names of all case folders, oldest first."""
        if not self.cases.is_dir():
            return ()
        found = [p.name for p in self.cases.iterdir() if _CASE_ID.fullmatch(p.name)]
        return tuple(sorted(found, key=lambda name: (len(name), name)))
