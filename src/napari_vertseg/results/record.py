"""The record beside the labels (``…_vertebrae.json``): one entry per vertebra, and its origin."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Literal

from .. import __version__
from ..errors import CaseIncomplete
from ..segmentation import Direction
from ..strict_json import STRICT, MalformedJson, read_json
from ..traversal import TraversalConfig

NOTICE: Final = "Research use only, not a medical device"
LEGEND: Final = "1 = topmost"

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class VertebraRecord:
    """One vertebra."""

    __pydantic_config__: ClassVar = STRICT
    number: int
    """Its value in the label file."""
    level: str | None
    """Anatomical level, where known."""
    completeness: float
    """P(completely visible)."""
    is_complete: bool
    exported: bool
    """Whether the label file holds it: incomplete ones only with ``--keep-incomplete``."""
    confidence: float
    """Mean probability inside the mask × Dice of the last two evaluations."""
    entropy: float
    """Mean binary entropy (bits) of the probability over the mask's bounding box."""
    last_overlap: float
    """Dice of the last two evaluations."""
    steps: int
    """Evaluations of the network spent on it."""
    direction: Direction
    """Which way the walk went when it found it."""
    volume_mm3: float
    mean_hu: float | None
    """Mean CT value inside the mask."""
    centroid_mm: Triple
    """RAS millimetres."""
    centroid_voxel: Triple
    """(z, y, x) on ``grid``, as ``--start`` takes it."""
    components: int
    """Pieces that do not touch; 1 for a healthy mask."""
    touches_border: bool
    """It reaches a face of the scan."""
    is_cut_by_patch: bool
    """It met a face of the network's patch inside the scan."""
    is_refined: bool | None
    """Dark voxels were taken from its surface; None where the model does not ask for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """Which weights."""

    __pydantic_config__: ClassVar = STRICT
    name: str
    weights_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRecord:
    """Which scan; neither patient nor path."""

    __pydantic_config__: ClassVar = STRICT
    name: str
    voxels_sha256: str
    """Of the canonical voxels (``recording.scan_sha256``): the same however it is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRecord:
    """Canonical grid of the scan, whatever the axis order of its file."""

    __pydantic_config__: ClassVar = STRICT
    shape: tuple[int, int, int]
    """(z, y, x) = (superior → inferior, anterior → posterior, right → left)."""
    spacing_mm: Triple
    """(z, y, x)."""
    affine: tuple[tuple[float, ...], ...]
    """(4, 4): (z, y, x) voxel → RAS millimetres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsRecord:
    """With what settings."""

    __pydantic_config__: ClassVar = STRICT
    traversal: TraversalConfig
    resampling: Literal["probability", "nearest"]
    refine_below_hu: float | None
    keep_incomplete: bool
    start: tuple[int, int, int] | None
    """(z, y, x) voxel of ``grid`` where the walk began."""
    both: bool
    """From there both ways."""
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkRecord:
    """What the walk took."""

    __pydantic_config__: ClassVar = STRICT
    steps: int
    """Evaluations of the network."""
    seconds: float
    """Without reading, resampling and writing."""
    end: str
    """Why it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRecord:
    """Everything that is known about a result."""

    __pydantic_config__: ClassVar = STRICT
    schema: Literal[1] = 1
    kind: Literal["napari-vertseg result"] = "napari-vertseg result"
    notice: str = NOTICE
    legend: str = LEGEND
    program: str
    model: ModelRecord
    scan: ScanRecord
    grid: GridRecord
    settings: SettingsRecord
    walk: WalkRecord
    remarks: tuple[str, ...]
    """Sentences about what deserves a look."""
    vertebrae: tuple[VertebraRecord, ...]
    """Head to foot."""


def program() -> str:
    """Name and version, for records."""
    return f"napari-vertseg {__version__}"


def read_record(path: str | os.PathLike[str]) -> ResultRecord:
    """Read a record again.

    Raises
    ------
    CaseIncomplete
        Not there, no record of a result, or one of another version.
    """
    source = Path(path)
    try:
        return read_json(ResultRecord, source)
    except (MalformedJson, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise CaseIncomplete(
            f"{source.name} is no record of a result that can be used ({reason}); "
            "segment the scan again."
        ) from None
