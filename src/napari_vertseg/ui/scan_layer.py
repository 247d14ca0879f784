"""A scan as an image layer, and back."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from ..volume import Grid, Scan
from .marks import KEY, Mark, Role, mark_of, marked
from .views import BONE

UNITS: Final = ("mm", "mm", "mm")


def placed(grid: Grid) -> dict[str, Any]:
    """Keywords that put a layer of a canonical grid into the world of the scan: scale only."""
    return {"scale": tuple(grid.spacing_mm), "units": UNITS}


def placed_beside(grid: Grid, scan: Grid) -> dict[str, Any]:
    """The same for another grid over the scan's box, such as the working grid."""
    first = scan.to_voxel(grid.to_world((0, 0, 0)))
    shift = tuple(float(v * mm) for v, mm in zip(first, scan.spacing_mm, strict=True))
    return {**placed(grid), "translate": shift}


def image_settings(scan: Scan) -> dict[str, Any]:
    """Keywords of ``add_image`` for a scan; the scan itself travels in the metadata."""
    mark = Mark(Role.SCAN, uuid4().hex)
    return {
        "name": scan.name,
        "metadata": marked(mark, scan=scan),
        "contrast_limits": BONE.limits_hu,
        "colormap": "gray",
        **placed(scan.grid),
    }


def scan_of(layer: Any) -> Scan | None:
    """The scan that one of our image layers shows; None for layers of others."""
    mark = mark_of(layer)
    if mark is None or mark.role is not Role.SCAN:
        return None
    scan = layer.metadata[KEY].get("scan")
    return scan if isinstance(scan, Scan) else None
