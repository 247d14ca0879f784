"""Everything that knows napari or Qt.

Panels emit wishes, ``session`` decides, ``layers`` and ``guides`` touch layers.
Importing this package loads neither; its modules do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from napari import Viewer


def open_viewer(path: str | Path | None = None, *, block: bool = True) -> Viewer:
    """Open napari with the panels docked, on a scan if one is given.

    Parameters
    ----------
    path : path, optional
        Anything ``read_scan`` reads.
    block : bool
        Return only when the window is closed.

    Raises
    ------
    VertsegError
        napari or a Qt binding is not installed.
    """
    from .opening import open_viewer as open_now

    return open_now(path, block=block)


def open_demo(*, block: bool = True) -> Viewer:
    """Open napari with the panels docked, on the made spine of the sample data.

    Raises
    ------
    VertsegError
        napari or a Qt binding is not installed.
    """
    from .opening import open_demo as open_now

    return open_now(block=block)


__all__ = ["open_demo", "open_viewer"]
