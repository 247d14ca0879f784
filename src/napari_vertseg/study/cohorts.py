"""Made cohorts in the image of the paper's two data sets (section 3.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..anatomy import is_target
from ..synthesis import (
    Appearance,
    FieldOfView,
    PhantomParameters,
    PhantomRanges,
    Tissue,
    draw_phantom,
    make_phantom,
)
from ..volume import ZyxFloat
from .subject import Subject

Role = Literal["train", "validation", "test"]
CohortName = Literal["spine-ct", "chest-ct"]

_YOUNG = PhantomRanges(
    scale=(0.9, 1.12),
    bone_density=(0.65, 1.0),
    osteoporosis_share=0.0,
    thoracic_kyphosis=(0.5, 1.3),
    lumbar_lordosis=(0.5, 1.3),
    cervical_lordosis=(0.0, 1.3),
    scoliosis_share=0.1,
    scoliosis_deg=(4.0, 10.0),
    fracture_share=0.0,
    disc_factor=(0.8, 1.15),
    osteophyte_mm=(0.0, 0.5),
    lumbar_variant_share=0.0,
    metal_share=0.0,
    noise_hu=(8.0, 30.0),
)
"""Healthy adults of 20 to 34 years."""

_OLD = PhantomRanges(
    scale=(0.85, 1.12),
    bone_density=(0.0, 0.55),
    osteoporosis_share=0.35,
    thoracic_kyphosis=(0.7, 2.0),
    fracture_share=0.4,
    disc_factor=(0.45, 0.95),
    osteophyte_mm=(0.5, 3.5),
    metal_share=0.05,
    noise_hu=(40.0, 110.0),
)
"""Heavy smokers of 50 to 74 years, low dose."""


@dataclass(frozen=True, kw_only=True)
class CohortPlan:
    """One of the paper's experiments."""

    name: CohortName
    title: str
    direction: Literal["down", "up"]
    """Which way its network walks."""
    counts: dict[Role, int]
    """Scans by role, as in the paper."""
    draw: Callable[[np.random.Generator], PhantomParameters]
    """One patient and one scan."""
    first_seed: int


def draw_spine_ct(rng: np.random.Generator) -> PhantomParameters:
    """A dedicated spine CT: all thoracic and lumbar vertebrae, contrast, fine voxels.

    The scan goes on beyond the sacrum, so that only the uppermost vertebra may be cut.
    """
    patient = draw_phantom(rng, _YOUNG)
    pixel = float(rng.uniform(0.31, 0.36))
    view = FieldOfView(
        top_rank=float(rng.uniform(6.3, 7.8)),
        height_mm=float(rng.uniform(540.0, 580.0)) * patient.scale,
        front_mm=float(rng.uniform(35.0, 60.0)),
        back_mm=float(rng.uniform(75.0, 90.0)),
        right_mm=float(rng.uniform(65.0, 90.0)),
        left_mm=float(rng.uniform(65.0, 90.0)),
    )
    return replace(
        patient,
        arms="up",
        field_of_view=view,
        spacing_mm=ZyxFloat(float(rng.uniform(0.7, 1.0)), pixel, pixel),
        appearance=_with_contrast(patient.appearance, float(rng.uniform(130.0, 260.0))),
    )


def draw_chest_ct(rng: np.random.Generator) -> PhantomParameters:
    """A low-dose chest CT: the lungs and what of the spine lies behind them, wide and noisy."""
    patient = draw_phantom(rng, _OLD)
    pixel = float(rng.uniform(0.54, 0.82))
    side = float(rng.uniform(0.46, 0.5)) * 512 * pixel
    view = FieldOfView(
        top_rank=float(rng.uniform(5.5, 9.5)),
        height_mm=float(rng.uniform(270.0, 350.0)),
        front_mm=min(1.1 * side, 230.0),
        back_mm=min(0.6 * side, 130.0),
        right_mm=side,
        left_mm=side,
    )
    return replace(
        patient,
        arms="up",
        field_of_view=view,
        spacing_mm=ZyxFloat(float(rng.uniform(1.0, 2.5)), pixel, pixel),
        appearance=_with_contrast(patient.appearance, 40.0),
    )


PLANS: dict[CohortName, CohortPlan] = {
    "spine-ct": CohortPlan(
        name="spine-ct",
        title="Spine CT of young adults, walked downwards",
        direction="down",
        counts={"train": 10, "validation": 0, "test": 5},
        draw=draw_spine_ct,
        first_seed=950_000,
    ),
    "chest-ct": CohortPlan(
        name="chest-ct",
        title="Low-dose chest CT of the elderly, walked upwards",
        direction="up",
        counts={"train": 20, "validation": 5, "test": 10},
        draw=draw_chest_ct,
        first_seed=960_000,
    ),
}
"""Both experiments of the paper."""


def made_subject(
    plan: CohortPlan,
    role: Role,
    number: int,
    *,
    least_spacing_mm: float = 0.0,
    height_mm: float | None = None,
) -> Subject:
    """Scan ``number`` of a role, always the same one.

    Parameters
    ----------
    plan : CohortPlan
        Which cohort.
    role, number
        No two roles share a patient.
    least_spacing_mm : float
        Voxels are at least this large: a network that works at 1 or 2 mm gains nothing
        from training scans of 0.35 mm but their size.
    height_mm : float, optional
        Largest height of the field of view, for the short form.
    """
    place = ("train", "validation", "test").index(role)
    rng = np.random.default_rng((plan.first_seed, place, number))
    drawn = plan.draw(rng)
    if height_mm is not None:
        view = drawn.field_of_view
        low = replace(view, height_mm=min(view.height_mm, height_mm), top_rank=18.2)
        drawn = replace(drawn, field_of_view=_narrow(low))
    spacing = ZyxFloat(*(max(mm, least_spacing_mm) for mm in drawn.spacing_mm))
    phantom = make_phantom(drawn, spacing)
    return Subject(
        scan=replace(phantom.scan, name=f"{role}-{number + 1:02d}"),
        labels=phantom.labels,
        is_complete={v: bool(c) for v, c in phantom.is_complete.items() if is_target(v)},
        is_exhaustive=True,
    )


def _narrow(view: FieldOfView) -> FieldOfView:
    """The spine and little around it."""
    return replace(view, front_mm=45.0, back_mm=75.0, right_mm=60.0, left_mm=60.0)


def _with_contrast(appearance: Appearance, blood_hu: float) -> Appearance:
    """Blood at a given density; 40 HU is what it has by itself."""
    table = list(appearance.tissue_hu)
    table[Tissue.ARTERY] = blood_hu
    table[Tissue.VEIN] = 40.0 + 0.6 * (blood_hu - 40.0)
    table[Tissue.HEART] = 40.0 + 0.8 * (blood_hu - 40.0)
    return replace(appearance, tissue_hu=tuple(table))
