"""Procedural spines as scans with the truth about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..anatomy import Level
from ..volume import Grid, Scan, ZyxFloat
from .anatomy_map import AnatomyMap
from .phantom_anatomy import build_phantom_anatomy
from .phantom_parameters import PhantomParameters, draw_phantom
from .render import render

_FINE_MM = 1.6
"""Thick slices are rasterised and rendered at least this finely, then averaged."""


@dataclass(frozen=True, eq=False)
class Phantom:
    """A made scan with the truth about it."""

    scan: Scan
    """CT values."""
    labels: NDArray[np.uint8]
    """(z, y, x) uint8 VerSe values on the scan's grid; 26 is the sacrum with S1."""
    visible_share: Mapping[int, float]
    """Per value in ``labels``: share of the bone's volume that lies in the view."""
    is_complete: Mapping[int, bool]
    """Per value: whether that share reaches ``parameters.complete_share``."""
    parameters: PhantomParameters
    """What it was made from."""

    @property
    def levels(self) -> tuple[Level, ...]:
        """Vertebrae in view, head to foot; without the sacrum."""
        return tuple(level for level in self.parameters.levels if int(level) in self.is_complete)


def make_phantom(
    source: PhantomParameters | int, spacing_mm: tuple[float, float, float] | None = None
) -> Phantom:
    """A phantom scan.

    Parameters
    ----------
    source : PhantomParameters or int
        What to make, or a seed to draw it from ``DEFAULT_RANGES``.
    spacing_mm : (z, y, x), optional
        Voxel size in place of the parameters' own.
    """
    parameters = source
    if not isinstance(parameters, PhantomParameters):
        parameters = draw_phantom(np.random.default_rng(parameters))
    spacing = ZyxFloat(*(spacing_mm or parameters.spacing_mm))
    # An odd number of thin slices per slice: the middle one carries the labels.
    thin = 2 * int(np.ceil((spacing.z / _FINE_MM - 1) / 2)) + 1 if spacing.z > _FINE_MM else 1
    made = build_phantom_anatomy(parameters, spacing._replace(z=spacing.z / thin))
    anatomy = _trimmed(made.anatomy, thin)
    appearance = replace(
        parameters.appearance,
        slice_mm=spacing.z / thin,
        slice_thickness_mm=spacing.z / thin,
        pixel_mm=spacing.x,
        noise_hu=_noise_hu_of_thin_slices(parameters.appearance.noise_hu, spacing.z, thin),
    )
    rng = np.random.default_rng((parameters.seed, 1))
    voxels = _averaged(render(anatomy, appearance, rng), thin)
    labels = np.ascontiguousarray(anatomy.vertebrae[thin // 2 :: thin])
    grid = Grid.canonical(labels.shape, spacing)
    present = {int(v) for v in np.unique(labels)} - {0}
    share = {v: s for v, s in made.visible_share.items() if v in present}
    return Phantom(
        scan=Scan.from_canonical(voxels, grid, name="phantom"),
        labels=labels,
        visible_share=MappingProxyType(share),
        is_complete=MappingProxyType(
            {v: s >= parameters.complete_share for v, s in share.items()}
        ),
        parameters=parameters,
    )


def _noise_hu_of_thin_slices(noise_hu: float, slice_mm: float, thin: int) -> float:
    """Noise whose average over ``thin`` slices is that of the whole one."""
    wanted = noise_hu / np.sqrt(max(slice_mm, 1.0))
    return float(wanted * np.sqrt(thin * max(slice_mm / thin, 1.0)))


def _trimmed(anatomy: AnatomyMap, thin: int) -> AnatomyMap:
    """Whole thick slices only."""
    depth = max(anatomy.grid.shape.z // thin, 1) * thin
    if depth == anatomy.grid.shape.z or depth > anatomy.grid.shape.z:
        return anatomy
    grid = Grid(anatomy.grid.shape._replace(z=depth), anatomy.grid.affine)
    return replace(
        anatomy,
        grid=grid,
        structures=anatomy.structures[:depth],
        vertebrae=anatomy.vertebrae[:depth],
    )


def _averaged(voxels: NDArray[np.int16], thin: int) -> NDArray[np.int16]:
    """Mean of every ``thin`` slices."""
    if thin == 1:
        return voxels
    whole = np.empty((voxels.shape[0] // thin, *voxels.shape[1:]), dtype=np.int16)
    for z in range(whole.shape[0]):
        whole[z] = np.rint(voxels[z * thin : (z + 1) * thin].mean(axis=0))
    return whole
