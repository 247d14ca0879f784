"""A model travels as one file; a hostile file is refused and leaves nothing."""

from __future__ import annotations

import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.errors import ModelIncompatible, OutputRefused
from napari_vertseg.network.model import load_card, weights_sha256
from napari_vertseg.rounds import archive
from napari_vertseg.rounds.archive import export_model, import_model

MakeModel = Callable[..., Path]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def packed(tmp_path: Path, model_folder: MakeModel) -> Callable[..., Path]:
    """A zip of the entries of a sound model, with changes; None leaves an entry out."""
    sound = model_folder("sound")
    contents = {p.name: p.read_bytes() for p in sound.iterdir()}

    def _packed(changes: dict[str, bytes | None] | None = None) -> Path:
        target = tmp_path / "hostile.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in (contents | (changes or {})).items():
                if content is not None:
                    file.writestr(name, content)
        return target

    return _packed


def assert_refused(source: Path, models: Path, words: str) -> None:
    """It is refused in these words, and nothing is left anywhere."""
    before = sorted(p for p in models.parent.rglob("*") if p != models)
    with pytest.raises(ModelIncompatible, match=words):
        import_model(source, models)
    assert sorted(p for p in models.parent.rglob("*") if p != models) == before


def card_with(packed: Path, **network: Any) -> bytes:
    with zipfile.ZipFile(packed) as file:
        card = json.loads(file.read("model.json"))
    card["network"] |= network
    return json.dumps(card).encode()


def test_what_was_exported_is_imported_whole(
    tmp_path: Path, models: Path, model_folder: MakeModel
) -> None:
    made = model_folder("mine")
    file = export_model(made, tmp_path / "mine.zip")

    folder = import_model(file, models)

    assert folder == models / "mine"
    assert load_card(folder) == load_card(made)
    assert weights_sha256(folder) == weights_sha256(made)
    assert sorted(p.name for p in models.iterdir()) == ["mine"]


def test_an_imported_model_can_take_another_name(
    tmp_path: Path, models: Path, model_folder: MakeModel
) -> None:
    file = export_model(model_folder("mine"), tmp_path / "mine.zip")

    folder = import_model(file, models, "theirs")

    assert load_card(folder).name == folder.name == "theirs"
    assert weights_sha256(folder) == weights_sha256(tmp_path / "made" / "mine")


def test_a_model_that_is_there_is_not_replaced(
    tmp_path: Path, models: Path, model_folder: MakeModel
) -> None:
    import_model(export_model(model_folder("mine"), tmp_path / "a.zip"), models)
    before = weights_sha256(models / "mine")
    other = export_model(model_folder("other", seed=2), tmp_path / "b.zip")

    with pytest.raises(OutputRefused, match="import this one under another name"):
        import_model(other, models, "mine")

    assert weights_sha256(models / "mine") == before


@pytest.mark.parametrize("name", ["../mine", "a/b", "..", "", "x" * 65, "C:mine", ".hidden"])
def test_a_name_that_leads_elsewhere_is_refused(
    tmp_path: Path, models: Path, model_folder: MakeModel, name: str
) -> None:
    file = export_model(model_folder("mine"), tmp_path / "mine.zip")

    with pytest.raises((OutputRefused, ModelIncompatible)):
        import_model(file, models, name or "..")


@pytest.mark.parametrize(
    "entry", ["../evil", "/etc/evil", "sub/model.json", "code.py", "weights.pt", "model.json "]
)
def test_an_entry_that_is_not_one_of_the_two_files_is_refused(
    packed: Callable[..., Path], models: Path, entry: str
) -> None:
    assert_refused(packed({entry: b"x"}), models, "and nothing else")


def test_a_file_without_weights_is_refused(packed: Callable[..., Path], models: Path) -> None:
    assert_refused(packed({"weights.safetensors": None}), models, "and nothing else")


def test_an_entry_twice_is_refused(packed: Callable[..., Path], models: Path) -> None:
    source = packed()
    with (
        zipfile.ZipFile(source, "a") as file,
        pytest.warns(UserWarning, match="Duplicate name"),
    ):
        file.writestr("model.json", b"{}")

    assert_refused(source, models, "and nothing else")


