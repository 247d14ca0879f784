"""Keys that napari itself uses, and what happens where one of ours is the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .settings import Key

ON_VIEWER: Final = (Key.NEXT, Key.PREVIOUS, Key.SUSPICIOUS, Key.PLAY_PAUSE)
ON_LABELS: Final = (Key.ACCEPT, Key.FLAG, Key.LOCK)
"""Only while our layer of vertebrae is active: A selects all in a layer of points."""

MENUS: Final = "menus"
VIEWER: Final = "ViewerModel"
LABELS: Final = "Labels"


@dataclass(frozen=True, slots=True)
class Taken:
    """A key that napari uses."""

    key: str
    """In napari's spelling, as ``spelled`` gives it."""
    where: str
    """Kind of layer that has to be active, ``VIEWER`` for any, or ``MENUS``."""
    action: str
    """What napari calls that which it does."""


def clashes(keys: Mapping[Key, str], taken: Iterable[Taken]) -> list[str]:
    """Sentences about keys that napari uses where ours act, and who gets them.

    Parameters
    ----------
    keys : mapping of Key to str
        The keys chosen, spelled as ``spelled`` gives them; empty for none.
    taken : iterable of Taken
        napari's own.
    """
    known = list(taken)
    found = [(key, one) for key, name in keys.items() for one in known if name and one.key == name]
    told = (_sentence(key, one) for key, one in found if _meets(key, one.where))
    return list(dict.fromkeys(told))


def spelled(key: Any) -> str:
    """A key as napari spells it; empty where napari does not know it.

    Parameters
    ----------
    key : str, int or app_model.types.KeyBinding
    """
    from napari.utils.key_bindings import coerce_keybinding

    binding = str(coerce_keybinding(key))
    # What it does not know leaves nothing, or the modifiers alone: "Ctrl+Del" is "Ctrl+".
    return "" if binding.endswith("+") or not binding.strip() else binding.replace("+", "-")


def taken_by_napari() -> list[Taken]:
    """Keys as they are in force in napari: rebound ones and other plugins' menus included."""
    return [*_of_actions(), *_of_keymaps(), *_of_menus()]


def _meets(key: Key, where: str) -> bool:
    """Whether both can be meant: a layer's own keys count only while it is active."""
    return key in ON_VIEWER or where in (LABELS, VIEWER, MENUS)


def _sentence(key: Key, taken: Taken) -> str:
    own = f"{taken.key} is napari's own key for “{taken.action}”"
    if taken.where == MENUS:
        return f"{own}, in its menus: napari's acts, and “{key.value}” never does."
    if key in ON_LABELS:
        return f"{own}: on the layer of vertebrae “{key.value}” takes its place."
    if taken.where == VIEWER:
        return f"{own}: “{key.value}” takes its place."
    kind = f"{taken.where} layer"
    return f"{own} on a {kind}: while one is active, napari's acts, and “{key.value}” does not."


def _of_actions() -> Iterator[Taken]:
    """Shortcuts of napari's preferences."""
    from napari.settings import get_settings
    from napari.utils.action_manager import action_manager

    for name, keys in get_settings().shortcuts.shortcuts.items():
        action = action_manager._actions.get(name)  # napari has no public way to its words
        if action is not None and action.keymapprovider is not None:
            where, words = action.keymapprovider.__name__, action.description.splitlines()[0]
            yield from (Taken(spelled(key), where, words) for key in keys)


def _of_keymaps() -> Iterator[Taken]:
    """Keys that layers and viewer bind past the preferences, such as Ctrl-Z."""
    import napari

    kinds = [napari.components.ViewerModel, *_kinds_of_layers(napari.layers)]
    for kind in kinds:
        for key, deed in kind.class_keymap.items():
            if (name := getattr(deed, "__name__", "")) and not _is_action(name):
                yield Taken(spelled(key), kind.__name__, name.replace("_", " "))


def _kinds_of_layers(module: Any) -> list[Any]:
    made = (getattr(module, name) for name in module.__all__)
    return [kind for kind in made if hasattr(kind, "class_keymap")]


def _is_action(name: str) -> bool:
    """Whether a deed stands in the preferences, by words a person can read."""
    from napari.utils.action_manager import action_manager

    return f"napari:{name}" in action_manager._actions


def _of_menus() -> Iterator[Taken]:
    """Keys of napari's menus, of Qt: they act before any other."""
    from napari._app_model import get_app_model

    app = get_app_model()
    for rule in app.keybindings:
        yield Taken(spelled(rule.keybinding), MENUS, app.commands[rule.command_id].title)
