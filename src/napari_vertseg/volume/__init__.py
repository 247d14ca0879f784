"""Arrays that know where they are: grids, scans, windows, resampling (numpy and scipy only)."""

from .fingerprint import scan_sha256
from .grid import Grid, canonical_affine
from .intensity import AIR_HU, OUTSIDE_HU, floor_hu
from .orientation import Orientation
from .resample import resample_intensity, resample_linear, resample_nearest
from .scan import Scan
from .window import Slices, Window, bounding_slices
from .zyx import Zyx, ZyxFloat

__all__ = [
    "AIR_HU",
    "OUTSIDE_HU",
    "Grid",
    "Orientation",
    "Scan",
    "Slices",
    "Window",
    "Zyx",
    "ZyxFloat",
    "bounding_slices",
    "canonical_affine",
    "floor_hu",
    "resample_intensity",
    "resample_linear",
    "resample_nearest",
    "scan_sha256",
]
