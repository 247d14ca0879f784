"""A small made spine: the same one every time, ready in a moment."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..anatomy import is_target
from ..volume import Scan, ZyxFloat

if TYPE_CHECKING:
    from ..synthesis import Phantom

_SEED: Final = 4
"""That of ``vertseg demo``."""
_SPACING_MM: Final = ZyxFloat(2.0, 1.5, 1.5)


@cache
def _phantom() -> Phantom:
    from ..synthesis import draw_phantom, make_phantom

    drawn = draw_phantom(np.random.default_rng(_SEED))
    view = replace(
        drawn.field_of_view,
        top_rank=17.6,
        height_mm=250.0,
        front_mm=80.0,
        back_mm=75.0,
        right_mm=70.0,
        left_mm=70.0,
    )
    return make_phantom(replace(drawn, field_of_view=view), _SPACING_MM)


def phantom_scan() -> Scan:
    """The made CT: the lower thoracic and lumbar spine, the first vertebra cut."""
    return replace(_phantom().scan, name="made spine")


def phantom_labels() -> NDArray[np.uint8]:
    """(z, y, x) VerSe values of its vertebrae; the sacrum is no target and left out."""
    labels = _phantom().labels
    targets = [value for value in np.unique(labels) if value and is_target(int(value))]
    return np.where(np.isin(labels, targets), labels, 0).astype(np.uint8)
