"""A resumable walk as a file."""

from __future__ import annotations

from pathlib import Path

from ..errors import RecordingUnreadable
from ..io.atomic import atomic_path, writing
from ..traversal import TraversalState, state_from_bytes, state_to_bytes


def save_state(path: Path, state: TraversalState, *, overwrite: bool = False) -> None:
    """Write everything that the walk needs to go on, whole or not at all.

    Raises
    ------
    OutputRefused
        The file exists (without ``overwrite``) or cannot be written.
    """
    with atomic_path(path, overwrite) as beside, writing(path):
        beside.write_bytes(state_to_bytes(state))


def load_state(path: Path) -> TraversalState:
    """Read what ``save_state`` wrote.

    Raises
    ------
    RecordingUnreadable
        The file cannot be read, or is no saved walk.
    """
    try:
        return state_from_bytes(path.read_bytes())
    except OSError as error:
        raise RecordingUnreadable(
            f"The saved walk {path.name} cannot be read ({error.strerror}); check the path."
        ) from error
