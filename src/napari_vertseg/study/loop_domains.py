"""Scans that the starter model has not seen the like of, and those that it must not forget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..synthesis import FieldOfView, PhantomParameters, PhantomRanges, draw_phantom, make_phantom
from ..volume import ZyxFloat
from .subject import Subject, subject_of

Part = Literal["pool", "validation", "fresh", "earlier"]
"""What a scan is for: corrected and trained on; held out for the gate; measured on before
and after; of the domain before, measured on likewise."""

_PARTS: tuple[Part, ...] = ("pool", "validation", "fresh", "earlier")
_FIRST_SEED = 970_000
_CHILD_SIZE = 0.55
"""Of a spine, beside an adult's."""

_THIN_BONE = PhantomRanges(
    # Trabecular bone of about 40 to 100 HU, which is osteoporosis in CT. The share draws from
    # the lowest fifth of the range: with it on, bone would be darker than muscle.
    bone_density=(0.1, 0.3),
    osteoporosis_share=0.0,
    # Per slice of 1 mm: 20 to 40 HU are left in 5 mm.
    noise_hu=(45.0, 90.0),
    slice_mm=(5.0, 5.0),
    fracture_share=0.5,
    metal_share=0.0,
)
_DENSE_BONE = PhantomRanges(
    bone_density=(0.55, 1.0),
    osteoporosis_share=0.0,
    noise_hu=(15.0, 50.0),
    slice_mm=(1.0, 2.5),
    osteophyte_mm=(1.5, 3.5),
    metal_share=1.0,
)
_CHILD = PhantomRanges(
    # The committed ranges begin at 0.75: nothing like it was ever trained on.
    scale=(0.5, 0.6),
    bone_density=(0.3, 0.8),
    osteoporosis_share=0.0,
    noise_hu=(15.0, 50.0),
    slice_mm=(0.8, 2.0),
    fracture_share=0.0,
    osteophyte_mm=(0.0, 0.3),
    metal_share=0.0,
)


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A kind of scan."""

    name: str
    title: str
    place: int
    """Among the streams that scans are drawn from."""
    draw: Callable[[np.random.Generator], PhantomParameters] | None
    """One patient and one scan; None for real scans from a folder."""


def draw_thick(rng: np.random.Generator) -> PhantomParameters:
    """5 mm slices, low dose, osteoporotic."""
    return _trunk(draw_phantom(rng, _THIN_BONE), rng)


def draw_metal(rng: np.random.Generator) -> PhantomParameters:
    """Screws with streaks, and sclerotic lesions."""
    drawn = _trunk(draw_phantom(rng, _DENSE_BONE), rng)
    appearance = replace(
        drawn.appearance,
        screws=int(rng.integers(2, 5)),
        metal_spots=int(rng.integers(0, 3)),
        streak_hu=float(rng.uniform(250.0, 400.0)),
        sclerotic_lesions=int(rng.integers(6, 12)),
    )
    return replace(drawn, appearance=appearance)


def draw_children(rng: np.random.Generator) -> PhantomParameters:
    """Spines of 0.5 to 0.6 of an adult's size, in a field of view to match."""
    drawn = _trunk(draw_phantom(rng, _CHILD), rng)
    view, pixel = drawn.field_of_view, float(rng.uniform(0.6, 0.8))
    smaller = FieldOfView(
        top_rank=view.top_rank,
        height_mm=_CHILD_SIZE * view.height_mm,
        front_mm=20.0 + _CHILD_SIZE * view.front_mm,
        back_mm=10.0 + _CHILD_SIZE * view.back_mm,
        right_mm=20.0 + _CHILD_SIZE * view.right_mm,
        left_mm=20.0 + _CHILD_SIZE * view.left_mm,
    )
    spacing = ZyxFloat(drawn.spacing_mm.z, pixel, pixel)
    return replace(drawn, field_of_view=smaller, spacing_mm=spacing)


def draw_usual(rng: np.random.Generator) -> PhantomParameters:
    """What the starter model was trained on."""
    return _trunk(draw_phantom(rng), rng)


DOMAINS: dict[str, Domain] = {
    "thick": Domain(
        name="thick", title="5 mm slices, low dose, osteoporotic", place=2, draw=draw_thick
    ),
    "metal": Domain(name="metal", title="metal and sclerosis", place=0, draw=draw_metal),
    "children": Domain(name="children", title="children", place=3, draw=draw_children),
    "real": Domain(name="real", title="real scans", place=1, draw=None),
}
"""The domains of the study, by name."""


def made_subject(
    domain: Domain, part: Part, seed: int, number: int, *, height_mm: float | None = None
) -> Subject:
    """Scan ``number`` of a part, always the same one; no two parts share a patient.

    Parameters
    ----------
    domain : Domain
        ``earlier`` scans are drawn from the usual ranges, whatever the domain.
    height_mm : float, optional
        Largest height, for the short form.
    """
    if domain.draw is None:
        raise ValueError(f"the domain {domain.name} is not made")
    rng = np.random.default_rng((_FIRST_SEED, domain.place, _PARTS.index(part), seed, number))
    drawn = draw_usual(rng) if part == "earlier" else domain.draw(rng)
    if height_mm is not None:
        view = drawn.field_of_view
        drawn = replace(
            drawn, field_of_view=replace(view, height_mm=min(view.height_mm, height_mm))
        )
    return subject_of(make_phantom(drawn), f"{part}-{number + 1:02d}")


def _trunk(drawn: PhantomParameters, rng: np.random.Generator) -> PhantomParameters:
    """Thoracolumbar, with what lies near: enough to go wrong, and quick to walk."""
    view = FieldOfView(
        top_rank=float(rng.uniform(13.0, 18.5)),
        height_mm=float(rng.uniform(190.0, 260.0)),
        front_mm=float(rng.uniform(40.0, 90.0)),
        back_mm=float(rng.uniform(70.0, 100.0)),
        right_mm=float(rng.uniform(50.0, 100.0)),
        left_mm=float(rng.uniform(50.0, 100.0)),
    )
    pixel = max(drawn.spacing_mm.x, 0.8)
    spacing = ZyxFloat(drawn.spacing_mm.z, pixel, pixel)
    return replace(drawn, field_of_view=view, spacing_mm=spacing)
