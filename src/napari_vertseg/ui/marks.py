"""How our layers are found again: by a mark in their metadata, never by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

KEY: Final = "napari-vertseg"
"""Where in a layer's metadata the mark lies."""


class Role(StrEnum):
    """What a layer shows."""

    SCAN = "scan"
    VERTEBRAE = "vertebrae"
    SINGLE = "single vertebra"
    PATCH = "patch"
    TRAIL = "trail"
    PROBABILITY = "probability"
    MEMORY = "memory"
    REPLAY = "replay"
    PREVIEW = "preview"
    SEEDS = "points"
    WIRE = "live wire"
    IGNORE = "ignore region"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a layer shows, and of which scan."""

    role: Role
    scan_id: str
    """Made when the scan was opened; tells two scans in one viewer apart."""
    vertebra: int | None = None
    """Instance id, for a layer that shows a single one."""


def mark_of(layer: Any) -> Mark | None:
    """The mark of a layer; None for layers of others."""
    mark = layer.metadata.get(KEY, {}).get("mark")
    return mark if isinstance(mark, Mark) else None


def marked(mark: Mark, **more: Any) -> dict[str, Any]:
    """Metadata for a layer that carries a mark."""
    return {KEY: {"mark": mark, **more}}


def find(layers: Iterable[Any], role: Role, scan_id: str) -> Any | None:
    """The layer of a role, or None where the user has deleted it."""
    found = find_all(layers, role, scan_id)
    return found[0] if found else None


def find_all(layers: Iterable[Any], role: Role, scan_id: str) -> list[Any]:
    """All layers of a role; a layer that was duplicated in napari counts as well."""
    pairs = ((layer, mark_of(layer)) for layer in layers)
    return [layer for layer, m in pairs if m and m.role is role and m.scan_id == scan_id]
