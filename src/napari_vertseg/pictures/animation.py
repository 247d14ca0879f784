"""A walk as a film: the patch travels along the spine, vertebrae appear one by one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ..errors import RecordingUnreadable
from ..recording import read_header, replay_all, scan_sha256
from ..traversal import Event
from ..volume import Grid, Scan
from .film import Frame, write_film
from .walk_frames import WalkFilm
from .walk_story import WalkStory


def write_animation(
    events: Iterable[Event] | str | os.PathLike[str],
    scan: Scan,
    path: str | os.PathLike[str],
    *,
    grid: Grid | None = None,
    frames_per_second: float = 10.0,
    glide_frames: int = 2,
    hold_seconds: float = 3.0,
    height_px: int = 640,
    overwrite: bool = False,
    told: Callable[[float], None] = lambda share: None,
) -> None:
    """Write a GIF or an MP4 of a walk: sagittal and coronal view along the spine.

    No model is needed: a recording is enough. Colours are those of the other
    pictures, and the same in every frame; vertebrae judged incomplete are half
    transparent, what the network sees of the next one is white.

    Parameters
    ----------
    events : iterable of Event, or path
        Of a walk, or the file of a recorded one.
    scan : Scan
        The scan that was walked: its own voxels are shown, whatever the walk's grid.
    path : path
        Ends in ``.gif`` or ``.mp4``; its folder exists.
    grid : Grid, optional
        Working grid of the events. A recording knows its own; without both it is
        the scan's.
    frames_per_second : float
        Speed.
    glide_frames : int
        Frames in which the patch moves on to its next place; 0 lets it jump.
    hold_seconds : float
        How long the end is shown; each new vertebra for a fifth of it.
    height_px : int
        Of the picture; the width follows from the scan.
    overwrite : bool
        Replace an existing file.
    told : callable
        Told before every frame which share is done, 0 to 1. What it raises ends the
        work; nothing is written then.

    Raises
    ------
    OutputRefused
        Neither ``.gif`` nor ``.mp4``, no encoder for MP4, the file exists or
        cannot be written.
    RecordingUnreadable
        The recording is damaged, or of another scan.
    """
    story = _story(events, scan, grid)
    film = WalkFilm(story, scan, height_px)
    frames = film.frames(1 / frames_per_second, glide_frames, hold_seconds)
    write_film(
        _telling(frames, film.count(glide_frames), told),
        path,
        frames_per_second=frames_per_second,
        poster=WalkFilm(story, scan, height_px).poster(),
        overwrite=overwrite,
    )


def _telling(
    frames: Iterable[Frame], count: int, told: Callable[[float], None]
) -> Iterator[Frame]:
    for number, frame in enumerate(frames):
        told(number / count)
        yield frame


def _story(
    events: Iterable[Event] | str | os.PathLike[str], scan: Scan, grid: Grid | None
) -> WalkStory:
    if not isinstance(events, str | os.PathLike):
        return WalkStory.of(events, grid or scan.grid)
    recording = Path(events)
    header = read_header(recording)
    # The walk's own working image may be given too; its voxels are others.
    if not header.grid.is_same(scan.grid) and header.scan_sha256 != scan_sha256(scan.voxels):
        raise RecordingUnreadable(
            f"{recording.name} is a recording of another scan than {scan.name}; "
            "give the scan that was walked."
        )
    return WalkStory.of(replay_all(recording), header.grid)
