"""A real label map made whole: body, organs and discs around labelled vertebrae."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..anatomy import Level
from ..volume import Grid, Zyx, resample_linear
from .anatomy_map import AnatomyMap
from .build import draw_build
from .painting import Canvas
from .ribs import paint_ribs
from .skeleton import paint_skeleton
from .spine_frame import SpineFrame, frame_of_labels
from .surroundings import paint_surroundings
from .tissue import Tissue, tissues_of_structures

Pads = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]


def complete_anatomy(
    rng: np.random.Generator,
    vertebra_labels: NDArray[np.uint8],
    structures: NDArray[np.uint8] | None,
    grid: Grid,
    *,
    is_complete: Mapping[int, bool] | None = None,
    pad: bool = True,
) -> AnatomyMap:
    """Anatomy whose vertebrae are the given ones.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of what is invented.
    vertebra_labels : (z, y, x) uint8
        VerSe values on ``grid``.
    structures : (z, y, x) uint8, optional
        TotalSegmentator values on ``grid``; where absent, a body is invented and
        the field of view may grow to the sides (never along z: beyond the
        labelled range the real next vertebra is missing).
    grid : Grid
        Canonical.
    is_complete : mapping, optional
        Completeness by VerSe value from the case's record; all True where absent.
    pad : bool
        Whether the field of view may grow.

    Returns
    -------
    AnatomyMap
        On ``grid``, or on a grid that was padded in y and x.
    """
    values = [int(v) for v in np.unique(vertebra_labels) if v]
    record = {v: bool((is_complete or {}).get(v, True)) for v in values}
    labels = np.ascontiguousarray(vertebra_labels, dtype=np.uint8)
    if structures is not None:
        tissues = _body_around(rng, tissues_of_structures(structures), grid)
        _lay_vertebrae(tissues, labels)
        _lay_between(tissues, labels, grid)
        return AnatomyMap(grid, tissues, labels, record)
    if pad:
        labels, grid = _padded(labels, grid, _draw_pads(rng, grid))
    tissues = np.zeros(labels.shape, dtype=np.uint8)
    frame = frame_of_labels(labels, grid)
    if frame is not None:
        _invent(rng, tissues, frame, grid)
    _lay_vertebrae(tissues, labels)
    return AnatomyMap(grid, tissues, labels, record)


def _invent(
    rng: np.random.Generator, tissues: NDArray[np.uint8], frame: SpineFrame, grid: Grid
) -> None:
    """Body, organs and ribs around a frame, in place."""
    build = draw_build(rng, _scale_of(frame))
    canvas = Canvas(tissues, grid.spacing_mm)
    paint_surroundings(canvas, frame, build)
    if rng.random() < 0.8:
        paint_ribs(canvas, frame, build.scale, rng)
        arms = str(rng.choice(["up", "down", "none"], p=[0.4, 0.15, 0.45]))
        paint_skeleton(canvas, frame.continued_to_sacrum(), build.scale, arms, rng)


def _scale_of(frame: SpineFrame) -> float:
    """Size of a person from the bodies' widths."""
    usual = np.interp(frame.rank, (1, 7, 10, 19, 24), (13, 14.5, 14, 20, 25))
    return float(np.clip(np.median(frame.half_width_mm / usual), 0.75, 1.2))


