"""``vertseg models`` shows every shipped card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.cli import main
from napari_vertseg.network.model import ModelCard, load_card
from napari_vertseg.strict_json import from_jsonable


@pytest.fixture
def shipped(model: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tests' model as if it were in the wheel."""
    folder: Path = model.folder
    monkeypatch.setattr("napari_vertseg.network.model.SHIPPED", folder.parent)
    return folder


def test_a_card_is_shown_for_reading(shipped: Path, capsys: Any) -> None:
    assert main(["models"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "tiny"
    rows = dict(line.strip().split(maxsplit=1) for line in lines[1:])
    assert rows["grid"] == "4 mm, patches of 24 × 24 × 24 voxels"
    assert rows["trained"] == "7 steps"
    assert rows["scores"] == "verse/dice 0.5"
    assert rows["licence"] == "CC-BY-SA-4.0"


def test_json_is_the_whole_card(shipped: Path, capsys: Any) -> None:
    assert main(["models", "--json"]) == 0

    (card,) = json.loads(capsys.readouterr().out)
    assert from_jsonable(ModelCard, card) == load_card(shipped)


def test_without_models_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("napari_vertseg.network.model.SHIPPED", tmp_path)

    assert main(["models"]) == 0
    assert "ships no model" in capsys.readouterr().out
    assert main(["models", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
