"""Decides what the wishes of the Replay panel lead to."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from psygnal import Signal

from ..errors import RecordingUnreadable
from ..pictures.walk_story import WalkStory
from ..recording import read_header, replay_all, scan_sha256
from ..volume import Scan
from .guides import GUIDES
from .messages import Message, Note, StoryRead, Turn
from .permissions import Status
from .replay import Replay
from .running import Ended
from .session import Session


class ReplayControl:
    """One recorded walk of the current scan: closed, open or playing.

    A walk that begins closes it, and so does another scan.
    """

    changed = Signal()
    moved = Signal()
    """Another moment is shown; ``look``, in a turn of its own, turns the view to it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.replay: Replay | None = None
        self.file: Path | None = None
        """Of the walk that is open."""
        self.is_playing = False
        self.is_loading = False
        """A recording is being read."""
        self._loading: object = None
        """Of the recording that is being read; what is read for another is dropped."""
        session.scan_changed.connect(self.close)
        session.changed.connect(self._make_way)

    def open(self, path: Path) -> None:
        """Read a recording of the current scan, and stand at its beginning."""
        work = self.session.work
        if work is None or self.reason_against() is not None:
            return
        self.close()
        scan = work.scan

        token = self._loading = object()

        def take(message: Message) -> None:
            if self._loading is not token:
                return
            match message:
                case Note(text=text):
                    self.session.logged.emit(text)
                case StoryRead(story=story):
                    self.replay, self.file = Replay(work.spine, story), path
                case Turn() if self.replay is not None:
                    self.replay.show_one()

        def ended(how: Ended) -> None:
            if self._loading is not token:
                return
            self.is_loading = False
            if how.error is not None:
                self.session.failed.emit(how)
                self.close()
            else:
                self.seek(0)
                self.changed.emit()

        self.is_loading = True
        self.changed.emit()
        self.session.errands.begin(lambda: _read(path, scan), take, ended)

    def reason_against(self) -> str | None:
        """Why no walk can be replayed now; None if one can."""
        walk = self.session.walk
        if walk is None:
            return "There is no scan yet: open one."
        if walk.status not in (Status.IDLE, Status.PAUSED):
            return "The walk is running; pause it first."
        return "The recording is being read." if self.is_loading else None

    def play(self) -> None:
        """Go on moment by moment, at every ``tick``; from the beginning after the end."""
        if self.replay is not None and not self.is_loading:
            if self.replay.place >= self.replay.last:
                self.seek(0)
            self._become(True)

    def pause(self) -> None:
        """Stand still."""
        self._become(False)

    def tick(self) -> None:
        """Time for the next moment."""
        if self.replay is not None and self.is_playing:
            self.seek(self.replay.place + 1)
            if self.replay.place >= self.replay.last:
                self.pause()

    def step(self, moments: int) -> None:
        """Some moments on or back, then stand still."""
        if self.replay is not None:
            self.is_playing = False
            self.seek(self.replay.place + moments)

    def seek(self, place: int) -> None:
        """Show a moment."""
        if self.replay is not None and place != self.replay.place:
            self.replay.seek(place)
            self.changed.emit()
            self.moved.emit()

    def look(self) -> None:
        """Turn the view to the moment that is shown, if it shall follow."""
        if self.replay is not None and self.session.follows:
            self.replay.follow()

    def close(self) -> None:
        """Show the vertebrae of the table again."""
        self._loading = None
        replay, self.replay, self.file = self.replay, None, None
        self.is_playing = self.is_loading = False
        if replay is not None:
            replay.close()
        self.changed.emit()

    def _make_way(self) -> None:
        walk = self.session.walk
        if self.replay is not None and walk is not None and walk.status is Status.RUNNING:
            self.close()

    def _become(self, is_playing: bool) -> None:
        self.is_playing = is_playing
        self.changed.emit()


def _read(path: Path, scan: Scan) -> Generator[Message, None, None]:
    """The story of a recording, then a turn for every layer that it needs.

    Raises
    ------
    RecordingUnreadable
        Damaged, or of another scan.
    """
    yield Note("Reading the recording…")
    header = read_header(path)
    if header.scan_sha256 != scan_sha256(scan.voxels):
        raise RecordingUnreadable(
            f"{path.name} is a recording of another scan than {scan.name}; "
            "open the scan that was walked."
        )
    yield StoryRead(WalkStory.of(replay_all(path), header.grid))
    for _ in range(GUIDES):
        yield Turn()
