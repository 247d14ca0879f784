"""Sizes of the vertebrae from C1 to L6."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..anatomy import Level

_COLUMNS: Final = (
    "width",
    "depth",
    "height",
    "disc",
    "canal_width",
    "canal_depth",
    "spinous_length",
    "spinous_slope",
    "spinous_height",
    "span",
    "pedicle_width",
)

_TABLE: Final[dict[Level, tuple[float, ...]]] = {
    Level.C1: (24, 14, 10, 3.0, 30, 26, 6.0, 5, 4.0, 76, 11),
    Level.C2: (20, 15, 20, 5.0, 25, 18, 16.0, 18, 6.5, 54, 8),
    Level.C3: (22.4, 15.9, 14, 5.5, 24, 14.5, 13.0, 18, 4.0, 52, 6),
    Level.C4: (23.5, 16.4, 13.8, 5.5, 24.5, 14, 13.0, 18, 4.0, 53, 6),
    Level.C5: (24.6, 17.0, 13.5, 5.5, 25, 14, 15.0, 18, 4.0, 54, 6),
    Level.C6: (26.9, 17.5, 13.7, 5.5, 25, 14, 20.0, 20, 4.2, 56, 6.5),
    Level.C7: (29.1, 17.5, 15, 5.0, 24, 14.5, 30.0, 24, 4.8, 66, 7),
    Level.T1: (29, 17, 17, 4.5, 21, 15, 27.3, 30, 5.8, 73, 8),
    Level.T2: (29, 18.5, 18, 4.2, 18.5, 15, 27.3, 36, 5.5, 68, 7),
    Level.T3: (28, 20, 18.5, 4.0, 17.5, 15, 28.2, 42, 5.3, 64, 6),
    Level.T4: (27.5, 22, 19, 4.0, 17, 15.5, 29.0, 48, 5.2, 62, 5.5),
    Level.T5: (28, 24, 19.5, 4.2, 16.8, 16, 30.8, 53, 5.2, 61, 5.5),
    Level.T6: (29, 26, 20, 4.4, 16.8, 16, 31.7, 57, 5.2, 61, 5.5),
    Level.T7: (30, 28, 20.5, 4.6, 16.8, 16, 31.7, 58, 5.3, 60, 5.8),
    Level.T8: (31.5, 29.5, 21, 4.8, 17, 16, 29.9, 55, 5.5, 59, 6.2),
    Level.T9: (33.5, 30.5, 21.7, 5.2, 17.2, 16, 27.3, 47, 6.0, 57, 6.8),
    Level.T10: (36, 31, 22.7, 5.8, 17.8, 16, 23.8, 36, 6.7, 55, 7.5),
    Level.T11: (38.5, 31.5, 23.8, 6.6, 19, 16.5, 19.2, 24, 6.8, 48, 8.2),
    Level.T12: (41, 32, 25.2, 7.5, 21, 17, 19.2, 15, 8.0, 45, 8.2),
    Level.T13: (42, 32.5, 26, 7.8, 22, 17, 20.8, 12, 8.6, 52, 8),
    Level.L1: (43, 33, 26.7, 8.2, 22.5, 17, 23.2, 10, 9.3, 72, 8),
    Level.L2: (45, 34, 27.6, 9.5, 23, 16.5, 24.8, 8, 9.8, 80, 8.6),
    Level.L3: (47.5, 34.5, 28, 10.5, 23.5, 16.2, 25.6, 8, 10.0, 92, 10),
    Level.L4: (49.5, 35, 27.8, 11, 24.5, 16.5, 23.2, 10, 9.5, 88, 12),
    Level.L5: (51.5, 35, 27.2, 10.5, 26.5, 17, 18.4, 14, 8.0, 92, 15),
    Level.L6: (52, 34.5, 26.5, 9.5, 27, 17, 16.8, 14, 7.5, 92, 16),
}
"""Millimetres (slope in degrees) of an average adult; ``disc`` is the one below.

Round figures of the usual order, adjusted until silhouettes resembled real label maps;
not taken from a published table.
"""


@dataclass(frozen=True)
class VertebraForm:
    """Everything that shapes one vertebra; millimetres, angles in degrees."""

    level: Level
    """Decides between ring (C1), tooth (C2) and the usual build."""
    width: float
    """Body, right to left."""
    depth: float
    """Body, front to back."""
    height: float
    """Body, before fracture."""
    disc: float
    """Height of the disc below."""
    canal_width: float
    """Hole, right to left."""
    canal_depth: float
    """Hole, front to back."""
    spinous_length: float
    """From the back of the canal to the tip."""
    spinous_slope: float
    """How far the spinous process points down."""
    spinous_height: float
    """Half of its height near the arch."""
    span: float
    """Tip to tip of the transverse processes."""
    pedicle_width: float
    """Right to left."""
    waist: float = 0.1
    """How much narrower the body is at half height."""
    concavity_mm: float = 1.2
    """How deep the endplates sink in the middle."""
    osteophyte_mm: float = 0.0
    """Lips at the rims."""
    wedge: float = 0.0
    """Share of the anterior height lost."""
    biconcave: float = 0.0
    """Share of the middle height lost."""
    crush: float = 0.0
    """Share of the whole height lost."""
    bend_seed: int = 0
    """Of small individual deformations."""


def form_of(level: Level, scale: float, rng: np.random.Generator, jitter: float) -> VertebraForm:
    """An individual vertebra.

    Parameters
    ----------
    level : Level
        C1 to L6 or T13.
    scale : float
        1 for an average adult.
    rng : numpy.random.Generator
        Source of individual differences.
    jitter : float
        Their relative standard deviation.
    """
    values = np.array(_TABLE[level])
    factor = np.exp(rng.normal(0, jitter, len(values)))
    lengths = np.array([c != "spinous_slope" for c in _COLUMNS])
    values = values * factor * np.where(lengths, scale, 1.0)
    measures = dict(zip(_COLUMNS, values.tolist(), strict=True))
    return VertebraForm(
        level=level,
        **measures,
        waist=float(rng.uniform(0.05, 0.15)),
        concavity_mm=float(rng.uniform(0.4, 2.2) * scale),
        bend_seed=int(rng.integers(2**31)),
    )
