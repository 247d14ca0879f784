"""One vertebra takes a shape: the rule that most tools share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..volume import Slices
from .labels import EditableLabels
from .proposal import Proposal


def claim(
    labels: EditableLabels,
    vertebra: int,
    slices: Slices,
    wanted: NDArray[np.bool_],
    name: str,
    *,
    region: NDArray[np.bool_] | None = None,
    takes_from_others: bool = False,
) -> Proposal:
    """Give an id a shape, in empty or own voxels.

    Parameters
    ----------
    labels : EditableLabels
    vertebra : int
        Who takes; not locked.
    slices : tuple of slice
        The box.
    wanted : (z, y, x) bool
        The shape within the box.
    name : str
        Of the undo step.
    region : (z, y, x) bool, optional
        Where own voxels outside the shape are given up; the whole box if not given.
    takes_from_others : bool
        Whether voxels of other ids are taken too, the locked ones excepted.
    """
    labels.check_editable(vertebra)
    before = labels.array[slices]
    own = before == vertebra
    after = np.array(before)
    released = own & ~wanted if region is None else own & ~wanted & region
    after[released] = 0
    after[wanted] = vertebra
    foreign = None if takes_from_others else (before != 0) & ~own
    return labels.propose(name, slices, after, foreign)
