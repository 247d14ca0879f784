"""What the tools show in the viewer: the preview on its box, and the points that were set."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from ..editing import Proposal
from .chain import Chain
from .colours import Rgba, colormap_of, rgba
from .layers import SpineLayers
from .marks import Mark, Role, find, marked
from .scan_layer import placed

_TAKEN: Final = 65_535
"""Value in the preview where a voxel becomes background."""
_RED: Final[Rgba] = (0.84, 0.37, 0.0, 1.0)
_NEW: Final[Rgba] = (1.0, 1.0, 1.0, 1.0)
_POINT_MM: Final = 3.0


class CorrectLayers:
    """Temporary layers of one scan; a deleted one is made again."""

    def __init__(self, spine: SpineLayers) -> None:
        self._spine = spine

    def show_preview(self, proposal: Proposal, chain: Chain) -> None:
        """Show what would change, and nothing else."""
        self.hide_preview()
        changed = proposal.before != proposal.after
        wished = proposal.after.astype(np.uint16)
        shown = np.where(changed, np.where(wished == 0, _TAKEN, wished), 0).astype(np.uint16)
        spacing = self._spine.scan.grid.spacing_mm
        layer = self._spine.viewer.add_labels(
            shown,
            **self._settings(Role.PREVIEW, "preview"),
            **placed(self._spine.scan.grid),
            translate=[s.start * mm for s, mm in zip(proposal.slices, spacing, strict=True)],
            opacity=0.9,
        )
        colours = {r.id: rgba(r.colour, is_complete=True) for r in chain}
        ids = {int(v) for v in np.unique(shown)} - {0, _TAKEN}
        table = [(v, _bright(colours[v]) if v in colours else _NEW) for v in ids]
        layer.colormap = colormap_of([*table, (_TAKEN, _RED)])
        layer.editable = False
        self._activate_vertebrae()

    def hide_preview(self) -> None:
        """Take the preview away."""
        self._remove(Role.PREVIEW)

    def show_points(self, voxels: ArrayLike) -> None:
        """Show points, in voxels of the scan; none takes them away."""
        self._show(Role.SEEDS, "points", voxels, "#f0e442", _POINT_MM)

    def show_wire(self, voxels: ArrayLike) -> None:
        """Show the line of the live wire, voxel by voxel."""
        self._show(Role.WIRE, "live wire", voxels, "#56b4e9", 1.0)

    def clear(self) -> None:
        """Take all of them away."""
        for role in (Role.PREVIEW, Role.SEEDS, Role.WIRE):
            self._remove(role)

    def _show(self, role: Role, title: str, voxels: ArrayLike, colour: str, mm: float) -> None:
        points = np.asarray(voxels, dtype=np.float64).reshape(-1, 3)
        layer = self._layer(role)
        if not len(points):
            self._remove(role)
        elif layer is not None:
            layer.data = points
            layer.selected_data = set()
        else:
            spacing = self._spine.scan.grid.spacing_mm
            layer = self._spine.viewer.add_points(
                points,
                **self._settings(role, title),
                **placed(self._spine.scan.grid),
                size=mm / float(np.mean(spacing)) if role is Role.SEEDS else 1.5,
                face_color=colour,
                border_width=0,
            )
            self._activate_vertebrae()

    def _layer(self, role: Role) -> Any | None:
        return find(self._spine.viewer.layers, role, self._spine.scan_id)

    def _remove(self, role: Role) -> None:
        layer = self._layer(role)
        if layer is not None:
            self._spine.viewer.layers.remove(layer)

    def _settings(self, role: Role, title: str) -> dict[str, Any]:
        mark = Mark(role, self._spine.scan_id)
        return {"name": f"{self._spine.scan.name} {title}", "metadata": marked(mark)}

    def _activate_vertebrae(self) -> None:
        """A new layer becomes the active one: keys and brush would go there."""
        layer = self._layer(Role.VERTEBRAE)
        if layer is not None:
            self._spine.viewer.layers.selection.active = layer


def _bright(colour: Rgba) -> Rgba:
    """Halfway to white, to be told from the vertebra itself."""
    red, green, blue, alpha = colour
    return (red + 1) / 2, (green + 1) / 2, (blue + 1) / 2, alpha
