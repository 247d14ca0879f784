"""Phantoms before they are rendered: tissues and exact labels on any grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import numpy as np

from ..anatomy import Level
from ..volume import Grid
from .anatomy_map import AnatomyMap
from .appearance import Appearance
from .painting import Canvas
from .phantom_parameters import FieldOfView, Fracture, PhantomParameters, draw_phantom
from .phantom_ranges import DEFAULT_RANGES, PhantomRanges
from .rasterise import Shape, rasterise
from .ribs import paint_ribs
from .sacrum_shape import SACRUM_EXTENT_MM, sacrum_distance
from .skeleton import paint_skeleton
from .spine_curve import RANK, Pose, poses_of
from .spine_frame import SpineFrame
from .surroundings import paint_surroundings
from .tissue import Tissue
from .vertebra_form import VertebraForm, form_of
from .vertebra_shape import distance, extent_mm

_LEAST_HEIGHT_MM = 160.0
"""Views that are too large lose height down to this, then width."""


@dataclass(frozen=True, eq=False)
class PhantomAnatomy:
    """A phantom before it is rendered."""

    anatomy: AnatomyMap
    """Tissues and vertebrae."""
    visible_share: Mapping[int, float]
    """Per value in ``anatomy.vertebrae``."""
    appearance: Appearance
    """How the scanner of the phantom saw it, whatever grid it is on here."""


def random_anatomy(
    rng: np.random.Generator,
    spacing_mm: float,
    *,
    ranges: PhantomRanges = DEFAULT_RANGES,
    max_voxels: int = 2_500_000,
) -> PhantomAnatomy:
    """Phantom anatomy directly on an isotropic working grid, for training.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the phantom.
    spacing_mm : float
        Of the working grid.
    ranges : PhantomRanges
        Limits to draw from.
    max_voxels : int
        Larger fields of view are made less high, then less wide.
    """
    spacing = (spacing_mm, spacing_mm, spacing_mm)
    parameters = _limited(draw_phantom(rng, ranges), spacing, max_voxels)
    return build_phantom_anatomy(parameters, spacing)


def build_phantom_anatomy(
    parameters: PhantomParameters, spacing_mm: tuple[float, float, float]
) -> PhantomAnatomy:
    """Tissues and labels of a phantom on a grid of any spacing."""
    forms, poses = _standing(parameters)
    poses, shape = _placed(poses, parameters.field_of_view, spacing_mm)
    shapes = [
        Shape(int(f.level), pose, extent_mm(f), partial(distance, f))
        for f, pose in zip(forms, poses, strict=False)
    ]
    shapes.append(_sacrum(poses[-1], parameters.scale))
    bones = rasterise(shapes, shape, spacing_mm, parameters.joint_gap_mm)
    canvas = Canvas(np.zeros(shape, dtype=np.uint8), spacing_mm)
    frame = _frame(poses, forms, parameters.scale)
    rng = np.random.default_rng((parameters.seed, 2))
    paint_surroundings(canvas, frame, parameters.build)
    paint_ribs(canvas, frame, parameters.scale, rng)
    paint_skeleton(canvas, frame, parameters.scale, parameters.arms, rng)
    canvas.structures[bones.labels > 0] = Tissue.VERTEBRA
    canvas.structures[bones.labels == int(Level.S1)] = Tissue.SACRUM
    complete = {v: s >= parameters.complete_share for v, s in bones.visible_share.items()}
    grid = Grid.canonical(shape, spacing_mm)
    anatomy = AnatomyMap(grid, canvas.structures, bones.labels, complete)
    share = MappingProxyType(bones.visible_share)
    return PhantomAnatomy(anatomy, share, parameters.appearance)


def _standing(parameters: PhantomParameters) -> tuple[list[VertebraForm], list[Pose]]:
    """All vertebrae of the phantom and where they stand, the sacrum's pose last."""
    forms = _forms(parameters, np.random.default_rng((parameters.seed, 0)))
    return forms, poses_of(forms, parameters.curvature, parameters.scale)


