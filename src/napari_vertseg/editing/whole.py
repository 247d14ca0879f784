"""Tools on whole vertebrae: merge, delete, relabel."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ..errors import EditImpossible
from .labels import EditableLabels
from .proposal import Proposal


def merge(labels: EditableLabels, vertebrae: Collection[int], into: int) -> Proposal:
    """All voxels of some vertebrae go to one of them, or to another one.

    Raises
    ------
    EditImpossible
        Fewer than two vertebrae take part, one has no voxel or is locked.
    """
    given = sorted(set(vertebrae) - {into})
    if not given:
        raise EditImpossible("merging needs two vertebrae; choose another one beside the first")
    labels.check_editable(into, *given)
    labels.box(into)  # Taking over an empty id is ``relabel``.
    called = ", ".join(labels.called(v) for v in given)
    return _rewritten(labels, given, into, f"Merge {called} into {labels.called(into)}")


def delete(labels: EditableLabels, vertebrae: Collection[int]) -> Proposal:
    """All voxels of some vertebrae become background.

    Raises
    ------
    EditImpossible
        None is given, one has no voxel or is locked.
    """
    given = sorted(set(vertebrae))
    if not given:
        raise EditImpossible("nothing is selected to be deleted; choose a vertebra")
    labels.check_editable(*given)
    return _rewritten(labels, given, 0, f"Delete {', '.join(labels.called(v) for v in given)}")


def relabel(labels: EditableLabels, vertebra: int, new_id: int) -> Proposal:
    """A vertebra goes on under an id that nobody has.

    Names of vertebrae are no ids: see ``rename_chain``, which writes no voxel.

    Raises
    ------
    EditImpossible
        The vertebra has no voxel or is locked, or the new id is in use: that would be a merge.
    """
    labels.check_editable(vertebra)
    labels.box(vertebra)
    labels.check_unused(new_id)
    name = f"Relabel {labels.called(vertebra)} as {labels.called(new_id)}"
    return _rewritten(labels, [vertebra], new_id, name)


def _rewritten(labels: EditableLabels, given: list[int], value: int, name: str) -> Proposal:
    slices = labels.box_of_all(given)
    after = np.array(labels.array[slices])
    after[np.isin(after, given)] = value
    return labels.propose(name, slices, after)
