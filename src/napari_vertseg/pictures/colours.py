"""One colour per vertebra number: the same in every picture, neighbours never alike."""

from __future__ import annotations

from typing import Final

Rgb = tuple[float, float, float]

PALETTE: Final[tuple[Rgb, ...]] = (
    (0.902, 0.624, 0.000),  # orange
    (0.000, 0.620, 0.451),  # bluish green
    (0.941, 0.894, 0.259),  # yellow
    (0.800, 0.475, 0.655),  # reddish purple
    (0.835, 0.369, 0.000),  # vermilion
    (0.000, 0.447, 0.698),  # blue
    (0.337, 0.706, 0.914),  # sky blue
)
"""Okabe and Ito's colours, in one of the orders in which the most alike neighbours, the last
and the first included, differ most over normal and colour-blind sight (tests/pictures).
Seven, so that T13 (VerSe value 28) differs from T12 and L1 too."""

STRAY: Final[Rgb] = (1.0, 0.0, 0.35)
"""A prediction that belongs to no reference."""


BACKGROUND: Final[Rgb] = (0.6, 0.6, 0.6)
"""Reference bone that is no target (the sacrum)."""


def colour_of(number: int) -> Rgb:
    """Colour of a vertebra's number in the label map, from 1."""
    return PALETTE[(number - 1) % len(PALETTE)]