def _forms(parameters: PhantomParameters, rng: np.random.Generator) -> list[VertebraForm]:
    """Individual vertebrae with their discs, lips and fractures."""
    broken = {fracture.level: fracture for fracture in parameters.fractures}
    forms = []
    for level, factor in zip(parameters.levels, parameters.disc_factors, strict=True):
        form = form_of(level, parameters.scale, rng, parameters.size_jitter)
        form = replace(
            form, disc=max(form.disc * factor, 2.5), osteophyte_mm=parameters.osteophyte_mm
        )
        if level in broken:
            form = _broken(form, broken[level])
        forms.append(form)
    return forms


def _broken(form: VertebraForm, fracture: Fracture) -> VertebraForm:
    """The vertebra after a fracture."""
    if fracture.kind == "wedge":
        return replace(form, wedge=fracture.loss)
    if fracture.kind == "biconcave":
        return replace(form, biconcave=fracture.loss)
    return replace(form, crush=fracture.loss)


def _placed(
    poses: list[Pose], view: FieldOfView, spacing_mm: tuple[float, float, float]
) -> tuple[list[Pose], tuple[int, int, int]]:
    """Poses in mm from the view's first voxel, and the view's shape."""
    centers = np.array([pose.center_mm for pose in poses])
    ranks = np.array([RANK[pose.level] for pose in poses])
    pitch = (centers[-1, 0] - centers[0, 0]) / (ranks[-1] - ranks[0])
    top = float(np.interp(view.top_rank, ranks, centers[:, 0]))
    top += pitch * min(view.top_rank - ranks[0], 0.0)
    near = (centers[:, 0] > top - 20) & (centers[:, 0] < top + view.height_mm + 20)
    seen = centers[near] if near.any() else centers[-1:]
    low = np.array([top, seen[:, 1].min() - view.front_mm, seen[:, 2].min() - view.right_mm])
    high = np.array(
        [top + view.height_mm, seen[:, 1].max() + view.back_mm, seen[:, 2].max() + view.left_mm]
    )
    z, y, x = (max(int(n), 4) for n in np.ceil((high - low) / np.array(spacing_mm)))
    return [replace(pose, center_mm=pose.center_mm - low) for pose in poses], (z, y, x)


def _sacrum(pose: Pose, scale: float) -> Shape:
    h, p, s = ((low * scale, high * scale) for low, high in SACRUM_EXTENT_MM)
    return Shape(int(Level.S1), pose, (h, p, s), partial(sacrum_distance, scale=scale))


def _frame(poses: list[Pose], forms: list[VertebraForm], scale: float) -> SpineFrame:
    """What the surroundings are arranged around, sacrum included."""
    width = [f.width / 2 for f in forms] + [25 * scale]
    depth = [f.depth / 2 for f in forms] + [16 * scale]
    return SpineFrame(
        rank=np.array([RANK[pose.level] for pose in poses]),
        center_mm=np.array([pose.center_mm for pose in poses]),
        half_width_mm=np.array(width),
        half_depth_mm=np.array(depth),
    )


def _limited(
    parameters: PhantomParameters, spacing_mm: tuple[float, float, float], max_voxels: int
) -> PhantomParameters:
    """The same phantom in a view of hardly more than a number of voxels.

    The extent in the plane depends on how the spine curves within the view, so
    the view is shrunk in a few steps.
    """
    for _ in range(8):
        _, poses = _standing(parameters)
        _, shape = _placed(poses, parameters.field_of_view, spacing_mm)
        excess = float(np.prod(shape)) / max_voxels
        if excess <= 1.0:
            break
        parameters = replace(parameters, field_of_view=_smaller(parameters.field_of_view, excess))
    return parameters


def _smaller(view: FieldOfView, excess: float) -> FieldOfView:
    """A view less high, and less wide where it is low already."""
    height = max(view.height_mm / excess, min(view.height_mm, _LEAST_HEIGHT_MM))
    shrink = float(np.sqrt(min(1.0, view.height_mm / (height * excess))))
    return replace(
        view,
        height_mm=height,
        front_mm=view.front_mm * shrink,
        right_mm=view.right_mm * shrink,
        left_mm=view.left_mm * shrink,
    )
