"""Files that are either whole or not there: written beside, then renamed."""

from __future__ import annotations

import errno
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..errors import OutputRefused


@contextmanager
def atomic_path(target: str | os.PathLike[str], overwrite: bool = False) -> Iterator[Path]:
    """Path to write to instead of ``target``; it becomes ``target`` when the block ends well.

    Parameters
    ----------
    target : path
        Where the file shall be; its folder exists.
    overwrite : bool
        Replace an existing file. Without it a file that appears in the
        meantime is not replaced either.

    Yields
    ------
    Path
        An empty file in the same folder with the same suffixes. It is removed
        if the block raises anything, ``KeyboardInterrupt`` included.

    Raises
    ------
    OutputRefused
        The target exists, is a folder, or its folder cannot be written.
    """
    final = Path(target)
    _refuse_taken(final, overwrite)
    beside = _create_beside(final)
    try:
        yield beside
        _flush(beside)
        _publish(beside, final, overwrite)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()
    _flush_folder(final.parent)


def write_json_atomic(path: str | os.PathLike[str], value: Any, overwrite: bool = False) -> None:
    """Write a value as indented UTF-8 JSON, whole or not at all.

    Raises
    ------
    OutputRefused
        As ``atomic_path``.
    ValueError, TypeError
        The value has no strict JSON form (NaN, foreign types); nothing is written.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with atomic_path(path, overwrite) as beside, writing(Path(path)):
        beside.write_text(text, encoding="utf-8")


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Turn what a full disk or a file library says into one sentence about ``target``."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "the writer failed"
        raise OutputRefused(
            f"{target.name} could not be written ({reason}); nothing was left behind. "
            "Free some space or choose another folder."
        ) from error


def _refuse_taken(final: Path, overwrite: bool) -> None:
    if final.is_dir():
        raise OutputRefused(f"{final.name} is a folder, not a file; choose another name.")
    if not overwrite and (final.exists() or final.is_symlink()):
        raise _taken(final)


def _taken(final: Path) -> OutputRefused:
    return OutputRefused(
        f"{final.name} exists already and was left as it is; "
        "pass --overwrite (overwrite=True) to replace it, or choose another place."
    )


def _create_beside(final: Path) -> Path:
    """Empty hidden file with the target's suffixes, which the writers go by."""
    name = final.name.lower()
    suffix = final.name[-7:] if name.endswith(".nii.gz") else final.suffix
    beside = final.parent / f".part-{secrets.token_hex(8)}{suffix}"
    try:
        # Not tempfile: its files are private to the user, results follow the umask.
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as error:
        raise OutputRefused(
            f"{final.name} cannot be written: folder {final.parent.name or '.'!r} "
            f"is missing or not writable ({error.strerror}); "
            "create it or choose another folder."
        ) from error
    return beside


def _flush(path: Path) -> None:
    """Data on the disk before the name: else a crash leaves an empty file."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _publish(beside: Path, final: Path, overwrite: bool) -> None:
    if overwrite:
        beside.replace(final)
        return
    try:
        final.hardlink_to(beside)  # refuses an existing name in the same instant
    except FileExistsError:
        raise _taken(final) from None
    except OSError as error:
        _publish_without_links(beside, final, error)


def _publish_without_links(beside: Path, final: Path, error: OSError) -> None:
    """Memory sticks and some network folders know no hard links."""
    unsupported = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EINVAL}
    if os.name == "posix" and error.errno not in unsupported:
        raise error
    _refuse_taken(final, overwrite=False)
    beside.rename(final)


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    with suppress(OSError):  # the file itself is safe; some file systems refuse this
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
