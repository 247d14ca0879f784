"""Keys, bound per viewer and layer: napari takes none from a manifest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .deeds import TableDeeds
from .marks import Role, mark_of
from .napari_keys import ON_LABELS, ON_VIEWER, spelled
from .session import Session
from .settings import Key, Settings


class KeyBindings:
    """Binds the keys of a session on its viewer, and on layers of vertebrae as they come."""

    def __init__(self, session: Session) -> None:
        self._settings = session.settings
        self._deeds = TableDeeds(session).by_key()

    def follow(self, viewer: Any) -> None:
        """Bind what there is, and what will come."""
        bind(viewer, ON_VIEWER, self._settings, self._deeds)
        for layer in viewer.layers:
            self._bind_layer(layer)
        viewer.layers.events.inserted.connect(self._on_inserted)

    def _on_inserted(self, event: Any) -> None:
        self._bind_layer(event.value)

    def _bind_layer(self, layer: Any) -> None:
        mark = mark_of(layer)
        if mark is not None and mark.role is Role.VERTEBRAE:
            bind(layer, ON_LABELS, self._settings, self._deeds)


def bind(
    target: Any, keys: tuple[Key, ...], settings: Settings, deeds: dict[Key, Callable[[], None]]
) -> None:
    """Bind keys on one viewer or layer; its class, and so all others, stay as they are."""
    for key in keys:
        name = settings.key_of(key)
        if name and spelled(name):
            target.bind_key(name, _pressed(deeds[key]), overwrite=True)


def _pressed(deed: Callable[[], None]) -> Callable[[Any], None]:
    def pressed(target: Any) -> None:
        deed()

    return pressed
