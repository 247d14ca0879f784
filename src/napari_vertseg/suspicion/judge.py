"""Every vertebra of a chain, judged by itself and beside its neighbours."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from ..measures import VertebraMeasures
from ..segmentation import Segmentation
from ..volume import Scan
from . import chain_doubts, mask_doubts, place_doubts
from .evidence import Chain, gather_all
from .reason import Reason, ReasonKind, Suspicion
from .rules import SuspicionRules
from .trust import hesitant_chain
from .walk_doubts import walk_doubts

_OWN: Final = (mask_doubts.pieces, mask_doubts.absolute_volume, mask_doubts.absolute_density)
_BESIDE_NEIGHBOURS: Final = (
    chain_doubts.volume,
    chain_doubts.extent,
    chain_doubts.density,
    chain_doubts.surroundings,
    hesitant_chain,
    place_doubts.spacing,
    place_doubts.alignment,
    place_doubts.cut_inside,
    place_doubts.order,
)


def suspicions(
    segmentation: Segmentation,
    scan: Scan | None = None,
    measures: Sequence[VertebraMeasures] | None = None,
    *,
    edited: Collection[int] = (),
    rules: SuspicionRules | None = None,
) -> list[Suspicion]:
    """How much each vertebra deserves a look, and why.

    Parameters
    ----------
    segmentation : Segmentation
        Vertebrae head to foot.
    scan : Scan, optional
        On the same grid; without it nothing is said about CT values.
    measures : sequence of VertebraMeasures, optional
        Of the instances in their order, where they are known already.
    edited : collection of int
        Ids whose mask is no longer the walk's: only the mask speaks for them.
    rules : SuspicionRules, optional
        Thresholds and weights.

    Returns
    -------
    list of Suspicion
        In the order of ``segmentation.instances``.

    Raises
    ------
    ValueError
        The scan lies on another grid, or there are not as many measures as instances.
    """
    return judge(gather_all(segmentation, scan, measures, edited=edited), rules)


def judge(chain: Chain, rules: SuspicionRules | None = None) -> list[Suspicion]:
    """The same from evidence alone: no voxel is touched, so it may run after every edit.

    Parameters
    ----------
    chain : sequence of Evidence
        From ``gather``, head to foot.
    """
    rules = rules or SuspicionRules()
    return [
        Suspicion.from_reasons(_heaviest_per_kind(_reasons(chain, place, rules), rules.least))
        for place in range(len(chain))
    ]


def _reasons(chain: Chain, place: int, rules: SuspicionRules) -> Iterator[Reason]:
    own = chain[place]
    if own.walk is not None:
        yield from walk_doubts(own.walk, rules)
    doubts = [doubt(own, rules) for doubt in _OWN]
    doubts += [doubt(chain, place, rules) for doubt in _BESIDE_NEIGHBOURS]
    yield from (reason for reason in doubts if reason is not None)


def _heaviest_per_kind(reasons: Iterator[Reason], least: float) -> list[Reason]:
    """One voice per kind: two words about the same thing are not two doubts."""
    heaviest: dict[ReasonKind, Reason] = {}
    for reason in reasons:
        other = heaviest.get(reason.kind)
        if reason.weight >= least and (other is None or reason.weight > other.weight):
            heaviest[reason.kind] = reason
    return list(heaviest.values())
