"""A published model says what it was trained on and how it walked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from napari_vertseg.network.model import load_model
from napari_vertseg.training import TrainingConfig
from vertseg_trainer.__main__ import main
from vertseg_trainer.run_folder import RunFolder
from vertseg_trainer.validate import candidate_card


def _trained(start: Callable[..., list[str]], tmp_path: Path, **changes: object) -> RunFolder:
    assert main([*start("run", **changes), "--loaders", "0", "--device", "cpu"]) == 0
    return RunFolder(tmp_path / "run")


def test_the_card_names_data_steps_and_scores(
    start: Callable[..., list[str]], tmp_path: Path
) -> None:
    folder = _trained(start, tmp_path, steps=2, validate_every=2, validation_phantoms=1)
    assert main(["publish", str(folder.path), "-o", str(tmp_path / "out"), "--name", "first"]) == 0
    card = load_model(tmp_path / "out").card
    assert card.name == "first"
    assert card.provenance.steps == 2
    assert {source.name for source in card.provenance.data} == {"labels_only", "scan"}
    assert all(len(source.sha256) == 64 for source in card.provenance.data)
    assert "phantom0/dice" in card.provenance.scores
    assert str(tmp_path) not in (tmp_path / "out" / "model.json").read_text()


def test_a_first_model_is_kept_however_bad_it_is(
    start: Callable[..., list[str]], tmp_path: Path
) -> None:
    folder = _trained(start, tmp_path, steps=2, validate_every=2, validation_phantoms=1)
    assert load_model(folder.best).card.provenance.scores["score"] <= 0.5
    assert load_model(folder.latest).card.provenance.steps == 2


def test_nothing_validated_is_nothing_to_publish(
    start: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _trained(start, tmp_path, steps=2)
    assert main(["publish", str(folder.path), "-o", str(tmp_path / "out"), "--name", "a"]) == 2
    assert "no validated weights" in capsys.readouterr().err


def test_a_published_model_is_not_overwritten(
    start: Callable[..., list[str]], tmp_path: Path
) -> None:
    folder = _trained(start, tmp_path, steps=2, validate_every=2, validation_phantoms=1)
    words = ["publish", str(folder.path), "-o", str(tmp_path / "out"), "--name", "a"]
    assert main(words) == 0
    before = (tmp_path / "out" / "model.json").read_bytes()
    assert main(words) == 2
    assert (tmp_path / "out" / "model.json").read_bytes() == before


def test_a_network_goes_the_way_back_of_its_preset() -> None:
    """The paper's masks go back by nearest neighbour and lose their dark surface (P14, P15)."""
    paper = candidate_card(TrainingConfig(preset="paper"), 1)
    small = candidate_card(TrainingConfig(preset="small"), 1)

    assert (paper.resampling, paper.refine_below_hu) == ("nearest", 200.0)
    assert (small.resampling, small.refine_below_hu) == ("probability", None)
