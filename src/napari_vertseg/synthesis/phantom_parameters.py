"""One phantom, described: every number drawn here, none applied."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..anatomy import Level
from ..volume import ZyxFloat
from .appearance import Appearance, draw_appearance
from .build import Build, draw_build
from .phantom_ranges import DEFAULT_RANGES, PhantomRanges, Range
from .spine_curve import Curvature


@dataclass(frozen=True)
class Fracture:
    """Height lost by one vertebra."""

    level: Level
    """Which."""
    kind: str
    """``wedge``, ``biconcave`` or ``crush``."""
    loss: float
    """Share of the height."""


@dataclass(frozen=True)
class FieldOfView:
    """The box that is scanned, around the spine."""

    top_rank: float
    """Where along the spine it begins; C1 = 1 … L5 = 24; fractions cut vertebrae."""
    height_mm: float
    """Down from there."""
    front_mm: float
    """From the foremost visible body centre to the front border."""
    back_mm: float
    """From the hindmost visible body centre to the back border."""
    right_mm: float
    """From the rightmost visible body centre."""
    left_mm: float
    """From the leftmost visible body centre."""


@dataclass(frozen=True)
class PhantomParameters:
    """Everything that decides a phantom."""

    seed: int
    """Of what is too small to be listed: individual shapes, textures, noise."""
    levels: tuple[Level, ...]
    """Head to foot, without the sacrum."""
    scale: float
    """Size relative to an average adult."""
    size_jitter: float
    """Relative differences between the measures of one spine."""
    bone_density: float
    """0 osteoporotic to 1 dense."""
    curvature: Curvature
    """Shape of the spine."""
    fractures: tuple[Fracture, ...]
    """At most one per level."""
    disc_factors: tuple[float, ...]
    """Disc heights relative to the usual, one per level."""
    osteophyte_mm: float
    """Lips at the rims."""
    joint_gap_mm: float
    """Clearance between neighbours."""
    complete_share: float
    """Share of a vertebra's volume in view that makes it complete."""
    build: Build
    """Body around the spine."""
    arms: str
    """``up`` (out of view), ``down`` or ``none``."""
    field_of_view: FieldOfView
    """What is scanned."""
    spacing_mm: ZyxFloat
    """Voxel size of the scan."""
    appearance: Appearance
    """How it looks."""


def draw_phantom(
    rng: np.random.Generator, ranges: PhantomRanges = DEFAULT_RANGES
) -> PhantomParameters:
    """A random phantom within ranges."""
    scale = _draw(rng, ranges.scale)
    density = _draw_density(rng, ranges)
    levels = _draw_levels(rng, ranges)
    spacing = _draw_spacing(rng, ranges)
    low, high = sorted(rng.uniform(*ranges.disc_factor, 2))
    return PhantomParameters(
        seed=int(rng.integers(2**31)),
        levels=levels,
        scale=scale,
        size_jitter=_draw(rng, ranges.size_jitter),
        bone_density=density,
        curvature=_draw_curvature(rng, ranges),
        fractures=_draw_fractures(rng, ranges, levels),
        disc_factors=tuple(float(v) for v in rng.uniform(low, high, len(levels))),
        osteophyte_mm=_draw(rng, ranges.osteophyte_mm) * float(rng.random() < 0.5),
        joint_gap_mm=_draw(rng, ranges.joint_gap_mm),
        complete_share=ranges.complete_share,
        build=draw_build(rng, scale),
        arms=str(rng.choice(["up", "down", "none"], p=[0.35, 0.3, 0.35])),
        field_of_view=_draw_field_of_view(rng, ranges),
        spacing_mm=spacing,
        appearance=_draw_appearance(rng, ranges, spacing, density),
    )


def _draw(rng: np.random.Generator, limits: Range) -> float:
    return float(rng.uniform(*limits))


def _draw_density(rng: np.random.Generator, ranges: PhantomRanges) -> float:
    low, high = ranges.bone_density
    if rng.random() < ranges.osteoporosis_share:
        return float(rng.uniform(low, low + 0.2 * (high - low)))
    return float(rng.uniform(low, high))


