"""Are these Hounsfield units: told from the values alone, as headers seldom say."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanUnreadable

_PADDING_BELOW = -1020
"""Scanners fill what lies outside the field of view with -1024, -2000 or -3024."""
_SAMPLE_VOXELS = 1_000_000
_FEW_NEGATIVE = 0.001
"""Even a tight crop of a spine is a tenth fat and air: its share below 0 HU is 0.05 and more."""
_OFFSET_SHOWS_ABOVE = 1500
"""Bone in a scan that is stored 1024 too high; MR and windowed pictures seldom get there."""
_NORMALISED_WITHIN = 50


def check_ct_values(name: str, voxels: NDArray[Any]) -> None:
    """Refuse values that are not Hounsfield units.

    Parameters
    ----------
    name : str
        File name for the message.
    voxels : 3D, any axis order
        Finite and not constant.

    Raises
    ------
    ScanUnreadable
        Stored with an offset, MR or windowed, normalised, or nothing but air.
    """
    lowest, highest = float(voxels.min()), float(voxels.max())
    span = f"values from {lowest:g} to {highest:g}"
    body = _body(voxels)
    if body.size == 0:
        raise ScanUnreadable(f"{name} shows nothing but air ({span}); check the export.")
    if lowest > -_NORMALISED_WITHIN and highest < _NORMALISED_WITHIN:
        raise ScanUnreadable(
            f"{name} holds no CT values ({span}): it looks normalised or like a label map; "
            "give the scan in Hounsfield units."
        )
    if float(np.mean(body < 0)) >= _FEW_NEGATIVE:
        return
    if highest > _OFFSET_SHOWS_ABOVE:
        raise ScanUnreadable(
            f"{name} holds no CT values ({span}, hardly one below 0): probably Hounsfield units "
            "stored 1024 too high; subtract 1024, or convert it again with its rescale intercept."
        )
    raise ScanUnreadable(
        f"{name} holds no CT values ({span}, hardly one below 0, so neither air nor fat): "
        "it may be MR, a windowed picture or a mask; give the CT in Hounsfield units."
    )


def _body(voxels: NDArray[Any]) -> NDArray[Any]:
    """An even sample of the voxels that are not padding."""
    step = max(1, int(np.ceil((voxels.size / _SAMPLE_VOXELS) ** (1 / 3))))
    sample = voxels[::step, ::step, ::step]
    return sample[sample > _PADDING_BELOW]