def test_a_link_is_refused(packed: Callable[..., Path], models: Path) -> None:
    source = packed({"model.json": None})
    link = zipfile.ZipInfo("model.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(source, "a") as file:
        file.writestr(link, "/etc/passwd")

    assert_refused(source, models, "is no plain file")


def test_a_bomb_is_refused_by_what_it_says(
    packed: Callable[..., Path], models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(archive._LARGEST, "weights.safetensors", 2 << 20)

    assert_refused(packed({"weights.safetensors": bytes(3 << 20)}), models, "larger than 2 MB")


def test_a_bomb_that_lies_about_its_size_is_refused(
    packed: Callable[..., Path], models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sizes in the archive's directory say 1 byte; what comes out is 3 MB."""
    monkeypatch.setitem(archive._LARGEST, "weights.safetensors", 2 << 20)
    source = packed({"weights.safetensors": bytes(3 << 20)})
    honest = struct.pack("<I", 3 << 20)
    lying = source.read_bytes().replace(honest, struct.pack("<I", 1))
    source.write_bytes(lying)

    assert_refused(source, models, r"larger than 2 MB|damaged")


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ({"filters": [4, 100_000]}, "asks for 100000 filters"),
        ({"filters": [4] * 9}, "asks for 9 levels|not divisible"),
        ({"filters": [512, 512]}, "of different models"),
        ({"patch_shape": [4096, 16, 16]}, "4096 voxels along a side"),
        ({"filters": [4, -1]}, "must be positive"),
    ],
)
def test_a_card_out_of_all_proportion_is_refused_before_it_is_built(
    packed: Callable[..., Path], models: Path, network: dict[str, Any], words: str
) -> None:
    card = card_with(packed(), **network)

    assert_refused(packed({"model.json": card}), models, words)


def test_an_unknown_key_of_the_card_is_named(packed: Callable[..., Path], models: Path) -> None:
    card = card_with(packed(), execute="rm")

    assert_refused(packed({"model.json": card}), models, "execute: unknown key")


def test_a_pickle_in_place_of_the_weights_is_never_opened(
    packed: Callable[..., Path], models: Path, tmp_path: Path
) -> None:
    evil = b"cos\nsystem\n(S'touch " + str(tmp_path / "ran").encode() + b"'\ntR."

    assert_refused(packed({"weights.safetensors": evil}), models, "needs .* bytes of weights")
    assert not (tmp_path / "ran").exists()


def test_a_file_that_is_no_archive_is_named(tmp_path: Path, models: Path) -> None:
    (tmp_path / "letter.zip").write_text("Dear colleague")

    assert_refused(tmp_path / "letter.zip", models, "letter.zip is no model file")


def test_a_damaged_archive_leaves_nothing(packed: Callable[..., Path], models: Path) -> None:
    source = packed()
    content = bytearray(source.read_bytes())
    content[len(content) // 3] ^= 0xFF
    source.write_bytes(bytes(content))

    assert_refused(source, models, r"it is damaged|cannot be used")


@pytest.mark.parametrize("name", ["starter", "Starter", "active"])
def test_a_name_that_means_another_model_already_is_refused(
    tmp_path: Path, model_folder: MakeModel, models: Path, name: str
) -> None:
    """A project's own "starter" would be used in place of the shipped one, promoted by nobody."""
    file = export_model(model_folder("mine"), tmp_path / "mine.zip")

    with pytest.raises(OutputRefused, match="another name"):
        import_model(file, models, name)
    assert list(models.glob("*")) == []


@pytest.mark.parametrize("spacing", [1e-4, 500.0])
def test_a_grid_that_no_memory_holds_is_refused(
    packed: Callable[..., Path], models: Path, spacing: float
) -> None:
    with zipfile.ZipFile(packed()) as file:
        card = json.loads(file.read("model.json")) | {"spacing_mm": spacing}
    changed = packed({"model.json": json.dumps(card).encode()})
    assert_refused(changed, models, "voxels of")


def test_a_card_nested_without_end_is_refused(packed: Callable[..., Path], models: Path) -> None:
    assert_refused(packed({"model.json": b"[" * 100_000}), models, "hostile.zip")


def test_a_way_of_packing_that_needs_more_than_zip_is_refused(
    tmp_path: Path, packed: Callable[..., Path], models: Path
) -> None:
    with zipfile.ZipFile(packed()) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(tmp_path / "hostile.zip", "w", zipfile.ZIP_LZMA) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    assert_refused(tmp_path / "hostile.zip", models, "packed in a way")
