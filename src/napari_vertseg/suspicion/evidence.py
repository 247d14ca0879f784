"""What is known about one vertebra before it is judged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..anatomy import Level
from ..measures import VertebraMeasures, measure
from ..segmentation import Direction, Segmentation, VertebraInstance
from ..volume import Grid, Scan
from ..volume.components import find_components
from .surroundings import bone_share_around


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkEvidence:
    """What the walk knew when it found the vertebra; an edited mask has none."""

    turn: int
    """Order of discovery."""
    direction: Direction
    """Which way the walk went."""
    completeness: float
    confidence: float
    entropy: float
    """Bits."""
    last_overlap: float
    steps: int
    is_cut_by_patch: bool

    @classmethod
    def of(cls, instance: VertebraInstance) -> WalkEvidence:
        """As the walk left it."""
        return cls(
            turn=instance.id,
            direction=instance.direction,
            completeness=instance.completeness,
            confidence=instance.confidence,
            entropy=instance.entropy,
            last_overlap=instance.last_overlap,
            steps=instance.steps,
            is_cut_by_patch=instance.is_cut_by_patch,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that a judgement looks at; small, so that it can be kept while masks change."""

    measures: VertebraMeasures
    is_complete: bool
    """As the walk or a person says."""
    stray_mm3: float = 0.0
    """Volume outside the largest piece."""
    bone_share_around: float | None = None
    """See ``bone_share_around``; None without a scan."""
    level: Level | None = None
    walk: WalkEvidence | None = None
    """None: only the mask speaks."""


Chain = Sequence[Evidence]
"""All vertebrae of a scan, head to foot."""


def gather_all(
    segmentation: Segmentation,
    scan: Scan | None = None,
    measures: Sequence[VertebraMeasures] | None = None,
    *,
    edited: Collection[int] = (),
) -> list[Evidence]:
    """Evidence about every vertebra of a segmentation; see ``suspicions``."""
    if scan is not None and not scan.grid.is_same(segmentation.grid):
        raise ValueError(f"{scan.name}: scan and segmentation lie on different grids")
    unknown: list[VertebraMeasures | None] = [None] * len(segmentation.instances)
    taken = None if scan is None else segmentation.label_map(keep_incomplete=True)
    return [
        gather(
            instance,
            segmentation.grid,
            None if scan is None else scan.voxels,
            taken,
            measures=known,
            is_edited=instance.id in edited,
        )
        for instance, known in zip(
            segmentation.instances, unknown if measures is None else measures, strict=True
        )
    ]


def gather(
    instance: VertebraInstance,
    grid: Grid,
    voxels: NDArray[np.int16] | None = None,
    taken: NDArray[Any] | None = None,
    *,
    measures: VertebraMeasures | None = None,
    is_edited: bool = False,
) -> Evidence:
    """Evidence about one vertebra.

    Parameters
    ----------
    instance : VertebraInstance
        Lies within ``grid``.
    grid : Grid
        What its voxels mean in the world.
    voxels : (z, y, x) int16 HU, optional
        The scan on ``grid``.
    taken : (z, y, x), optional
        Not 0 where any vertebra is: a label map of all. Together with
        ``voxels`` it shows where bone was left out.
    measures : VertebraMeasures, optional
        Where they are known already.
    is_edited : bool
        The mask is no longer the one that the walk spoke about.
    """
    measures = measures or measure(instance, grid, voxels)
    return Evidence(
        measures=measures,
        is_complete=instance.is_complete,
        stray_mm3=_stray_mm3(instance.mask, grid) if measures.components > 1 else 0.0,
        bone_share_around=(
            None
            if voxels is None or taken is None
            else bone_share_around(instance, grid, voxels, taken)
        ),
        level=instance.level,
        walk=None if is_edited else WalkEvidence.of(instance),
    )


def _stray_mm3(mask: NDArray[np.bool_], grid: Grid) -> float:
    return sum(piece.voxels for piece in find_components(mask)[1:]) * grid.voxel_mm3
