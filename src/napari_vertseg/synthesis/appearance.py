"""How made anatomy looks in one scan: every number drawn, none applied here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .tissue import Tissue


@dataclass(frozen=True)
class Appearance:
    """Parameters of one rendering; HU are before partial volume and noise."""

    tissue_hu: tuple[float, ...]
    """Mean HU by ``Tissue`` value; bones hold what shows through their marrow gaps."""
    cortical_hu: float
    """Compact bone of the shell."""
    cortical_mm: float
    """Shell thickness at vertebral bodies."""
    surface_mm: float
    """How far bone ends below the labelled surface; annotators draw generously."""
    endplate_gain: float
    """Shell thickness of surfaces that face up or down, relative to ``cortical_mm``."""
    posterior_gain: float
    """Shell thickness of thin parts (arches, processes, ribs), relative to ``cortical_mm``."""
    shell_variation: float
    """Relative local variation of the shell thickness."""
    rim_hu: float
    """How much denser the interior is next to the shell than in the core."""
    trabecular_hu: float
    """Mean interior of vertebral bodies."""
    trabecular_sd_hu: float
    """Texture of the interior."""
    trabecular_scale_mm: float
    """Size of that texture."""
    level_sd_hu: float
    """How much whole vertebrae differ in their interior."""
    marrow_sd_hu: float
    """Slow variation of the interior within a vertebra."""
    sclerotic_lesions: int
    """Dense spots in random vertebrae."""
    lytic_lesions: int
    """Soft spots in random vertebrae."""
    muscle_fat: float
    """Share of muscle replaced by streaks of fat, 0 to 0.4."""
    plaque: float
    """Share of the arteries' walls that is calcified."""
    disc_calcium: float
    """Share of the discs that is calcified."""
    soft_sd_hu: float
    """Slow variation within soft tissues."""
    fat_strands: float
    """Share of fat crossed by soft strands and small vessels."""
    disc_gas: float
    """Share of the discs that is gas: the vacuum phenomenon of worn discs."""
    bowel_gas: float
    """Share of bowel filled with gas."""
    heart_wall: float
    """Share of the heart that is muscle, not blood."""
    lung_vessels: float
    """Share of lung that is vessel."""
    screws: int
    """Vertebrae that carry a pair of pedicle screws, from a random one downwards."""
    metal_spots: int
    """Metal elsewhere: clips, leads, prostheses."""
    streak_hu: float
    """Strength of the streaks that metal throws."""
    psf_mm: tuple[float, float, float]
    """Standard deviation of the point spread along (z, y, x)."""
    sharpening: float
    """Overshoot of the reconstruction kernel; 0 is none."""
    pixel_mm: float
    """Pixel of the simulated scanner; coarser grids average over several."""
    slice_mm: float
    """Distance between slices of the simulated scanner."""
    slice_thickness_mm: float
    """What each slice averages over."""
    noise_hu: float
    """Standard deviation of the noise in slices of up to 1 mm.

    Thicker slices collect more photons, coarser grids average: both see less.
    """
    noise_mm: tuple[float, float]
    """Correlation of the noise along (y, x)."""
    bias_hu: float
    """Slow additive field as from beam hardening."""
    shift_hu: float
    """Calibration error of the whole scan."""
    is_field_round: bool
    """Whether the reconstruction circle cuts the corners."""


