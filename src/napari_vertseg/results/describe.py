"""From a finished walk to its record, in figures that a person can read."""

from __future__ import annotations

from collections.abc import Sequence

from ..measures import VertebraMeasures, measure_all
from ..pipeline import Walk
from ..recording import scan_sha256
from ..segmentation import Segmentation, VertebraInstance
from ..volume import Grid
from .record import (
    LEGEND,
    GridRecord,
    ModelRecord,
    ResultRecord,
    ScanRecord,
    SettingsRecord,
    Triple,
    VertebraRecord,
    program,
)
from .remarks import remarks
from .tally import WalkTally


def describe(
    walk: Walk,
    segmentation: Segmentation,
    tally: WalkTally,
    *,
    model: ModelRecord,
    device: str = "cpu",
    keep_incomplete: bool = False,
    start: tuple[int, int, int] | None = None,
    both: bool = False,
) -> ResultRecord:
    """The record of a result.

    Parameters
    ----------
    walk : Walk
        The scan and its settings.
    segmentation : Segmentation
        What the walk found, on the scan's grid.
    tally : WalkTally
        Has heard every event of the walk.
    model, device, keep_incomplete, start, both
        As the walk was asked for.
    """
    grid = walk.scan.grid
    measures = dict(measure_all(segmentation, walk.scan))
    return ResultRecord(
        program=program(),
        legend=_legend(segmentation),
        model=model,
        scan=ScanRecord(name=walk.scan.name, voxels_sha256=scan_sha256(walk.scan.voxels)),
        grid=_grid(grid),
        settings=SettingsRecord(
            traversal=walk.config,
            resampling=walk.way_back.resampling,
            refine_below_hu=walk.way_back.refine_below_hu,
            keep_incomplete=keep_incomplete,
            start=start,
            both=both,
            device=device,
        ),
        walk=tally.record(),
        remarks=remarks(walk.scan, segmentation, tally),
        vertebrae=tuple(
            _vertebra(number, instance, measures[number], keep_incomplete)
            for number, instance in segmentation.numbered()
        ),
    )


def _legend(segmentation: Segmentation) -> str:
    levels = [instance.level for instance in segmentation.instances]
    return "VerSe values" if levels and None not in levels else LEGEND


def _grid(grid: Grid) -> GridRecord:
    return GridRecord(
        shape=(grid.shape.z, grid.shape.y, grid.shape.x),
        spacing_mm=_rounded(grid.spacing_mm, 6),
        affine=tuple(tuple(float(v) for v in row) for row in grid.affine),
    )


def _vertebra(
    number: int, instance: VertebraInstance, measures: VertebraMeasures, keep_incomplete: bool
) -> VertebraRecord:
    return VertebraRecord(
        number=number,
        level=None if instance.level is None else instance.level.name,
        completeness=round(instance.completeness, 4),
        is_complete=instance.is_complete,
        exported=instance.is_complete or keep_incomplete,
        confidence=round(instance.confidence, 4),
        entropy=round(instance.entropy, 4),
        last_overlap=round(instance.last_overlap, 4),
        steps=instance.steps,
        direction=instance.direction,
        volume_mm3=round(measures.volume_mm3, 1),
        mean_hu=None if measures.mean_hu is None else round(measures.mean_hu, 1),
        centroid_mm=_rounded(measures.centroid_mm, 2),
        centroid_voxel=_rounded(measures.centroid_voxel, 2),
        components=measures.components,
        touches_border=measures.touches_border,
        is_cut_by_patch=instance.is_cut_by_patch,
        is_refined=instance.is_refined,
    )


def _rounded(values: Sequence[float], digits: int) -> Triple:
    first, second, third = (round(float(v), digits) + 0.0 for v in values)  # no minus zero
    return first, second, third
