"""One layer per vertebra, and back into one layer, without loss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..editing.index import Labels
from ..volume import Slices
from .colours import colormap_of, rgba
from .layers import SpineLayers
from .marks import Mark, Role, find_all, mark_of, marked
from .records import VertebraRecord
from .scan_layer import placed
from .undo_strokes import Stroke

_MARGIN_MM: Final = 15.0
"""Room to paint around a vertebra in a layer of its own."""


def is_split(spine: SpineLayers) -> bool:
    """Whether vertebrae lie in layers of their own now."""
    return bool(find_all(spine.viewer.layers, Role.SINGLE, spine.scan_id))


def split_one(spine: SpineLayers, record: VertebraRecord, title: str) -> None:
    """Show one vertebra in a layer of its own, with room around it."""
    box = _with_margin(record.instance.slices, spine)
    labels = spine.labels[box]
    spacing = spine.scan.grid.spacing_mm
    start = [s.start * mm for s, mm in zip(box, spacing, strict=True)]
    layer = spine.viewer.add_labels(
        np.where(labels == record.id, labels, 0),
        name=title,
        metadata=marked(Mark(Role.SINGLE, spine.scan_id, record.id)),
        translate=start,
        opacity=0.6,
        **placed(spine.scan.grid),
    )
    layer.colormap = colormap_of(
        [(record.id, rgba(record.colour, is_complete=record.instance.is_complete))]
    )
    layer.selected_label = record.id
    spine.listen_to_single(layer)


def hide_joint(spine: SpineLayers) -> None:
    """The layer of all vertebrae would cover those of the single ones."""
    layer = spine.layer(Role.VERTEBRAE)
    if layer is not None:
        layer.visible = False


def join(spine: SpineLayers) -> None:
    """Put all single layers back into the joint one.

    A voxel that two layers claim stays with the one that had it. A vertebra
    whose layer was deleted stays as it was.
    """
    singles = find_all(spine.viewer.layers, Role.SINGLE, spine.scan_id)
    for layer in singles:
        _erase(spine, layer)
    for layer in singles:
        _paint(spine, layer)


def show_joined(spine: SpineLayers) -> Iterator[None]:
    """Take the single layers away, one per step: each takes the window a tenth of a second."""
    joint = spine.layer(Role.VERTEBRAE)
    if joint is not None:
        joint.visible = True
        joint.refresh(extent=False)
    for layer in find_all(spine.viewer.layers, Role.SINGLE, spine.scan_id):
        yield
        if layer in spine.viewer.layers:
            spine.viewer.layers.remove(layer)


def boxes(spine: SpineLayers) -> list[Slices]:
    """Where the single layers lie in the joint labels."""
    singles = find_all(spine.viewer.layers, Role.SINGLE, spine.scan_id)
    return [_box(spine, layer) for layer in singles]


def show_joint(spine: SpineLayers, changed: Iterable[Slices]) -> None:
    """Bring the single layers up to date with boxes of the joint labels."""
    singles = find_all(spine.viewer.layers, Role.SINGLE, spine.scan_id)
    for layer in singles if any(True for _ in changed) else ():
        box, vertebra, _ = _place(spine, layer)
        np.asarray(layer.data)[...] = np.where(box == vertebra, box, 0)
        layer.refresh(extent=False)


def in_joint(spine: SpineLayers, layer: Any, stroke: Stroke) -> Stroke:
    """A stroke in a single layer as it changes the joint labels.

    A voxel that another vertebra has stays with it.
    """
    outer, (_, vertebra, _) = _box(spine, layer), _place(spine, layer)
    z, y, x = (
        slice(o.start + s.start, o.start + s.stop) for o, s in zip(outer, stroke.box, strict=True)
    )
    before = spine.labels[z, y, x].copy()
    after = before.copy()
    after[(stroke.before != 0) & (stroke.after == 0) & (before == vertebra)] = 0
    after[(stroke.before == 0) & (stroke.after != 0) & (before == 0)] = vertebra
    return Stroke((z, y, x), before, after)


def _erase(spine: SpineLayers, layer: Any) -> None:
    """First everywhere what was taken away, so that a neighbour may have it."""
    box, vertebra, part = _place(spine, layer)
    box[(box == vertebra) & ~part] = 0


def _paint(spine: SpineLayers, layer: Any) -> None:
    box, vertebra, part = _place(spine, layer)
    box[part & (box == 0)] = vertebra


def _place(spine: SpineLayers, layer: Any) -> tuple[Labels, int, NDArray[np.bool_]]:
    """Part of the joint labels under a single layer, its vertebra, and where it is painted."""
    mark = mark_of(layer)
    part: NDArray[np.bool_] = np.asarray(layer.data) != 0
    return spine.labels[_box(spine, layer)], (mark.vertebra or 0) if mark else 0, part


def _box(spine: SpineLayers, layer: Any) -> Slices:
    start = np.rint(np.array(layer.translate) / np.array(spine.scan.grid.spacing_mm)).astype(int)
    z, y, x = (slice(int(a), int(a) + n) for a, n in zip(start, layer.data.shape, strict=True))
    return z, y, x


def _with_margin(box: Slices, spine: SpineLayers) -> Slices:
    grid = spine.scan.grid
    z, y, x = (
        slice(max(s.start - int(_MARGIN_MM / mm), 0), min(s.stop + int(_MARGIN_MM / mm), size))
        for s, mm, size in zip(box, grid.spacing_mm, grid.shape, strict=True)
    )
    return z, y, x
