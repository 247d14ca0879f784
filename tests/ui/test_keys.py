"""Shortcuts: bound per viewer, rebindable, and none of them taken from napari."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.ui.napari_keys import ON_LABELS, ON_VIEWER
from napari_vertseg.ui.settings import (
    DEFAULT_KEYS,
    Key,
    Settings,
    load_settings,
    save_settings,
)


@pytest.fixture
def taken() -> dict[str, set[Any]]:
    """Keys of napari by the class they act on: its own table, its layers' keymaps, its menus."""
    napari = pytest.importorskip("napari")
    from app_model.types import KeyBinding
    from napari._qt._qapp_model.qactions import _file, _help, _view
    from napari.utils.action_manager import action_manager
    from napari.utils.key_bindings import coerce_keybinding
    from napari.utils.shortcuts import default_shortcuts

    found: dict[str, set[Any]] = {}
    for command, keys in default_shortcuts.items():
        provider = action_manager._actions[command].keymapprovider.__name__
        found.setdefault(provider, set()).update(coerce_keybinding(key) for key in keys)
    for name in found:
        kind = getattr(napari.layers, name, None) or napari.Viewer
        found[name] |= {coerce_keybinding(key) for key in kind.class_keymap}
    menus = [*_file.Q_FILE_ACTIONS, *_help.Q_HELP_ACTIONS, *_view.Q_VIEW_ACTIONS]
    rules = [rule for action in menus for rule in action.keybindings or []]
    found["menus"] = {KeyBinding.from_int(rule.primary) for rule in rules if rule.primary}
    return found


def test_no_key_is_taken_by_napari_where_ours_act(taken: dict[str, set[Any]]) -> None:
    from napari.utils.key_bindings import coerce_keybinding

    on_viewer = {coerce_keybinding(DEFAULT_KEYS[key.value]) for key in ON_VIEWER}
    on_labels = {coerce_keybinding(DEFAULT_KEYS[key.value]) for key in ON_LABELS}

    # A layer's own keys win over the viewer's, so ours there must be free in every layer.
    for where, keys in taken.items():
        assert not on_viewer & keys, where
    for where in ("Labels", "ViewerModel", "menus"):
        assert taken[where]
        assert not on_labels & taken[where], where


def test_every_key_has_one_deed_and_no_two_share_a_key() -> None:
    assert set(DEFAULT_KEYS) == {key.value for key in Key}
    assert len(set(DEFAULT_KEYS.values())) == len(DEFAULT_KEYS)


def test_keys_are_bound_on_one_viewer_only() -> None:
    components = pytest.importorskip("napari").components
    from napari_vertseg.ui.bindings import KeyBindings
    from napari_vertseg.ui.session import Session

    from .conftest import start_at_once

    first, second = components.ViewerModel(), components.ViewerModel()
    before = len(second.keymap)
    KeyBindings(Session(first, start=start_at_once)).follow(first)

    assert len(first.keymap) == before + 4
    assert len(second.keymap) == before


def test_a_key_can_be_bound_anew_or_to_nothing(settings_file: Path) -> None:
    save_settings(Settings(keys={Key.NEXT.value: "J", Key.LOCK.value: ""}))
    settings = load_settings()

    assert settings.key_of(Key.NEXT) == "J"
    assert settings.key_of(Key.LOCK) == ""
    assert settings.key_of(Key.FLAG) == "G"
    assert json.loads(settings_file.read_text())["schema"] == 1


def test_settings_that_cannot_be_read_are_the_defaults(settings_file: Path) -> None:
    settings_file.parent.mkdir()
    settings_file.write_text('{"schema": 1, "kyes": {}}')

    assert load_settings() == Settings()


def test_the_dialog_refuses_one_key_for_two_deeds(qtbot: Any) -> None:
    from qtpy.QtGui import QKeySequence

    from napari_vertseg.ui.key_dialog import KeyDialog

    dialog = KeyDialog(Settings())
    qtbot.addWidget(dialog)
    accepted: list[int] = []
    dialog.accepted.connect(lambda: accepted.append(1))
    dialog.fields[Key.NEXT].setKeySequence(QKeySequence("U"))
    dialog._accept_if_sound()
    assert not accepted
    assert "U is there twice" in dialog.fault.text()

    dialog.fields[Key.SUSPICIOUS].setKeySequence(QKeySequence("Shift+J"))
    dialog._accept_if_sound()
    assert accepted
    assert dialog.chosen().keys == {Key.NEXT.value: "U", Key.SUSPICIOUS.value: "Shift-J"}


def test_the_page_about_the_viewer_names_every_key() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "viewer.md"
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", page.read_text(encoding="utf-8"), re.M)
    named = {does.strip(): key for key, does in rows}

    assert {does: key for does, key in DEFAULT_KEYS.items() if named.get(does) != key} == {}
