"""From a scan to its vertebrae: the walk between two grids."""

from .run import drain, segment
from .surface import refine_surface
from .walk import Walk, prepare
from .way_back import WayBack, to_scan_grid
from .working_grid import WorkingImage, to_working_grid

__all__ = [
    "Walk",
    "WayBack",
    "WorkingImage",
    "drain",
    "prepare",
    "refine_surface",
    "segment",
    "to_scan_grid",
    "to_working_grid",
]
