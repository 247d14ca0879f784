"""A model folder gives back what was saved, and anything else is refused in one sentence."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from napari_vertseg.errors import ModelIncompatible, OutputRefused
from napari_vertseg.network import model as module
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.model import (
    DataSource,
    Model,
    ModelCard,
    Provenance,
    find_model,
    load_card,
    load_model,
    shipped_models,
    weights_sha256,
)

MakeNetwork = Callable[..., IterativeFcn]


@pytest.fixture
def model(network: MakeNetwork) -> Model:
    made = network()
    card = ModelCard(
        name="ålpha",
        network=made.config,
        spacing_mm=2.0,
        window_hu=(-200.0, 1000.0),
        directions=("up",),
        refine_below_hu=150.0,
        resampling="nearest",
        provenance=Provenance(
            parent="starter 0123",
            steps=7,
            data=(DataSource(name="verse", sha256="ab", licence="CC BY-SA 4.0"),),
            scores={"verse/dice": 0.9},
            limits=("None known.",),
        ),
    )
    return Model(card=card, network=made)


@pytest.fixture
def folder(model: Model, tmp_path: Path) -> Path:
    """A saved model, to be damaged."""
    model.save(tmp_path / "spine")
    return tmp_path / "spine"


def edit_card(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "model.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    change(card)
    path.write_text(json.dumps(card), encoding="utf-8")


def edit_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    path = folder / "weights.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


def refusal(folder: Path) -> str:
    """The sentence with which a folder is refused: short, of one line, naming the model."""
    with pytest.raises(ModelIncompatible) as caught:
        load_model(folder)
    sentence = str(caught.value)
    assert folder.name in sentence
    assert str(folder.parent) not in sentence
    assert "\n" not in sentence
    assert len(sentence) < 400
    return sentence


def test_a_folder_gives_back_card_and_weights(model: Model, folder: Path) -> None:
    loaded = load_model(folder)

    assert loaded.card == model.card
    for name, tensor in model.network.state_dict().items():
        assert torch.equal(loaded.network.state_dict()[name], tensor)
    assert sorted(p.name for p in folder.iterdir()) == ["model.json", "weights.safetensors"]


def test_saving_again_is_refused_and_changes_nothing(model: Model, folder: Path) -> None:
    before = weights_sha256(folder)

    with pytest.raises(OutputRefused, match="already holds a model"):
        model.renamed("other").save(folder)

    assert weights_sha256(folder) == before
    assert load_card(folder).name == "ålpha"


def test_saving_over_a_model_is_possible_when_asked_for(model: Model, folder: Path) -> None:
    model.renamed("other").save(folder, overwrite=True)

    assert load_model(folder).card.name == "other"


def test_saving_where_a_file_lies_is_refused(model: Model, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(OutputRefused, match="taken"):
        model.save(tmp_path / "taken")


def test_the_hash_follows_the_weights_alone(model: Model, folder: Path) -> None:
    same, other = folder.with_name("same"), folder.with_name("other")
    model.renamed("another name").save(same)
    with torch.no_grad():
        next(model.network.parameters()).add_(1.0)
    model.save(other)

    assert weights_sha256(folder) == weights_sha256(same) != weights_sha256(other)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda card: card.update(colour="red"), "colour: unknown key"),
        (lambda card: card["network"].update(depth=3), "network.depth: unknown key"),
        (lambda card: card["provenance"].update(doctor="x"), "provenance.doctor: unknown key"),
        (lambda card: card.pop("spacing_mm"), "spacing_mm: is missing"),
        (lambda card: card.update(schema=2), "schema"),
        (lambda card: card.update(spacing_mm="2"), "spacing_mm"),
        (lambda card: card.update(spacing_mm=-1.0), "no grid or window: -1.0 mm"),
        (lambda card: card.update(window_hu=[5, 5]), "5.0 to 5.0 HU"),
        (lambda card: card.update(completeness_threshold=1.5), "threshold"),
        (lambda card: card["network"].update(patch_shape=[8, 12, 15]), "not divisible"),
        (lambda card: card["network"].update(norm="layer"), "network.norm"),
    ],
)
def test_a_card_that_does_not_fit_is_refused_by_key(
    folder: Path, change: Callable[[dict[str, Any]], object], named: str
) -> None:
    edit_card(folder, change)

    assert named in refusal(folder)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            lambda t: t.update({"voxel_head.bias": torch.zeros(2)}),
            "voxel_head.bias is (2,), the card needs (1,)",
        ),
        (lambda t: t.pop("voxel_head.bias"), "no tensor voxel_head.bias"),
        (
            lambda t: t.update({"level_head.bias": torch.zeros(1)}),
            "unknown tensor level_head.bias",
        ),
        (
            lambda t: t.update({"voxel_head.bias": torch.tensor([float("nan")])}),
            "voxel_head.bias holds values that are not numbers",
        ),
        (
            lambda t: t.update({"voxel_head.bias": torch.tensor([1])}),
            "voxel_head.bias holds whole numbers (int64)",
        ),
        (lambda t: t.clear(), "more)"),
    ],
)
def test_weights_that_do_not_fit_the_card_are_refused_by_name(
    folder: Path, change: Callable[[dict[str, torch.Tensor]], object], named: str
) -> None:
    edit_weights(folder, change)

    assert named in refusal(folder)


def test_weights_of_another_width_are_refused_by_shape(
    folder: Path, network: MakeNetwork, model: Model
) -> None:
    wider = network(filters=(5, 4))
    Model(card=replace(model.card, network=wider.config), network=wider).save(folder / "wider")
    shutil.copy(folder / "wider" / "weights.safetensors", folder)

    assert "(5, 2, 3, 3, 3), the card needs (3, 2, 3, 3, 3)" in refusal(folder)


def test_truncated_weights_are_refused_at_every_length(folder: Path) -> None:
    path = folder / "weights.safetensors"
    whole = path.read_bytes()

    for length in (0, 7, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert "no valid safetensors" in refusal(folder)


def test_a_pickle_is_refused_and_never_run(folder: Path, tmp_path: Path) -> None:
    witness = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (witness,)

    (folder / "weights.safetensors").write_bytes(pickle.dumps(Trap()))
    assert "no valid safetensors" in refusal(folder)
    torch.save({"voxel_head.bias": torch.zeros(1)}, folder / "weights.safetensors")
    assert "no valid safetensors" in refusal(folder)
    assert not witness.exists()


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n", b"[1, 2]", b'"text"', b"{"])
def test_a_foreign_card_is_refused(folder: Path, content: bytes) -> None:
    (folder / "model.json").write_bytes(content)

    assert "model.json" in refusal(folder) or "model card" in refusal(folder)


def test_a_folder_without_its_parts_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "weights.safetensors").unlink()
    assert "has no weights.safetensors" in refusal(folder)
    (folder / "model.json").unlink()
    assert "is not a model: it has no model.json" in refusal(folder)
    assert "is not a model" in refusal(tmp_path / "nowhere")


def test_a_model_is_found_by_the_name_of_a_shipped_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHIPPED", folder.parent)

    assert shipped_models() == [folder]
    assert find_model("spine") == folder


def test_a_model_is_found_by_its_path(folder: Path) -> None:
    assert find_model(folder) == folder
    assert find_model(str(folder)) == folder


@pytest.mark.parametrize("name", ["nothing", "some/where/nothing", r"C:\models\nothing"])
def test_an_unknown_model_is_refused_with_the_names_there_are(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(module, "SHIPPED", folder.parent)

    with pytest.raises(ModelIncompatible) as caught:
        find_model(name)

    assert str(caught.value).startswith("there is no model 'nothing'. Shipped models: spine.")
