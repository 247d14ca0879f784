"""Where every vertebra of a phantom stands and how it is turned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..anatomy import Level
from .vertebra_form import VertebraForm

Floats = NDArray[np.float64]

_TILT_RANK = (1, 2, 4, 7, 8, 11, 14, 17, 19, 20, 21, 22, 23, 24, 25)
_TILT = (4, 4, -6, -19, -23, -15, 0, 12, 18, 17, 12, 4, -8, -22, -42)
"""Degrees by which the axis leans forward on its way down, by rank (S1 = 25)."""

RANK = {level: float(level) for level in Level} | {Level.T13: 19.5, Level.L6: 24.6, Level.S1: 25.4}
"""Position along the spine; T13 and L6 lie between their neighbours."""


@dataclass(frozen=True)
class Curvature:
    """Shape of the whole spine."""

    cervical: float
    """Factor of the usual lordosis of the neck."""
    thoracic: float
    """Factor of the usual kyphosis."""
    lumbar: float
    """Factor of the usual lumbar lordosis."""
    scoliosis_deg: float
    """Largest sideways tilt; half of the Cobb angle."""
    scoliosis_apex: float
    """Rank where the curve is furthest from the midline."""
    scoliosis_length: float
    """Ranks from one end of the curve to the other."""
    rotation: float
    """Degrees of axial turn per degree of sideways tilt."""
    lean_deg: float
    """Forward lean of the whole patient."""
    roll_deg: float
    """Sideways lean of the whole patient."""
    yaw_deg: float
    """Turn of the whole patient about the long axis."""


@dataclass(frozen=True, eq=False)
class Pose:
    """Place of one vertebra."""

    level: Level
    """Which one."""
    center_mm: Floats
    """(z, y, x) of the body's middle."""
    axes: Floats
    """(3, 3): rows are the local directions h (down), p (back), s (left) in (z, y, x)."""


def poses_of(forms: list[VertebraForm], curvature: Curvature, sacrum_scale: float) -> list[Pose]:
    """Stack the vertebrae along the curve, head to foot, the sacrum last.

    Parameters
    ----------
    forms : list of VertebraForm
        Head to foot.
    curvature : Curvature
        Of the spine.
    sacrum_scale : float
        Size of the sacrum.

    Returns
    -------
    list of Pose
        One more than ``forms``; the first body's middle is at the origin.
    """
    levels = [f.level for f in forms] + [Level.S1]
    axes = [_axes(RANK[level], curvature) for level in levels]
    half = [f.height * (1 - f.crush - 0.3 * f.wedge) / 2 for f in forms] + [14 * sacrum_scale]
    discs = [f.disc for f in forms]
    center = np.zeros(3)
    poses = [Pose(levels[0], center, axes[0])]
    for k in range(1, len(levels)):
        between = axes[k - 1][0] + axes[k][0]
        between = between / np.linalg.norm(between)
        step = half[k - 1] * axes[k - 1][0] + discs[k - 1] * between + half[k] * axes[k][0]
        center = center + step
        poses.append(Pose(levels[k], center, axes[k]))
    return poses


def _axes(rank: float, curvature: Curvature) -> Floats:
    """Local directions of a vertebra."""
    tilt = np.deg2rad(_tilt(rank, curvature) + curvature.lean_deg)
    phase = (rank - curvature.scoliosis_apex) / curvature.scoliosis_length
    side = curvature.scoliosis_deg * np.sin(np.pi * phase) * np.exp(-(phase**2))
    turn = np.deg2rad(curvature.rotation * curvature.scoliosis_deg * np.exp(-2 * phase**2))
    roll = np.deg2rad(side + curvature.roll_deg)
    down = np.array([np.cos(tilt) * np.cos(roll), -np.sin(tilt) * np.cos(roll), np.sin(roll)])
    back = np.array([np.sin(tilt), np.cos(tilt), 0.0])
    back -= (back @ down) * down
    back /= np.linalg.norm(back)
    left = np.array([0.0, 0.0, 1.0])
    left -= (left @ down) * down + (left @ back) * back
    left /= np.linalg.norm(left)
    turn += np.deg2rad(curvature.yaw_deg)
    return np.stack(
        [
            down,
            np.cos(turn) * back + np.sin(turn) * left,
            np.cos(turn) * left - np.sin(turn) * back,
        ]
    )


def _tilt(rank: float, curvature: Curvature) -> float:
    """Forward lean in degrees."""
    usual = float(np.interp(rank, _TILT_RANK, _TILT))
    factor = np.interp(
        rank,
        (5, 8, 10, 18, 20, 22),
        (
            curvature.cervical,
            0.5 * (curvature.cervical + curvature.thoracic),
            curvature.thoracic,
            curvature.thoracic,
            0.5 * (curvature.thoracic + curvature.lumbar),
            curvature.lumbar,
        ),
    )
    return usual * float(factor)
