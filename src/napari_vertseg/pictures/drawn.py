"""What a picture needs to know about a vertebra, wherever it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..anatomy import Level, is_target
from ..segmentation import Segmentation
from ..volume import Slices, Zyx, ZyxFloat
from .colours import BACKGROUND, Rgb, colour_of

_BODY_MM = 15.0
"""Side of the cube that is fullest within the vertebral body: bodies are wider, arches thinner."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class DrawnVertebra:
    """One mask with its colour and its words."""

    number: int
    """Value in the label map."""
    text: str
    """Written on it."""
    note: str
    """Written beside its colour in the legend."""
    colour: Rgb
    start: Zyx
    """First voxel of the crop."""
    mask: NDArray[np.bool_]
    """(z, y, x) crop; not empty."""
    is_complete: bool
    """Cut ones are drawn half transparent, hatched and dashed (Figures 3 and 4)."""
    centroid: ZyxFloat
    """Centre of mass, voxels of the whole grid."""
    body: ZyxFloat
    """Middle of the vertebral body, voxels of the whole grid."""


def drawn_from_segmentation(segmentation: Segmentation) -> list[DrawnVertebra]:
    """Every instance, those judged incomplete included."""
    return [
        DrawnVertebra(
            number=number,
            text=instance.level.name if instance.level is not None else str(number),
            note=f"{instance.completeness:.2f}",
            colour=colour_of(number),
            start=instance.start,
            mask=instance.mask,
            is_complete=instance.is_complete,
            centroid=_centroid(instance.mask, instance.start),
            body=_body(instance.mask, instance.start, segmentation.grid.spacing_mm),
        )
        for number, instance in segmentation.numbered()
    ]


def drawn_from_labels(
    labels: NDArray[Any],
    spacing_mm: ZyxFloat,
    *,
    is_complete: Mapping[int, bool] | None = None,
) -> list[DrawnVertebra]:
    """Every label of a (z, y, x) map of VerSe values; not marked is complete."""
    marks = is_complete or {}
    return [
        _from_label(number, box, np.asarray(labels[box] == number), marks, spacing_mm)
        for number, box in enumerate(ndimage.find_objects(labels), start=1)
        if box is not None
    ]


def _from_label(
    number: int,
    box: Slices,
    mask: NDArray[np.bool_],
    marks: Mapping[int, bool],
    spacing_mm: ZyxFloat,
) -> DrawnVertebra:
    start = Zyx(*(s.start for s in box))
    return DrawnVertebra(
        number=number,
        text=level_name(number),
        note="",
        colour=colour_of(number) if is_target(number) else BACKGROUND,
        start=start,
        mask=mask,
        is_complete=marks.get(number, True),
        centroid=_centroid(mask, start),
        body=_body(mask, start, spacing_mm),
    )


def level_name(value: int) -> str:
    """Name of a VerSe value, or the value where it has none."""
    return Level(value).name if value in set(Level) else str(value)


def _centroid(mask: NDArray[np.bool_], start: Zyx) -> ZyxFloat:
    return _moved(np.argwhere(mask).mean(axis=0), start)


def _body(mask: NDArray[np.bool_], start: Zyx, spacing_mm: ZyxFloat) -> ZyxFloat:
    """Where the mask is fullest around; thinned to 2 mm, since a picture needs no more."""
    steps = [max(int(2.0 / mm), 1) for mm in spacing_mm]
    thin = mask[:: steps[0], :: steps[1], :: steps[2]]
    if not thin.any():  # a sliver between the voxels kept
        return _centroid(mask, start)
    size = [max(round(_BODY_MM / mm / n), 1) for mm, n in zip(spacing_mm, steps, strict=True)]
    # Beyond the crop the mask goes on as it ends: a body cut by the scan stays full.
    fullness = ndimage.uniform_filter(thin.astype(np.float32), size, mode="nearest")
    middle = np.argwhere(fullness >= fullness.max() - 1e-4).mean(axis=0)
    return _moved(middle * steps, start)


def _moved(place: NDArray[np.float64], start: Zyx) -> ZyxFloat:
    return ZyxFloat(*(float(a + b) for a, b in zip(start, place, strict=True)))
