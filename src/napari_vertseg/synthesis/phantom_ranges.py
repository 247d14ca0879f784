"""What phantoms may look like: committed before training, never narrowed."""

from __future__ import annotations

from dataclasses import dataclass

Range = tuple[float, float]


@dataclass(frozen=True)
class PhantomRanges:
    """Limits of every drawn property; a pair is (lowest, highest)."""

    scale: Range = (0.75, 1.2)
    """Size relative to an average adult: child to tall."""
    size_jitter: Range = (0.01, 0.06)
    """Relative differences between the measures of one spine."""
    bone_density: Range = (0.0, 1.0)
    """0 is severe osteoporosis, 1 a young athlete."""
    osteoporosis_share: float = 0.25
    """Share of phantoms drawn from the lowest fifth of the density range."""
    cervical_lordosis: Range = (-0.6, 1.8)
    """Factor of the usual curve; negative is reversed."""
    thoracic_kyphosis: Range = (0.3, 2.0)
    """Factor of the usual curve."""
    lumbar_lordosis: Range = (0.1, 1.5)
    """Factor of the usual curve."""
    scoliosis_share: float = 0.3
    """Share of phantoms with a sideways curve."""
    scoliosis_deg: Range = (4.0, 26.0)
    """Largest sideways tilt: Cobb angles of 8 to 52 degrees."""
    lean_deg: Range = (-8.0, 8.0)
    """Forward lean of the patient; half of it sideways and in axial turn."""
    fracture_share: float = 0.35
    """Share of phantoms with at least one fracture."""
    fractures: tuple[int, int] = (1, 4)
    """Fractured vertebrae where there are any."""
    fracture_loss: Range = (0.15, 0.6)
    """Share of the height that a wedge, biconcave or crush fracture takes."""
    disc_factor: Range = (0.45, 1.15)
    """Disc height relative to the usual one; each disc differs within it."""
    osteophyte_mm: Range = (0.0, 3.5)
    """Lips at the rims."""
    joint_gap_mm: Range = (0.6, 2.0)
    """Clearance between facets."""
    lumbar_variant_share: float = 0.06
    """Share with four or six lumbar vertebrae."""
    metal_share: float = 0.08
    """Share with screws, clips or leads."""
    noise_hu: Range = (5.0, 120.0)
    """Standard deviation of the noise in slices of up to 1 mm; log-uniform."""
    slice_mm: Range = (0.6, 5.0)
    """Slice distance."""
    pixel_mm: Range = (0.5, 2.0)
    """Pixel size in the plane."""
    height_mm: Range = (70.0, 750.0)
    """Field of view along z."""
    side_mm: Range = (38.0, 230.0)
    """From the spine to the right and left border: tight to whole torso with arms."""
    front_mm: Range = (28.0, 230.0)
    """From the bodies to the front border."""
    back_mm: Range = (62.0, 160.0)
    """From the bodies to the back border."""
    complete_share: float = 0.97
    """A vertebra is complete with at least this share of its volume in view (P19)."""


DEFAULT_RANGES = PhantomRanges()
"""The committed ranges."""
