"""A hand with napari's brush on a labels layer."""

from __future__ import annotations

from typing import Any


def paint(layer: Any, place: tuple[int, ...], label: int, size: int = 4) -> None:
    layer.selected_label = label
    layer.brush_size = size
    layer.paint(place, label)


def drag(layer: Any, places: list[tuple[int, ...]], label: int) -> None:
    """As with the mouse: several dabs, told at the end."""
    layer.selected_label = label
    with layer.block_history():
        for place in places:
            layer.paint(place, label, refresh=False)
        layer._partial_labels_refresh()


def press(layer: Any, name: str) -> None:
    """The key of undo or redo, as it is bound on this layer."""
    (key,) = (k for k, deed in type(layer).class_keymap.items() if deed.__name__ == name)
    layer.keymap[key](layer)