def _lay_vertebrae(tissues: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    """Labelled bone on top of everything, in place."""
    tissues[labels > 0] = Tissue.VERTEBRA
    tissues[labels == int(Level.S1)] = Tissue.SACRUM


def _draw_pads(rng: np.random.Generator, grid: Grid) -> Pads:
    """Voxels added in front, behind, right and left: tight, usual or wide."""
    low, high = ((0, 12), (10, 55), (50, 140))[int(rng.choice(3, p=[0.35, 0.4, 0.25]))]
    sides = rng.uniform(low, high, 4) * np.array([1.0, 0.6, 1.0, 1.0])
    _, y, x = grid.spacing_mm
    front, back, right, left = (sides / np.array([y, y, x, x])).astype(int).tolist()
    return (0, 0), (front, back), (right, left)


def _padded(labels: NDArray[np.uint8], grid: Grid, pads: Pads) -> tuple[NDArray[np.uint8], Grid]:
    """Labels with zeros around, and the grid that keeps every voxel in its place."""
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_world([-before for before, _ in pads])
    shape = tuple(n + sum(p) for n, p in zip(labels.shape, pads, strict=True))
    return np.pad(labels, pads), Grid(type(grid.shape)(*shape), affine)


def _body_around(
    rng: np.random.Generator, tissues: NDArray[np.uint8], grid: Grid
) -> NDArray[np.uint8]:
    """Fill what TotalSegmentator leaves unnamed: muscle near bone, fat elsewhere, skin around."""
    step = tuple(max(1, round(6.0 / s)) for s in grid.spacing_mm)
    coarse = tissues[:: step[0], :: step[1], :: step[2]]
    mm = [s * n for s, n in zip(grid.spacing_mm, step, strict=True)]
    named = coarse > 0
    core = _closed(named, mm)
    scale = np.diag([*step, 1])
    coarse_grid = Grid(Zyx(*coarse.shape), grid.affine @ scale)
    fat_mm = float(np.clip(rng.gamma(2.2, 8.0), 4, 45))
    # Signed, so that the zero lies on the outline and not at a voxel's centre.
    outside = ndimage.distance_transform_edt(~core, sampling=mm)
    outside -= ndimage.distance_transform_edt(core, sampling=mm)
    moving = np.isin(
        coarse,
        [
            Tissue.VERTEBRA,
            Tissue.RIB,
            Tissue.OTHER_BONE,
            Tissue.MUSCLE,
            Tissue.SACRUM,
            Tissue.SKULL,
        ],
    )
    away = ndimage.distance_transform_edt(~moving, sampling=mm)
    muscle_mm = float(rng.uniform(8, 16))
    # Interpolated distances give smooth outlines on the finer grid.
    outside, away = (resample_linear(d, coarse_grid, grid) for d in (outside, away))
    fill = np.where(outside < fat_mm, Tissue.FAT, Tissue.AIR)
    fill[(away < muscle_mm) & (outside <= 0)] = Tissue.MUSCLE
    return np.where(tissues > 0, tissues, fill).astype(np.uint8)


def _closed(named: NDArray[np.bool_], mm: list[float]) -> NDArray[np.bool_]:
    """Everything within the trunk: closing by 50 mm in the plane, holes filled."""
    away = ndimage.distance_transform_edt(
        ~np.pad(named, ((0, 0), (12, 12), (12, 12))), sampling=[10 * mm[0], mm[1], mm[2]]
    )
    grown = away < 50
    closed = ndimage.distance_transform_edt(grown, sampling=[10 * mm[0], mm[1], mm[2]]) > 50
    closed = closed[:, 12:-12, 12:-12] | named
    return np.stack([ndimage.binary_fill_holes(plane) for plane in closed])


def _lay_between(tissues: NDArray[np.uint8], labels: NDArray[np.uint8], grid: Grid) -> None:
    """Discs and epidural space where TotalSegmentator names neither, in place."""
    frame = frame_of_labels(labels, grid)
    if frame is None:
        return
    canvas = Canvas(tissues, grid.spacing_mm)
    z = canvas.slices_mm
    _, y, x, half_width, half_depth = frame.at(z)
    free = (Tissue.FAT, Tissue.MUSCLE)
    shown = ((z > frame.center_mm[0, 0]) & (z < frame.center_mm[-1, 0])).astype(float)
    radius = (half_depth * shown, half_width * shown)
    canvas.tube(Tissue.DISC, (y, x), radius, over=free, power=2.4)
    canvas.tube(Tissue.CANAL, (y + half_depth + 9, x), (9 * shown, 11 * shown), over=free)
