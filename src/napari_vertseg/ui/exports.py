"""Films and pictures of what was found, written beside the window."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

from ..errors import VertsegError
from ..pictures import figure_3d, overview_picture, write_animation
from ..segmentation import Segmentation
from ..volume import Scan
from .messages import Message, Note

_FILM_PX = 480
_GLIDES = 2


class GivenUp(VertsegError):
    """A person has cancelled the film."""


class FilmJob:
    """A film of a recorded walk: how far it is, and a way to give it up."""

    def __init__(self, recording: Path, scan: Scan, target: Path, moments_per_second: float):
        self.target = target
        self.share = 0.0
        """Done so far, 0 to 1; read by the window while it is written."""
        self._is_given_up = False
        self._recording, self._scan = recording, scan
        self._frames_per_second = min(max(moments_per_second * (_GLIDES + 1), 2.0), 30.0)

    def give_up(self) -> None:
        """End before the next frame; nothing is written then."""
        self._is_given_up = True

    def run(self) -> Generator[Message, None, None]:
        """Write it, whole or not at all; the file dialog has asked about replacing.

        Raises
        ------
        OutputRefused, RecordingUnreadable
            As ``write_animation``.
        """
        yield Note(f"Writing {self.target.name}…")
        try:
            write_animation(
                self._recording,
                self._scan,
                self.target,
                frames_per_second=self._frames_per_second,
                glide_frames=_GLIDES,
                height_px=_FILM_PX,
                overwrite=True,
                told=self._tell,
            )
        except GivenUp:
            yield Note(f"{self.target.name} was given up; nothing was written.")
            return
        self.share = 1.0
        yield Note(f"Saved {self.target.name}.")

    def _tell(self, share: float) -> None:
        self.share = share
        if self._is_given_up:
            raise GivenUp("The film was given up.")


Picture = Callable[[Segmentation, Scan, Path], None]


def solid_bodies(segmentation: Segmentation, scan: Scan, path: Path) -> None:
    """The vertebrae in 3D, as in the paper's Figures 3 and 4."""
    figure_3d(segmentation, path, name=scan.name, overwrite=True)


def overview(segmentation: Segmentation, scan: Scan, path: Path) -> None:
    """Two slices along the spine, every vertebra coloured."""
    overview_picture(scan, segmentation, path, overwrite=True)


def export_picture(
    draw: Picture, segmentation: Segmentation, scan: Scan, path: Path
) -> Generator[Message, None, None]:
    """Draw a picture into a file."""
    yield Note(f"Drawing {path.name}…")
    draw(segmentation, scan, path)
    yield Note(f"Saved {path.name}.")
