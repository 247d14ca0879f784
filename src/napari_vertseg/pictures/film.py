"""Frames to a file: GIF with Pillow, MP4 where an encoder is installed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import OutputRefused
from ..io.atomic import atomic_path, writing

Pixels = NDArray[np.uint8]
"""(row, column, rgb) uint8."""

_SHORTEST_GIF_S: Final = 0.02
"""Browsers show faster frames slowly."""
_NO_ENCODER: Final = (
    "{name} cannot be written: no video encoder is installed here. "
    "Choose a name that ends in .gif, or install one: pip install imageio-ffmpeg"
)


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """One picture of a film."""

    pixels: Pixels
    seconds: float
    """How long it is shown."""


def write_film(
    frames: Iterable[Frame],
    path: str | os.PathLike[str],
    *,
    frames_per_second: float,
    poster: Pixels,
    overwrite: bool = False,
) -> None:
    """Write a GIF or an MP4, by the name's ending, whole or not at all.

    Parameters
    ----------
    frames : iterable of Frame
        All of one size; taken one at a time.
    path : path
        Ends in ``.gif`` or ``.mp4``; its folder exists.
    frames_per_second : float
        Of the MP4; a GIF shows each frame for its own time.
    poster : (row, column, rgb) uint8
        Has every colour of the film: 256 for all frames are taken from it, so
        that colours do not flicker.
    overwrite : bool
        Replace an existing file.

    Raises
    ------
    OutputRefused
        Another ending, no encoder, the file exists, or it cannot be written.
    """
    target = Path(path)
    kind = target.suffix.lower()
    if kind not in (".gif", ".mp4"):
        raise OutputRefused(
            f"{target.name} cannot be written: an animation is a .gif or an .mp4; "
            "choose such a name."
        )
    with atomic_path(target, overwrite) as beside, writing(target):
        if kind == ".gif":
            _write_gif(frames, beside, poster)
        else:
            _write_mp4(frames, beside, target.name, frames_per_second)


def _write_gif(frames: Iterable[Frame], path: Path, poster: Pixels) -> None:
    palette = Image.fromarray(poster).quantize(256, dither=Image.Dither.NONE)
    durations: list[int] = []

    def indexed() -> Iterator[Image.Image]:
        for frame in frames:
            durations.append(round(1000 * max(frame.seconds, _SHORTEST_GIF_S)))
            yield Image.fromarray(frame.pixels).quantize(palette=palette, dither=Image.Dither.NONE)

    rest = indexed()
    first = next(rest, palette)
    # Pillow merges equal frames, asks for a duration only when it has the frame, and
    # writes of each frame no more than what changed.
    with path.open("wb") as file:
        first.save(
            file,
            format="GIF",
            save_all=True,
            append_images=rest,
            duration=durations,
            loop=0,
            optimize=False,
        )


def _write_mp4(frames: Iterable[Frame], path: Path, name: str, frames_per_second: float) -> None:
    import imageio.v2

    try:
        writer = imageio.v2.get_writer(
            path,
            format="FFMPEG",
            mode="I",
            fps=frames_per_second,
            codec="libx264",
            pixelformat="yuv420p",
            macro_block_size=1,
            ffmpeg_log_level="error",
        )
    except (ImportError, RuntimeError) as error:
        raise OutputRefused(_NO_ENCODER.format(name=name)) from error
    with writer:
        for frame in frames:
            even = _even(frame.pixels)
            for _ in range(max(round(frame.seconds * frames_per_second), 1)):
                writer.append_data(even)


def _even(pixels: Pixels) -> Pixels:
    """Sides that the colour format can halve."""
    rows, columns = pixels.shape[:2]
    return pixels[: rows - rows % 2, : columns - columns % 2]
