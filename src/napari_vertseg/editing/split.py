"""One id that covers several vertebrae becomes several ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import EditImpossible
from ..volume import Slices, Zyx, ZyxFloat
from .labels import EditableLabels
from .parting import part
from .proposal import Proposal


def split_by_seeds(
    labels: EditableLabels,
    vertebra: int,
    seeds: Sequence[Sequence[Zyx]],
    new_ids: Sequence[int],
    image: NDArray[np.int16] | None = None,
) -> Proposal:
    """Cut where the mask is thin and, with the scan, where it is dark: between vertebrae.

    See ``parting.part``; one seed in each body is mostly enough, one more in each arch helps
    where joints have grown together.

    Parameters
    ----------
    labels : EditableLabels
    vertebra : int
        What is split.
    seeds : sequence of sequences of Zyx
        One or more voxels per part, inside the vertebra; the first part keeps the id.
    new_ids : sequence of int
        Unused ids for the other parts.
    image : (z, y, x) int16 HU, optional
        The scan on the grid of the labels.

    Raises
    ------
    EditImpossible
        Fewer than two parts, a part without a seed, a seed outside or in two parts, a number
        of new ids that does not fit, an id in use, or the vertebra is locked.
    """
    labels.check_editable(vertebra)
    labels.check_unused(*new_ids)
    slices = labels.box(vertebra)
    name = f"Split {labels.called(vertebra)}"
    _check_parts(name, len(seeds), new_ids)
    own = labels.array[slices] == vertebra
    markers = _markers(name, own, slices, seeds)
    parts = part(own, markers, labels.spacing_mm, None if image is None else image[slices])
    return _with_parts(labels, slices, parts, (vertebra, *new_ids), name)


def split_by_plane(
    labels: EditableLabels,
    vertebra: int,
    point: ZyxFloat,
    normal_mm: ZyxFloat,
    new_id: int,
) -> Proposal:
    """Cut along a plane; what lies on the side of its normal gets the new id.

    Parameters
    ----------
    labels : EditableLabels
    vertebra : int
        What is split.
    point : ZyxFloat
        A voxel position on the plane.
    normal_mm : ZyxFloat
        Direction across the plane in millimetres along (z, y, x), of any length.
    new_id : int
        Unused.

    Raises
    ------
    EditImpossible
        The plane leaves all voxels on one side, its normal is zero, the new id is in use, or the
        vertebra is locked.
    """
    labels.check_editable(vertebra)
    labels.check_unused(new_id)
    slices = labels.box(vertebra)
    name = f"Split {labels.called(vertebra)}"
    if not np.any(normal_mm):
        raise EditImpossible(f"{name}: the plane has no direction; draw it over some distance")
    own = labels.array[slices] == vertebra
    beyond = own & (_height_over(point, normal_mm, slices, labels.spacing_mm) > 0)
    if not beyond.any() or np.array_equal(beyond, own):
        raise EditImpossible(
            f"{name}: the plane passes it by, all voxels lie on one side; move the plane"
        )
    return _with_parts(labels, slices, own + beyond.astype(np.int32), (vertebra, new_id), name)


def _check_parts(name: str, parts: int, new_ids: Sequence[int]) -> None:
    if parts < 2:
        raise EditImpossible(f"{name}: seeds in at least two parts are needed, {parts} given")
    if len(set(new_ids)) != parts - 1:
        raise EditImpossible(
            f"{name}: {parts} parts need {parts - 1} different new ids, got {list(new_ids)}"
        )


def _markers(
    name: str, own: NDArray[np.bool_], slices: Slices, seeds: Sequence[Sequence[Zyx]]
) -> NDArray[np.int32]:
    markers = np.zeros(own.shape, dtype=np.int32)
    for number, points in enumerate(seeds, start=1):
        if not points:
            raise EditImpossible(f"{name}: part {number} has no seed; click into it")
        for point in points:
            place = tuple(int(p) - s.start for p, s in zip(point, slices, strict=True))
            is_inside = all(0 <= p < n for p, n in zip(place, own.shape, strict=True))
            if not is_inside or not own[place]:
                raise EditImpossible(
                    f"{name}: the seed at {tuple(point)} lies outside of it; click into it"
                )
            if markers[place] not in (0, number):
                raise EditImpossible(
                    f"{name}: the seed at {tuple(point)} stands for two parts; move one of them"
                )
            markers[place] = number
    return markers


def _height_over(
    point: ZyxFloat, normal_mm: ZyxFloat, slices: Slices, spacing_mm: ZyxFloat
) -> NDArray[np.float64]:
    z, y, x = (
        (np.arange(s.start, s.stop) - p) * mm * n
        for s, p, mm, n in zip(slices, point, spacing_mm, normal_mm, strict=True)
    )
    height: NDArray[np.float64] = z[:, None, None] + y[:, None] + x
    return height


def _with_parts(
    labels: EditableLabels,
    slices: Slices,
    parts: NDArray[Any],
    ids: tuple[int, ...],
    name: str,
) -> Proposal:
    """A proposal from parts numbered from 1 in the order of the ids; 0 stays as it is."""
    after = np.array(labels.array[slices])
    for number, vertebra in enumerate(ids, start=1):
        after[parts == number] = vertebra
    return labels.propose(name, slices, after)
