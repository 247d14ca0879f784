"""The mean of several models' weights, as a model of its own.

Models from the ends of successive cycles of one training lie in one basin of the loss, and their
mean is mostly as good as the best of them and steadier than any (Izmailov et al. 2018,
"Averaging weights leads to wider optima and better generalization"). Models of different
trainings have nothing in common, and their mean is noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import torch

from napari_vertseg.errors import ModelIncompatible
from napari_vertseg.network.model import (
    DataSource,
    Model,
    ModelCard,
    Provenance,
    find_model,
    load_model,
)
from napari_vertseg.rounds.models import ref_of


def average(
    models: Sequence[str], output: Path, *, name: str, limits: Sequence[str] = ()
) -> Model:
    """Write the mean of the weights of models of one training.

    Parameters
    ----------
    models : sequence of str
        At least two, shipped ones by name or folders; the last one's card is gone by.
    output : Path
        Folder of the new model.
    name : str
    limits : sequence of str
        Sentences about what it is known to do badly; in place of the models' own.

    Raises
    ------
    ModelIncompatible
        Fewer than two models, or their networks, grids or ways differ.
    OutputRefused
        ``output`` already holds a model.
    """
    folders = [find_model(model) for model in models]
    loaded = [load_model(folder) for folder in folders]
    _check_alike([model.card for model in loaded])
    last = loaded[-1]
    states = [model.network.state_dict() for model in loaded]
    mean = {
        key: torch.stack([state[key].double() for state in states]).mean(0).to(value.dtype)
        for key, value in states[-1].items()
    }
    last.network.load_state_dict(mean)
    parents = [f"{ref_of(f).name} {ref_of(f).weights_sha256}" for f in folders]
    words = " ".join(Path(model).name for model in models)
    command = f"vertseg-train average {words} -o {output.name} --name {name}"
    provenance = replace(
        last.card.provenance,
        parent="mean of " + " and ".join(parents),
        command="; ".join(filter(None, [last.card.provenance.command, command])),
        created=datetime.now(UTC).date().isoformat(),
        steps=max(model.card.provenance.steps for model in loaded),
        data=_all_data([model.card.provenance for model in loaded]),
        scores={},
        limits=tuple(limits) or last.card.provenance.limits,
    )
    averaged = Model(
        card=replace(last.card, name=name, provenance=provenance), network=last.network
    )
    averaged.save(output)
    return averaged


def _check_alike(cards: Sequence[ModelCard]) -> None:
    if len(cards) < 2:
        raise ModelIncompatible("A mean needs two models at least; name another one.")
    last = cards[-1]
    for card in cards[:-1]:
        if replace(card, name=last.name, provenance=last.provenance) != last:
            raise ModelIncompatible(
                f"The models {card.name} and {last.name} differ in their network, grid or "
                "settings, so their weights have no mean; take models of one training."
            )


def _all_data(provenances: Sequence[Provenance]) -> tuple[DataSource, ...]:
    """Every scan once, in the order of its first use."""
    every = (source for provenance in provenances for source in provenance.data)
    return tuple({source.sha256: source for source in every}.values())