def draw_appearance(
    rng: np.random.Generator,
    *,
    slice_mm: float | None = None,
    pixel_mm: float | None = None,
    bone_density: float | None = None,
) -> Appearance:
    """A random but plausible appearance.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every number.
    slice_mm : float, optional
        Slice distance; drawn from 0.6 to 5 mm where not given.
    pixel_mm : float, optional
        Pixel size; drawn from 0.4 to 1.1 mm where not given.
    bone_density : float, optional
        0 (osteoporotic) to 1 (young and dense); drawn where not given.
    """
    density = float(rng.beta(1.3, 2.4)) if bone_density is None else bone_density
    slices = _draw_slice_mm(rng) if slice_mm is None else slice_mm
    trabecular = float(np.clip(15 + 270 * density + rng.normal(0, 12), 5, 380))
    noise = float(np.exp(rng.uniform(np.log(6), np.log(150))))
    has_metal = rng.random() < 0.05
    in_plane = float(rng.uniform(0.45, 1.15))
    return Appearance(
        tissue_hu=_draw_tissue_hu(rng),
        cortical_hu=float(rng.uniform(500, 950) + 250 * density),
        cortical_mm=float(rng.uniform(0.2, 0.5) + 0.3 * density),
        surface_mm=float(rng.uniform(-0.2, 0.6)),
        endplate_gain=float(rng.uniform(0.9, 1.6)),
        posterior_gain=float(1.0 + rng.gamma(2.0, 0.4)),
        shell_variation=float(rng.uniform(0.3, 0.65)),
        rim_hu=float(rng.gamma(1.5, 28.0)),
        trabecular_hu=trabecular,
        trabecular_sd_hu=float(rng.uniform(15, 45) + 0.15 * trabecular),
        trabecular_scale_mm=float(rng.uniform(0.8, 2.2)),
        level_sd_hu=float(rng.uniform(0, 18)),
        marrow_sd_hu=float(rng.uniform(5, 30)),
        sclerotic_lesions=int(rng.poisson(0.5)),
        lytic_lesions=int(rng.poisson(0.35)),
        muscle_fat=float(np.clip(0.02 + rng.exponential(0.10), 0, 0.4)),
        plaque=float(rng.uniform(0.02, 0.35)) if rng.random() < 0.35 else 0.0,
        disc_calcium=float(rng.uniform(0.01, 0.08)) if rng.random() < 0.12 else 0.0,
        soft_sd_hu=float(rng.uniform(3, 14)),
        fat_strands=float(rng.uniform(0.0, 0.25)),
        disc_gas=float(rng.uniform(0.02, 0.25)) if rng.random() < 0.12 else 0.0,
        bowel_gas=float(rng.uniform(0.0, 0.45)),
        heart_wall=float(rng.uniform(0.2, 0.55)),
        lung_vessels=float(rng.uniform(0.03, 0.14)),
        screws=int(rng.integers(1, 5)) if has_metal and rng.random() < 0.6 else 0,
        metal_spots=int(rng.integers(1, 4)) if has_metal else int(rng.random() < 0.03),
        streak_hu=float(rng.uniform(50, 350)),
        psf_mm=(float(rng.uniform(0.3, 0.9)), in_plane, in_plane),
        sharpening=float(rng.uniform(0.2, 0.8)) if rng.random() < 0.35 else 0.0,
        pixel_mm=float(rng.uniform(0.4, 1.1)) if pixel_mm is None else pixel_mm,
        slice_mm=slices,
        slice_thickness_mm=float(slices * rng.uniform(1.0, 1.3)),
        noise_hu=noise,
        noise_mm=(float(rng.uniform(0.3, 1.2)), float(rng.uniform(0.3, 1.6))),
        bias_hu=float(rng.uniform(0, 14)),
        shift_hu=float(rng.normal(0, 8)),
        is_field_round=bool(rng.random() < 0.3),
    )


def _draw_slice_mm(rng: np.random.Generator) -> float:
    """Thin slices half of the time, thick ones in the other half."""
    low, high = ((0.6, 2.0), (2.0, 5.0))[int(rng.random() < 0.45)]
    return float(rng.uniform(low, high))


def _draw_tissue_hu(rng: np.random.Generator) -> tuple[float, ...]:
    """Mean HU of every tissue; one contrast phase for all vessels and organs."""
    hu = np.zeros(len(Tissue))
    artery, vein, organ, kidney = _draw_contrast(rng)
    draw = rng.uniform
    hu[Tissue.AIR] = -1000
    hu[Tissue.AIRWAY] = hu[Tissue.BOWEL_GAS] = -980
    hu[Tissue.FAT] = draw(-115, -75)
    hu[Tissue.MUSCLE] = draw(35, 68) + 0.1 * organ
    hu[Tissue.SOFT] = draw(20, 60)
    hu[Tissue.LUNG] = draw(-900, -720)
    hu[Tissue.LIVER] = draw(30, 65) + 0.8 * organ
    hu[Tissue.SPLEEN] = draw(40, 55) + organ
    hu[Tissue.KIDNEY] = draw(25, 40) + kidney
    hu[Tissue.ORGAN] = draw(25, 50) + 0.7 * organ
    hu[Tissue.BOWEL] = draw(10, 50) if rng.random() < 0.75 else draw(80, 450)
    hu[Tissue.BLADDER] = draw(-5, 20)
    hu[Tissue.HEART] = draw(35, 50) + draw(0.7, 1.05) * max(artery, vein)
    hu[Tissue.ARTERY] = draw(30, 50) + artery
    hu[Tissue.VEIN] = draw(30, 50) + vein
    hu[Tissue.BRAIN] = draw(28, 40)
    hu[Tissue.CANAL] = draw(0, 45)
    hu[Tissue.DISC] = draw(55, 125)
    hu[Tissue.CARTILAGE] = draw(70, 170)
    hu[[Tissue.VERTEBRA, Tissue.SACRUM, Tissue.RIB, Tissue.OTHER_BONE]] = draw(0, 50)
    hu[Tissue.SKULL] = 30
    hu[Tissue.TABLE] = draw(-250, 150)
    hu[Tissue.METAL] = draw(1800, 3071)
    hu[Tissue.TOOTH] = draw(1200, 2600)
    return tuple(float(v) for v in hu)


def _draw_contrast(rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Enhancement of (arteries, veins, organs, kidneys) over plain tissue."""
    phase = rng.choice(["none", "arterial", "venous", "late"], p=[0.25, 0.4, 0.25, 0.1])
    if phase == "none":
        return 0.0, 0.0, 0.0, 0.0
    if phase == "arterial":
        return rng.uniform(150, 620), rng.uniform(0, 120), rng.uniform(5, 30), rng.uniform(60, 180)
    if phase == "venous":
        artery = rng.uniform(80, 170)
        return artery, artery * rng.uniform(0.8, 1.2), rng.uniform(35, 75), rng.uniform(110, 220)
    return rng.uniform(20, 80), rng.uniform(20, 80), rng.uniform(15, 40), rng.uniform(80, 350)
