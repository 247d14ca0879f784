"""One vertebra as a row of the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..anatomy import Level
from ..cases.states import Verdict as Verdict
from ..editing.index import Labels
from ..measures import VertebraMeasures
from ..segmentation import VertebraInstance
from ..suspicion import Evidence, gather
from ..volume import Grid


@dataclass(frozen=True, slots=True, kw_only=True)
class VertebraRecord:
    """One row of the table."""

    instance: VertebraInstance
    """On the scan's canonical grid."""
    measures: VertebraMeasures
    colour: int = 0
    """Index into the palette; stays for good."""
    verdict: Verdict = Verdict.PROPOSED
    is_locked: bool = False
    suspicion: float = 0.0
    """0 = nothing against it, 1 = almost surely wrong; the chain keeps it up to date."""
    reasons: tuple[str, ...] = ()
    """Sentences, heaviest first."""
    is_from_walk: bool = True
    """False for a mask of another tool or a hand, about which the network said nothing."""
    is_edited: bool = False
    """The mask is no longer the one that the walk spoke about."""

    @property
    def id(self) -> int:
        """Stable instance id: the value in the labels layer."""
        return self.instance.id

    @property
    def is_open(self) -> bool:
        """Only proposed: a walk may find it anew, or give it up."""
        by_hand = self.is_locked or self.is_edited
        return self.verdict in (Verdict.PROPOSED, Verdict.FLAGGED) and not by_hand

    @property
    def level(self) -> Level | None:
        """Anatomical level where known."""
        return self.instance.level


def evidence_of(
    record: VertebraRecord,
    grid: Grid,
    voxels: NDArray[np.int16] | None = None,
    labels: Labels | None = None,
) -> Evidence:
    """What speaks for and against a vertebra; its surroundings too, where they are given.

    Parameters
    ----------
    grid : Grid
        Of the record's mask.
    voxels : (z, y, x) int16 HU, optional
        The scan.
    labels : (z, y, x) unsigned, optional
        Not 0 where any vertebra is.
    """
    return gather(
        record.instance,
        grid,
        voxels,
        labels,
        measures=record.measures,
        is_edited=record.is_edited or not record.is_from_walk,
    )
