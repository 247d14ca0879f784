"""napari-vertseg: walk the spine in a CT scan, one vertebra at a time.

Importing this package loads neither torch nor Qt nor napari; the public names
are fetched from their modules on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "segment": "napari_vertseg.pipeline",
    "read_scan": "napari_vertseg.io",
    "Scan": "napari_vertseg.volume",
    "Grid": "napari_vertseg.volume",
    "Segmentation": "napari_vertseg.segmentation",
    "VertsegError": "napari_vertseg.errors",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    """Public names, imported on first use (PEP 562)."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
