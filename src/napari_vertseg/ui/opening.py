"""napari with the panels docked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import VertsegError
from ..io import read_scan
from ..volume import Scan
from .samples import phantom_scan


def open_viewer(path: str | Path | None = None, *, block: bool = True) -> Any:
    """See ``napari_vertseg.ui.open_viewer``."""
    _check_window()
    return _open(None if path is None else read_scan(path), block=block)


def open_demo(*, block: bool = True) -> Any:
    """See ``napari_vertseg.ui.open_demo``."""
    _check_window()
    return _open(phantom_scan(), block=block)


def _check_window() -> None:
    try:
        # Before Qt: PySide6's hook looks into every module imported after it, and finds
        # pydantic half made.
        import napari.viewer  # noqa: F401
        import qtpy.QtWidgets  # noqa: F401 - raises where no binding is installed
    except Exception as error:
        raise VertsegError(
            "napari cannot be opened: it or a Qt binding is not installed "
            f"({type(error).__name__}). Install both with: pip install 'napari-vertseg[all]'"
        ) from error


def _open(scan: Scan | None, *, block: bool) -> Any:
    import napari
    from qtpy.QtCore import QTimer

    from .panels import dock_panels

    viewer = napari.Viewer(title="napari-vertseg")
    session = dock_panels(viewer)
    if scan is not None:
        session.show_scan(scan)
        # Once the window has its size; before, the view would not fit it.
        QTimer.singleShot(0, session.show_side)
    if block:
        napari.run()
    return viewer
