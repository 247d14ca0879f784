"""Names of the result files, and whether they can be written at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from ..errors import OutputRefused


@dataclass(frozen=True, slots=True)
class ResultFiles:
    """Where the three files of one scan go."""

    labels: Path
    record: Path
    overview: Path

    @classmethod
    def of(cls, folder: Path, name: str) -> ResultFiles:
        """Beside each other in a folder, named after the scan."""
        return cls(
            labels=folder / f"{name}_vertebrae.nii.gz",
            record=folder / f"{name}_vertebrae.json",
            overview=folder / f"{name}_overview.png",
        )

    @property
    def all(self) -> tuple[Path, Path, Path]:
        """Labels, record, overview."""
        return self.labels, self.record, self.overview


def check_targets(targets: Iterable[Path], *, overwrite: bool) -> None:
    """Make sure that files can be written, before hours of work are spent on them.

    Missing folders are made; nothing else is left behind.

    Raises
    ------
    OutputRefused
        A file exists (without ``overwrite``), or its folder cannot be made or written.
    """
    files = list(targets)
    taken = [file.name for file in files if file.is_dir() or (not overwrite and _exists(file))]
    if taken:
        more = f" (and {len(taken) - 1} more)" if len(taken) > 1 else ""
        raise OutputRefused(
            f"{taken[0]}{more} exists already and was left as it is; "
            "pass --overwrite (overwrite=True) to replace it, or choose another place."
        )
    for folder in sorted({file.parent for file in files}):
        _try(folder)


def _exists(file: Path) -> bool:
    return file.exists() or file.is_symlink()


def _try(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass  # gone again
    except OSError as error:
        raise OutputRefused(
            f"Nothing can be written to the folder {folder.resolve().name!r} "
            f"({error.strerror}); choose another one."
        ) from error
