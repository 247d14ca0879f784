"""Where drawn scans come from: phantoms, label maps rendered afresh, real CT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_vertseg.anatomy import is_target
from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.synthesis import (
    AnatomyMap,
    complete_anatomy,
    draw_appearance,
    random_anatomy,
    render,
)
from napari_vertseg.training import TrainingConfig
from napari_vertseg.volume import AIR_HU, OUTSIDE_HU, Grid, Zyx

from .cases import TrainingCase
from .drawn import DrawnScan, drawn_scan
from .warp import Warp, draw_warp

_LARGEST_REGION_MM = (260.0, 230.0, 280.0)
"""Larger cases are cropped at random first, so that a draw stays cheap."""
_REAL_BONE_HU = 200
"""Least value in a case's ``bone``; what is made of it must not outshine it."""


class DrawsScans(Protocol):
    """Anything that the sample stream can draw from."""

    @property
    def config(self) -> TrainingConfig:
        """Settings of the run."""
        ...

    def draw(self, rng: np.random.Generator) -> DrawnScan:
        """A fresh scan on the working grid."""
        ...


@dataclass(frozen=True, eq=False)
class ScanSource:
    """Draws scans on the working grid."""

    cases: Sequence[TrainingCase]
    config: TrainingConfig
    spacing_mm: float

    def __post_init__(self) -> None:
        if not self._shares().sum() > 0:
            raise CaseIncomplete(
                "there is nothing to train on: no phantoms are asked for, and no case is of a "
                "kind that has a share. Give a folder with --data, or raise sources.phantom."
            )

    def draw(self, rng: np.random.Generator) -> DrawnScan:
        """A fresh scan of a kind drawn by ``SourceShares``."""
        shares = self._shares()
        kind = int(rng.choice(3, p=shares / shares.sum()))
        if kind == 0:
            return self._phantom(rng)
        pool = list(self.cases) if kind == 1 else self._with_image()
        chances = np.array([case_weight(c) for c in pool])
        case = pool[int(rng.choice(len(pool), p=chances / chances.sum()))]
        return self._from_case(rng, case, is_synthetic=kind == 1)

    def _shares(self) -> NDArray[np.float64]:
        """(phantom, synthesis, real): 0 for kinds of which there is no case."""
        shares = self.config.sources
        synthesis = shares.synthesis if self.cases else 0.0
        return np.array([shares.phantom, synthesis, shares.real if self._with_image() else 0.0])

    def _with_image(self) -> list[TrainingCase]:
        return [case for case in self.cases if case.image is not None]

    def _phantom(self, rng: np.random.Generator) -> DrawnScan:
        made = random_anatomy(rng, self.spacing_mm)
        image = render(made.anatomy, made.appearance, rng)
        return drawn_scan(image, made.anatomy.vertebrae, made.anatomy.is_complete)

    def _from_case(
        self, rng: np.random.Generator, case: TrainingCase, *, is_synthetic: bool
    ) -> DrawnScan:
        whole = np.bincount(case.labels.ravel(), minlength=256)
        region = draw_region(rng, case)
        kept = np.bincount(region.labels.ravel(), minlength=256)
        warp = draw_warp(rng, region.grid, self.spacing_mm, self.config.augment)
        verse = warp.labels(region.labels)
        counts = warp.counts(region.labels)
        # What the region cut off counts as outside: scale the warped volume back up.
        full = {v: counts[v] * whole[v] / kept[v] for v in np.flatnonzero(counts).tolist()}
        complete = case.completeness()
        ignore = None if region.ignore is None else warp.labels(region.ignore)
        if is_synthetic or region.image is None:
            anatomy = self._anatomy(rng, region, warp, verse, complete)
            image = self._rendered(rng, region, warp, anatomy)
            return drawn_scan(
                image,
                anatomy.vertebrae,
                complete,
                full_voxels=full,
                ignore=ignore,
                ignored=case.ignored,
                loss_weight=case.loss_weight,
            )
        return drawn_scan(
            self._sampled(region, warp),
            verse,
            complete,
            full_voxels=full,
            ignore=ignore,
            is_exhaustive=case.is_exhaustive,
            ignored=case.ignored,
            loss_weight=case.loss_weight,
        )

    def _anatomy(
        self,
        rng: np.random.Generator,
        region: TrainingCase,
        warp: Warp,
        verse: NDArray[np.uint8],
        complete: dict[int, bool],
    ) -> AnatomyMap:
        structures = None if region.structures is None else warp.labels(region.structures)
        # A larger field of view would no longer fit what else is laid over it.
        is_alone = region.bone is None and region.ignore is None
        anatomy = complete_anatomy(rng, verse, structures, warp.grid, pad=is_alone)
        return replace(anatomy, is_complete={v: c for v, c in complete.items() if is_target(v)})

    def _rendered(
        self, rng: np.random.Generator, region: TrainingCase, warp: Warp, anatomy: AnatomyMap
    ) -> NDArray[np.int16]:
        image = render(anatomy, draw_appearance(rng), rng)
        if region.structures is not None:
            image = np.where(warp.inside, image, OUTSIDE_HU).astype(np.int16)
        if region.bone is None or rng.random() < 0.4:
            return image
        bone = warp.intensity(region.bone, 0)
        capped = np.where(anatomy.vertebrae > 0, np.minimum(image, _REAL_BONE_HU - 20), image)
        return np.where(bone >= _REAL_BONE_HU, bone, capped).astype(np.int16)

    def _sampled(self, region: TrainingCase, warp: Warp) -> NDArray[np.int16]:
        if region.image is None:
            raise TypeError("a case without image cannot be sampled")
        smoothed = anti_aliased(region.image, region.grid, self.spacing_mm)
        hu = warp.intensity(smoothed, OUTSIDE_HU)
        return np.where(warp.inside, np.maximum(hu, AIR_HU), OUTSIDE_HU).astype(np.int16)


