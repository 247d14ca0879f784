"""A scan in a few lines for a person."""

from __future__ import annotations

import numpy as np

from ..volume import Scan


def about(scan: Scan) -> str:
    """Name, size, spacing, field of view, orientation of the file, CT values; short lines."""
    spacing = " × ".join(f"{mm:.3g}" for mm in scan.grid.spacing_mm)
    shape = " × ".join(str(n) for n in scan.grid.shape)
    sides = zip(scan.grid.shape, scan.grid.spacing_mm, strict=True)
    view = " × ".join(f"{n * mm / 10:.0f}" for n, mm in sides)
    low, high = hu_range(scan)
    return "\n".join(
        [
            scan.name,
            f"{shape} voxels (z, y, x) of {spacing} mm",
            f"{view} cm, stored as {stored_axes(scan)}",
            f"{low} to {high} HU, {megabytes(scan)} MB with its labels",
        ]
    )


def hu_range(scan: Scan) -> tuple[int, int]:
    """Lowest and highest value of an even sample: quick for any size."""
    step = max(1, round((scan.voxels.size / 200_000) ** (1 / 3)))
    sample = scan.voxels[::step, ::step, ::step]
    return int(sample.min()), int(sample.max())


def stored_axes(scan: Scan) -> str:
    """Where the file's own axes run, such as RAS; with its slant, where it has one."""
    directions = scan.stored_grid.affine[:3, :3] / np.linalg.norm(
        scan.stored_grid.affine[:3, :3], axis=0
    )
    letters = []
    for column in directions.T:
        world = int(np.argmax(np.abs(column)))
        negative = ("L", "P", "I")[world]
        letters.append("RAS"[world] if column[world] > 0 else negative)
    off = np.degrees(np.arccos(np.clip(np.abs(directions).max(axis=0), 0.0, 1.0))).max()
    return "".join(letters) + (f", {off:.0f}° oblique" if off > 0.5 else "")


def megabytes(scan: Scan) -> int:
    """Memory of the scan and of its labels."""
    return round(scan.voxels.size * 4 / 1e6)
