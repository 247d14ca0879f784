"""The mean of models of one training is a model that names them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import NetworkConfig
from napari_vertseg.network.model import Model, ModelCard, Provenance, load_model
from vertseg_trainer.__main__ import main

CARD = ModelCard(
    name="a",
    network=NetworkConfig(filters=(2, 3), patch_shape=(8, 8, 8)),
    spacing_mm=2.0,
    window_hu=(-200.0, 1000.0),
)


def saved(folder: Path, steps: int, **changes: object) -> Path:
    card = replace(CARD, name=folder.name, provenance=Provenance(steps=steps), **changes)
    torch.manual_seed(steps)
    Model(card=card, network=IterativeFcn(card.network)).save(folder)
    return folder


def test_every_weight_is_the_mean_of_both(tmp_path: Path) -> None:
    a, b = saved(tmp_path / "a", 10), saved(tmp_path / "b", 20)
    words = ["average", str(a), str(b), "-o", str(tmp_path / "mean"), "--name", "mean"]
    assert main(words) == 0
    first, second, mean = (load_model(f).network.state_dict() for f in (a, b, tmp_path / "mean"))
    assert mean.keys() == first.keys()
    for key, value in mean.items():
        torch.testing.assert_close(value, (first[key] + second[key]) / 2)


def test_the_card_names_both_and_no_place_of_this_machine(tmp_path: Path) -> None:
    a, b = saved(tmp_path / "a", 10), saved(tmp_path / "b", 20)
    words = ["average", str(a), str(b), "-o", str(tmp_path / "mean"), "--name", "mean"]
    assert main([*words, "--limit", "Young."]) == 0
    card = load_model(tmp_path / "mean").card
    assert card.name == "mean"
    assert card.provenance.steps == 20
    assert card.provenance.limits == ("Young.",)
    parent = card.provenance.parent or ""
    assert parent.startswith("mean of a ")
    assert " and b " in parent
    assert str(tmp_path) not in (tmp_path / "mean" / "model.json").read_text()


@pytest.mark.parametrize("others", [[], ["wider"]])
def test_what_has_no_mean_is_refused(
    tmp_path: Path, others: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    saved(tmp_path / "a", 10)
    saved(tmp_path / "wider", 10, network=NetworkConfig(filters=(4, 4), patch_shape=(8, 8, 8)))
    words = ["average", str(tmp_path / "a"), *(str(tmp_path / name) for name in others)]
    assert main([*words, "-o", str(tmp_path / "mean"), "--name", "mean"]) == 2
    assert capsys.readouterr().err.startswith("vertseg-train: ")
    assert not (tmp_path / "mean").exists()
