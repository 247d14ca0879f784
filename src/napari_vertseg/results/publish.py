"""Several files that appear together or not at all, as far as a file system allows."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ..io.atomic import atomic_path, writing


@contextmanager
def published_together(targets: Sequence[Path], *, overwrite: bool) -> Iterator[list[Path]]:
    """Places to write to instead of the targets, which appear when the block ends well.

    If anything is raised, ``KeyboardInterrupt`` included, the targets are as
    they were. Only a crash in the few milliseconds between the first and the
    last rename can leave some new and some old; each file is whole even then.

    Parameters
    ----------
    targets : sequence of Path
        In one folder, which exists; different names.
    overwrite : bool
        Replace existing files.

    Yields
    ------
    list of Path
        One path per target with its name, in a hidden folder beside.

    Raises
    ------
    OutputRefused
        A target exists, or the folder cannot be written.
    """
    staging = targets[0].parent / f".part-{secrets.token_hex(8)}"
    with writing(targets[0]):
        staging.mkdir()
    try:
        staged = [staging / target.name for target in targets]
        yield staged
        _publish(staged, targets, overwrite)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _publish(staged: Sequence[Path], targets: Sequence[Path], overwrite: bool) -> None:
    moves = [_Move(new, target) for new, target in zip(staged, targets, strict=True)]
    try:
        for move in moves:
            move.make(overwrite)
    except BaseException:
        for move in reversed(moves):
            move.undo()
        raise


class _Move:
    """One file on its way to its name, and the way back."""

    def __init__(self, new: Path, target: Path) -> None:
        self._new = new
        self._target = target
        self._old = new.with_name(f"old-{new.name}")
        self._inode = new.stat().st_ino

    def make(self, overwrite: bool) -> None:
        if overwrite and self._target.is_file():
            with writing(self._target):
                _copy(self._target, self._old)
        with atomic_path(self._target, overwrite) as beside, writing(self._target):
            self._new.replace(beside)

    def undo(self) -> None:
        with suppress(OSError):
            # Not what somebody else may have put there in the meantime.
            if self._target.stat().st_ino != self._inode:
                return
            if self._old.exists():
                self._old.replace(self._target)
            else:
                self._target.unlink()


def _copy(source: Path, to: Path) -> None:
    """A second name for the same file; a second file where that is not possible."""
    try:
        os.link(source, to)
    except OSError:
        shutil.copy2(source, to)
