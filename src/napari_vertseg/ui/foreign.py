"""Image layers of other readers as scans: their geometry is asked for, not guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanUnreadable
from ..io.checks import check_volume, spacing_warnings, volume_shape
from ..io.ct_values import check_ct_values
from ..io.stored import StoredVolume
from ..volume import Grid, Orientation, Scan, Zyx, floor_hu

CODES: Final = {
    "IPL": "head → feet, front → back, right → left (ours)",
    "SPL": "feet → head, front → back, right → left",
    "SAR": "feet → head, back → front, left → right",
    "IAR": "head → feet, back → front, left → right",
    "LPS": "x, y, z as in DICOM and ITK",
    "RAS": "x, y, z as in NIfTI",
}
"""Towards which side the three axes of the viewer's world run, and what that means."""

UNITS_MM: Final = {"millimetre": 1.0, "centimetre": 10.0, "metre": 1000.0, "micrometre": 0.001}
_RAS: Final = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignGeometry:
    """What a layer does not say of itself."""

    unit: str = "millimetre"
    """Of the layer's scale."""
    axes: str = "IPL"
    """Where the viewer's last three axes run: one of ``CODES``, or any such triple."""


def known_unit(layer: Any) -> str | None:
    """The unit of a layer where it states one for its last three axes; None for pixels."""
    names = {str(unit).rstrip("s").replace("meter", "metre") for unit in layer.units[-3:]}
    return names.pop() if len(names) == 1 and names <= set(UNITS_MM) else None


def check_layer(layer: Any) -> None:
    """Refuse what is no volume, before anybody is asked anything.

    Raises
    ------
    ScanUnreadable
        Colours, or not three axes.
    """
    if getattr(layer, "rgb", False):
        raise ScanUnreadable(
            f"The layer {layer.name} holds colours, not CT values; open the CT itself."
        )
    volume_shape(f"The layer {layer.name}", _volume(layer).shape)


def to_scan(layer: Any, geometry: ForeignGeometry) -> Scan:
    """A scan of an image layer; reads all its voxels, so call it beside the window.

    Turned and mirrored layers are taken as they lie: voxels are never
    interpolated, so an oblique layer becomes an oblique scan, shown upright in
    its own axes, and masks are saved on its own grid.

    Raises
    ------
    ScanUnreadable
        No volume, sheared, implausible spacing, or no CT values.
    """
    check_layer(layer)
    name = f"The layer {layer.name}"
    voxels = np.asarray(_volume(layer))
    affine = world_to_ras(geometry) @ data_to_world(layer)
    check_volume(name, StoredVolume(voxels, affine))
    check_ct_values(name, voxels)
    orientation = Orientation.of(affine)
    stored = Grid(Zyx(*voxels.shape), affine)
    return Scan(
        voxels=np.ascontiguousarray(floor_hu(orientation.apply(voxels))),
        grid=orientation.apply_to_grid(stored),
        stored_grid=stored,
        orientation=orientation,
        name=layer.name,
        warnings=spacing_warnings(name, stored.spacing_mm),
    )


def world_to_ras(geometry: ForeignGeometry) -> NDArray[np.float64]:
    """(4, 4): the viewer's last three axes → RAS millimetres.

    Raises
    ------
    ScanUnreadable
        The three letters name no three directions.
    """
    matrix = np.zeros((4, 4))
    matrix[3, 3] = 1.0
    for axis, letter in enumerate(geometry.axes):
        row, sign = _RAS.get(letter, (0, 0))
        matrix[row, axis] = sign * UNITS_MM[geometry.unit]
    if len(geometry.axes) != 3 or np.linalg.matrix_rank(matrix) < 4:
        raise ScanUnreadable(
            f"{geometry.axes!r} does not say where three axes run; give one letter each of "
            "R or L, A or P, S or I, such as IPL."
        )
    return matrix


def _volume(layer: Any) -> Any:
    """The finest level, without leading axes of one, which viewers add for time or channel."""
    data = layer.data[0] if getattr(layer, "multiscale", False) else layer.data
    while data.ndim > 3 and data.shape[0] == 1:
        data = data[0]
    return data


def data_to_world(layer: Any) -> NDArray[np.float64]:
    """(4, 4) of the last three axes, from four points: whatever transforms the layer has."""
    ndim = layer.ndim
    origin = np.array(layer.data_to_world(np.zeros(ndim)))[-3:]
    matrix = np.eye(4)
    matrix[:3, 3] = origin
    for axis in range(3):
        point = np.zeros(ndim)
        point[ndim - 3 + axis] = 1.0
        matrix[:3, axis] = np.array(layer.data_to_world(point))[-3:] - origin
    return matrix