def case_weight(case: TrainingCase) -> float:
    """Cases with more vertebrae are drawn more often, but not in proportion."""
    return float(np.sqrt(max(len(case.completeness()), 1)))


def anti_aliased(image: NDArray[np.int16], grid: Grid, spacing_mm: float) -> NDArray[np.float32]:
    """Smoothed as the reduction to the working grid smooths, before it is sampled."""
    hu = image.astype(np.float32)
    for axis, old in enumerate(grid.spacing_mm):
        ratio = spacing_mm / old
        if ratio > 1.0:
            # A triangle of half-width `ratio` has this standard deviation.
            hu = ndimage.gaussian_filter1d(hu, 0.9 * ratio / np.sqrt(6.0), axis=axis)
    return hu


def draw_region(rng: np.random.Generator, case: TrainingCase) -> TrainingCase:
    """A random box of a case that is too large to be drawn whole; holds bone."""
    sizes = np.array(case.grid.shape)
    limit = np.array(_LARGEST_REGION_MM) * rng.uniform(0.6, 1.0, 3)
    wanted = np.minimum(np.ceil(limit / np.array(case.grid.spacing_mm)), sizes).astype(int)
    if (wanted == sizes).all():
        return case
    voxels = np.flatnonzero(case.labels[::3, ::3, ::3])
    inner = np.unravel_index(int(rng.choice(voxels)), case.labels[::3, ::3, ::3].shape)
    anchor = np.array(inner) * 3
    low = np.clip(anchor - rng.uniform(0.15, 0.85, 3) * wanted, 0, sizes - wanted).astype(int)
    box = tuple(slice(int(a), int(a + n)) for a, n in zip(low, wanted, strict=True))
    affine = case.grid.affine.copy()
    affine[:3, 3] = case.grid.to_world(low)
    return replace(
        case,
        grid=Grid(Zyx(*(int(n) for n in wanted)), affine),
        labels=case.labels[box],
        image=None if case.image is None else case.image[box],
        bone=None if case.bone is None else case.bone[box],
        structures=None if case.structures is None else case.structures[box],
        ignore=None if case.ignore is None else case.ignore[box],
    )
