"""Every walk is written down while it goes, on a tape that lasts as long as the window."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from weakref import finalize

from ..errors import OutputRefused
from ..io import atomic_path
from ..pipeline import Walk
from ..recording import RecordingHeader, RecordingWriter, scan_sha256
from ..results import ModelRecord
from ..traversal import Event, VertebraFound, Withdrawn
from .messages import Message, Note


class Tape:
    """The recording of one walk, in a file that goes with the tape.

    A disk that is full ends the recording, not the walk: what was told before is kept.

    Parameters
    ----------
    walk : Walk
        Made ready; its scan is hashed, so make tapes beside the window.
    model : ModelRecord, optional
        Which model walks.
    title : str
        How the walk is called in a list of them.
    tell : callable
        Told a sentence if the recording ends early.
    """

    def __init__(
        self, walk: Walk, model: ModelRecord | None, title: str, tell: Callable[[str], None]
    ) -> None:
        self.title = title
        self.events = 0
        self.steps = 0
        self._found: set[int] = set()
        self._tell = tell
        handle, name = tempfile.mkstemp(prefix="vertseg-walk-", suffix=".jsonl")
        os.close(handle)
        self.file = Path(name)
        self._writer: RecordingWriter | None = RecordingWriter(
            self.file, _header(walk, model), overwrite=True
        )
        self._finalizer = finalize(self, _throw_away, self.file, self._writer)

    @property
    def words(self) -> str:
        """What is on it, in a line."""
        return f"{self.title}: {self.vertebrae} vertebrae in {self.steps} steps"

    @property
    def vertebrae(self) -> int:
        """Found, and neither taken back nor withdrawn."""
        return len(self._found)

    def write(self, event: Event) -> None:
        """Add an event of the walk."""
        self.events += 1
        self.steps = event.step
        if isinstance(event, VertebraFound):
            self._found.add(event.vertebra.id)
        elif isinstance(event, Withdrawn):
            self._found.difference_update(event.vertebrae)
        self._do(lambda writer: writer.write(event))

    def take_back(self, vertebrae: Iterable[int]) -> None:
        """The walk was taken back to before these vertebrae."""
        gone = tuple(vertebrae)
        self._found.difference_update(gone)
        self._do(lambda writer: writer.take_back(gone))

    def kept(self, path: Path) -> Generator[Message, None, None]:
        """Keep a copy; the file dialog has asked about replacing.

        Raises
        ------
        OutputRefused
            The place cannot be written.
        """
        with atomic_path(path, overwrite=True) as beside:
            shutil.copyfile(self.file, beside)
        yield Note(f"Saved {path.name}.")

    def throw_away(self) -> None:
        """Delete the file now."""
        self._finalizer()

    def _do(self, deed: Callable[[RecordingWriter], None]) -> None:
        if self._writer is None:
            return
        try:
            deed(self._writer)
        except OutputRefused as error:
            self._writer = None
            self._tell(f"This walk is recorded no further. {error}")


def _header(walk: Walk, model: ModelRecord | None) -> RecordingHeader:
    return RecordingHeader.of(
        scan_sha256=scan_sha256(walk.scan.voxels),
        grid=walk.image.grid,
        model_name=model.name if model else "",
        model_sha256=model.weights_sha256 if model else "",
        config=walk.config,
    )


def _throw_away(file: Path, writer: RecordingWriter) -> None:
    writer.close()
    file.unlink(missing_ok=True)