def _draw_levels(rng: np.random.Generator, ranges: PhantomRanges) -> tuple[Level, ...]:
    levels = [Level(v) for v in range(Level.C1, Level.L5 + 1)]
    if rng.random() < ranges.lumbar_variant_share:
        if rng.random() < 0.5:
            levels.append(Level.L6)
        else:
            levels.remove(Level.L5)
    return tuple(levels)


def _draw_spacing(rng: np.random.Generator, ranges: PhantomRanges) -> ZyxFloat:
    """Half thin, half thick slices; small pixels more often than large ones."""
    low, high = ranges.slice_mm
    middle = min(max(2.0, low), high)
    z = rng.uniform(low, middle) if rng.random() < 0.55 else rng.uniform(middle, high)
    first, last = ranges.pixel_mm
    pixel = first + (last - first) * rng.beta(1.2, 2.2)
    return ZyxFloat(float(z), float(pixel), float(pixel))


def _draw_curvature(rng: np.random.Generator, ranges: PhantomRanges) -> Curvature:
    bent = rng.random() < ranges.scoliosis_share
    tilt = (
        _draw(rng, ranges.scoliosis_deg)
        if bent
        else float(rng.uniform(0, ranges.scoliosis_deg[0]))
    )
    low, high = ranges.lean_deg
    return Curvature(
        cervical=_draw(rng, ranges.cervical_lordosis),
        thoracic=_draw(rng, ranges.thoracic_kyphosis),
        lumbar=_draw(rng, ranges.lumbar_lordosis),
        scoliosis_deg=tilt * float(rng.choice([-1, 1])),
        scoliosis_apex=float(rng.uniform(11, 22)),
        scoliosis_length=float(rng.uniform(5, 10)),
        rotation=float(rng.uniform(0.0, 0.9)),
        lean_deg=float(rng.uniform(low, high)),
        roll_deg=float(rng.uniform(low, high) / 2),
        yaw_deg=float(rng.uniform(low, high)),
    )


def _draw_fractures(
    rng: np.random.Generator, ranges: PhantomRanges, levels: tuple[Level, ...]
) -> tuple[Fracture, ...]:
    """Mostly around the thoracolumbar junction; never C1 or C2."""
    if rng.random() >= ranges.fracture_share:
        return ()
    able = [level for level in levels if level >= Level.C5]
    weight = np.array([3.0 if Level.T6 <= level <= Level.L4 else 0.5 for level in able])
    count = int(rng.integers(ranges.fractures[0], ranges.fractures[1] + 1))
    chosen = rng.choice(len(able), count, replace=False, p=weight / weight.sum())
    kinds = rng.choice(["wedge", "biconcave", "crush"], count, p=[0.5, 0.3, 0.2])
    losses = rng.uniform(*ranges.fracture_loss, count)
    return tuple(
        Fracture(able[int(i)], str(kind), float(loss))
        for i, kind, loss in zip(sorted(chosen), kinds, losses, strict=True)
    )


def _draw_field_of_view(rng: np.random.Generator, ranges: PhantomRanges) -> FieldOfView:
    """Tight, usual or wide in the plane; any section of the spine along z."""
    mode = rng.choice(3, p=[0.35, 0.35, 0.3])
    share = ((0.0, 0.2), (0.15, 0.5), (0.45, 1.0))[int(mode)]

    def at(limits: Range) -> float:
        return float(limits[0] + (limits[1] - limits[0]) * rng.uniform(*share))

    low, high = ranges.height_mm
    return FieldOfView(
        top_rank=float(rng.uniform(-2.0, 23.0)),
        height_mm=float(low + (high - low) * rng.beta(1.3, 2.2)),
        front_mm=at(ranges.front_mm),
        back_mm=at(ranges.back_mm),
        right_mm=at(ranges.side_mm),
        left_mm=at(ranges.side_mm),
    )


def _draw_appearance(
    rng: np.random.Generator, ranges: PhantomRanges, spacing: ZyxFloat, density: float
) -> Appearance:
    appearance = draw_appearance(rng, slice_mm=spacing.z, pixel_mm=spacing.x, bone_density=density)
    low, high = np.log(ranges.noise_hu)
    metal = rng.random() < ranges.metal_share
    return replace(
        appearance,
        noise_hu=float(np.exp(rng.uniform(low, high))),
        screws=int(rng.integers(1, 5)) if metal and rng.random() < 0.6 else 0,
        metal_spots=int(rng.integers(1, 4)) if metal else 0,
    )
