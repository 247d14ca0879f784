"""Whoever binds a key anew is told where napari has it, and no key is lost in the spelling."""

from __future__ import annotations

from typing import Any

import pytest

from napari_vertseg.ui.napari_keys import (
    LABELS,
    MENUS,
    ON_LABELS,
    ON_VIEWER,
    VIEWER,
    Taken,
    clashes,
    spelled,
    taken_by_napari,
)
from napari_vertseg.ui.settings import DEFAULT_KEYS, Key, Settings


def told(key: Key, where: str) -> list[str]:
    return clashes({key: "J"}, [Taken("J", where, "Jump about")])


@pytest.mark.parametrize("where", [LABELS, VIEWER, MENUS])
@pytest.mark.parametrize("key", Key)
def test_a_key_of_napari_is_told_with_what_napari_does(key: Key, where: str) -> None:
    (sentence,) = told(key, where)

    assert "J is napari's own key" in sentence
    assert "Jump about" in sentence
    assert key.value in sentence


def test_who_gets_the_key_is_said() -> None:
    assert "“flag” takes its place" in told(Key.FLAG, LABELS)[0]
    assert "“next vertebra” takes its place" in told(Key.NEXT, VIEWER)[0]
    assert "on a Points layer: while one is active, napari's acts" in told(Key.NEXT, "Points")[0]
    assert "“flag” never does" in told(Key.FLAG, MENUS)[0]


def test_keys_that_cannot_meet_are_no_clash() -> None:
    # Ours on the layer of vertebrae, napari's on a layer of points: one is active at a time.
    assert told(Key.ACCEPT, "Points") == []
    assert clashes({Key.NEXT: "N", Key.LOCK: ""}, [Taken("J", VIEWER, "Jump about")]) == []
    assert clashes({Key.LOCK: ""}, [Taken("", VIEWER, "a key that napari cannot name")]) == []


def test_the_same_is_told_once() -> None:
    twice = [Taken("J", VIEWER, "Jump about")] * 2

    assert len(clashes({Key.NEXT: "J"}, twice)) == 1


@pytest.fixture
def own_table() -> dict[str, str]:
    """napari's own table of shortcuts: key by key, the class of what it acts on."""
    pytest.importorskip("napari")
    from napari.utils.action_manager import action_manager
    from napari.utils.shortcuts import default_shortcuts

    return {
        f"{spelled(key)} {action_manager._actions[name].keymapprovider.__name__}": name
        for name, keys in default_shortcuts.items()
        for key in keys
    }


def test_every_key_of_naparis_own_table_is_told(own_table: dict[str, str]) -> None:
    taken = taken_by_napari()
    silent = []
    for place in own_table:
        key, where = place.split(" ")
        deeds = ON_VIEWER if where not in (LABELS, VIEWER) else (*ON_VIEWER, *ON_LABELS)
        silent += [(key, where, deed) for deed in deeds if not clashes({deed: key}, taken)]

    assert len(own_table) > 50
    assert silent == []


def test_keys_that_stand_in_no_table_are_told_too() -> None:
    pytest.importorskip("napari")

    assert "undo" in clashes({Key.FLAG: "Ctrl-Z"}, taken_by_napari())[0]


def test_the_keys_we_propose_are_nobodys() -> None:
    pytest.importorskip("napari")

    assert clashes({key: DEFAULT_KEYS[key.value] for key in Key}, taken_by_napari()) == []


def test_a_key_that_was_bound_anew_in_naparis_preferences_is_told() -> None:
    pytest.importorskip("napari")
    from napari.settings import get_settings
    from napari.utils.key_bindings import coerce_keybinding

    shortcuts = get_settings().shortcuts
    before = dict(shortcuts.shortcuts)
    try:
        shortcuts.shortcuts = {**before, "napari:reset_view": [coerce_keybinding("J")]}
        (sentence,) = clashes({Key.NEXT: "J"}, taken_by_napari())
    finally:
        shortcuts.shortcuts = before

    assert "eset" in sentence


@pytest.mark.parametrize("name", ["É", "Ctrl-Del", "Media Play"])
def test_a_key_that_napari_cannot_name_is_none(name: str) -> None:
    pytest.importorskip("napari")

    assert spelled(name) == ""


@pytest.fixture
def dialog(qtbot: Any) -> Any:
    from napari_vertseg.ui.key_dialog import KeyDialog

    dialog = KeyDialog(Settings())
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def choose(dialog: Any, key: Key, sequence: str) -> None:
    from qtpy.QtGui import QKeySequence

    dialog.fields[key].setKeySequence(QKeySequence(sequence))


def test_the_form_says_which_action_of_napari_has_the_key(dialog: Any) -> None:
    assert not dialog.notice.isVisible()
    choose(dialog, Key.FLAG, "E")
    assert dialog.notice.isVisible()
    assert "E is napari's own key for “Activate the label eraser”" in dialog.notice.text()

    choose(dialog, Key.FLAG, "J")
    assert not dialog.notice.isVisible()


def test_a_key_that_was_told_of_can_be_taken_all_the_same(dialog: Any) -> None:
    choose(dialog, Key.FLAG, "E")
    dialog._accept_if_sound()

    assert dialog.result() == dialog.DialogCode.Accepted
    assert dialog.chosen().key_of(Key.FLAG) == "E"


@pytest.mark.parametrize(
    ("pressed", "kept"),
    [("Del", "Delete"), ("PgUp", "PageUp"), ("Ctrl+-", "Ctrl--"), ("Return", "Enter"), (",", ",")],
)
def test_a_key_that_qt_spells_otherwise_is_kept_as_napari_spells_it(
    dialog: Any, pressed: str, kept: str
) -> None:
    from qtpy.QtGui import QKeySequence

    from napari_vertseg.ui.qt_keys import sequence_of

    choose(dialog, Key.FLAG, pressed)

    assert dialog.chosen().key_of(Key.FLAG) == kept
    assert spelled(kept) == kept
    same = QKeySequence(pressed).matches(sequence_of(kept))
    assert same == QKeySequence.SequenceMatch.ExactMatch


def test_a_key_that_napari_does_not_know_is_refused(dialog: Any) -> None:
    choose(dialog, Key.FLAG, "É")
    dialog._accept_if_sound()

    assert dialog.result() != dialog.DialogCode.Accepted
    assert "napari does not know the key É" in dialog.fault.text()


def test_a_settings_file_with_a_key_that_nobody_knows_opens_the_window_all_the_same(
    desk: Any,
) -> None:
    from napari_vertseg.ui.bindings import bind

    bind(desk.viewer, (Key.NEXT,), Settings(keys={Key.NEXT.value: "Del"}), {})
    assert not any(str(key) == "" for key in desk.viewer.keymap)
