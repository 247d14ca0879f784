"""What decides, within a round, which weights become the candidate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from napari_vertseg.cases import Project
from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.model import Model, ModelCard
from napari_vertseg.rounds.comparison import Kind
from napari_vertseg.rounds.held_out import HeldOut, walk
from napari_vertseg.training import TrainingConfig

from .project_cases import ChosenCase, of_use
from .run_folder import RunFolder
from .validate import FAULT, STEPS_PER_WALK, Keeper, candidate_card

_GATE_PHANTOMS = 2
_DECIDING_PHANTOM = 100
"""Another one than those of the gate."""
_MOST_SCANS = 3
"""Walked during training; the comparison at the end walks all."""
_MOST_EARLIER = 4
"""Compared at the end of a round, or rounds would take longer and longer."""


class RoundValidation:
    """Walks some held-out scans and keeps the newest and the best weights."""

    def __init__(
        self,
        config: TrainingConfig,
        scans: Sequence[HeldOut],
        folder: RunFolder,
        base: ModelCard | None,
    ) -> None:
        self._config = config
        self._base = base
        self._scans = scans
        self._keeper = Keeper(folder)

    @property
    def names(self) -> list[str]:
        """Of the scans that decide."""
        return [held.name for held in self._scans]

    def __call__(self, network: IterativeFcn, step: int) -> dict[str, float]:
        """Walk; scores by name, ``score`` being their mean less what faults cost."""
        model = Model(card=card_like(self._base, self._config, step), network=network)
        scores: dict[str, float] = {}
        overall, dice = [], []
        for held in self._scans:
            _, found = walk(model, held, max_steps=STEPS_PER_WALK)
            faults = found.false + found.merged + found.missed
            dice.append(found.dice_mean or 0.0)
            overall.append(max(dice[-1] - FAULT * faults, -1.0))
            scores |= {f"{held.case}/dice": dice[-1], f"{held.case}/missed": float(found.missed)}
        scores["dice"] = float(np.mean(dice)) if dice else 0.0
        # Without any scan the newest weights are the best there are.
        scores["score"] = float(np.mean(overall)) if overall else float(step)
        self._keeper.keep(model, scores["score"])
        return scores


def card_like(base: ModelCard | None, config: TrainingConfig, step: int) -> ModelCard:
    """Card of a network in training; thresholds and way back are those of its base."""
    card = candidate_card(config, step)
    if base is None:
        return card
    return replace(base, name=card.name, network=card.network, provenance=card.provenance)


def deciding_scans(
    project: Project,
    chosen: Sequence[ChosenCase],
    *,
    has_phantoms: bool,
    tell: Callable[[str], None],
) -> list[HeldOut]:
    """Validation scans; without any, made scans and a scan that is trained on.

    The latter cannot say how good the candidate is with new scans, only whether it learns
    at all, and what it forgets. ``tell`` hears of validation scans that cannot judge.
    """
    judges = _judges(project, of_use(chosen, "validation"), tell)
    held_out = list(islice(judges, _MOST_SCANS))
    if held_out:
        return held_out
    known = of_use(chosen, "corrected")[:1]
    scans = [HeldOut.of_case(project, c.id, c.record.version, "earlier") for c in known]
    return [*scans, HeldOut.of_phantom(_DECIDING_PHANTOM)] if has_phantoms else scans


def gate_scans(
    project: Project,
    chosen: Sequence[ChosenCase],
    *,
    has_phantoms: bool,
    tell: Callable[[str], None],
) -> Iterator[HeldOut]:
    """Every scan that candidate and active model are compared on, one at a time in memory.

    ``tell`` hears of scans that went away since the round began, and of earlier ones that are
    left out since they would take too long.
    """
    earlier = of_use(chosen, "earlier")
    yield from _judges(project, [*of_use(chosen, "validation"), *_some(earlier, tell)], tell)
    if has_phantoms and not earlier:
        for number in range(_GATE_PHANTOMS):
            yield HeldOut.of_phantom(number)


def _judges(
    project: Project, cases: Sequence[ChosenCase], tell: Callable[[str], None]
) -> Iterator[HeldOut]:
    for case in cases:
        kind: Kind = "validation" if case.use == "validation" else "earlier"
        try:
            held = HeldOut.to_judge(project, case.id, case.record.version, kind)
        except CaseIncomplete as error:
            tell(f"{case.id} is not compared: {error}")
            continue
        yield held


def _some(earlier: Sequence[ChosenCase], tell: Callable[[str], None]) -> Sequence[ChosenCase]:
    """As many as a round has time for; the same ones whenever it is done again."""
    if len(earlier) <= _MOST_EARLIER:
        return earlier
    tell(
        f"{_MOST_EARLIER} of {len(earlier)} earlier scans are compared, to save time; Compare "
        "again walks them all."
    )
    drawn = np.random.default_rng(len(earlier)).permutation(len(earlier))[:_MOST_EARLIER]
    return [earlier[place] for place in sorted(drawn.tolist())]
