"""The record of one scan and of everything that was said about its vertebrae (``case.json``)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import ClassVar, Literal

import numpy as np

from ..strict_json import STRICT
from ..volume import Grid, Orientation, Zyx
from .files import HistoryEntry, PredictionRecord, VersionRecord
from .states import Role, Status
from .vertebra import CaseVertebra, ReviewedRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which scan: where it lies and how it is recognised."""

    __pydantic_config__: ClassVar = STRICT
    path: str
    """Relative to the project, or to the case's folder where ``is_copied``; with ``/``."""
    is_copied: bool
    file_sha256: str
    bytes: int
    voxels_sha256: str
    """Of the canonical voxels (``volume.scan_sha256``)."""
    stored_shape: tuple[int, int, int]
    """(i, j, k) as the file has them."""
    stored_affine: tuple[tuple[float, ...], ...]
    """(4, 4): (i, j, k) → RAS millimetres."""
    series: str | None = None
    """Number of the DICOM series, where the folder holds several."""
    spacing_mm: tuple[float, float, float] | None = None
    """(z, y, x) of a TIFF stack that does not state it."""

    def __post_init__(self) -> None:
        if PurePosixPath(self.path).is_absolute() or PureWindowsPath(self.path).drive:
            raise ValueError("path must be relative to the project")

    @property
    def stored_grid(self) -> Grid:
        """Grid in the file's axis order."""
        return Grid(Zyx(*self.stored_shape), np.array(self.stored_affine))

    @property
    def orientation(self) -> Orientation:
        """Turns an array in file order to canonical order and back."""
        return Orientation.of(np.array(self.stored_affine))

    @property
    def grid(self) -> Grid:
        """Canonical grid of the scan and of every label array of the case."""
        return self.orientation.apply_to_grid(self.stored_grid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One scan in a project."""

    __pydantic_config__: ClassVar = STRICT
    schema: Literal[1] = 1
    kind: Literal["napari-vertseg case"] = "napari-vertseg case"
    id: str
    name: str
    source: Source
    patient: str
    role: Role
    status: Status = Status.NEW
    reviewed: ReviewedRange | None = None
    vertebrae: tuple[CaseVertebra, ...] = ()
    """Head to foot."""
    next_id: int = 1
    minutes: float = 0.0
    """Of active work on the whole case."""
    predictions: tuple[PredictionRecord, ...] = ()
    versions: tuple[VersionRecord, ...] = ()
    history: tuple[HistoryEntry, ...] = ()

    def __post_init__(self) -> None:
        ids = [v.id for v in self.vertebrae]
        orders = [v.order for v in self.vertebrae]
        if len(set(ids)) < len(ids):
            raise ValueError(f"vertebrae share an id: {ids}")
        if orders != sorted(set(orders)):
            raise ValueError(f"vertebrae must stand head to foot, got the orders {orders}")
        if ids and max(ids) >= self.next_id:
            raise ValueError(f"next_id {self.next_id} is taken by vertebra {max(ids)} already")
        for listed in (self.predictions, self.versions):
            numbers = [record.number for record in listed]
            if numbers != list(range(1, len(numbers) + 1)):
                raise ValueError(f"versions and predictions count from 1, got {numbers}")

    @property
    def prediction(self) -> PredictionRecord | None:
        """The newest prediction."""
        return self.predictions[-1] if self.predictions else None

    @property
    def version(self) -> VersionRecord | None:
        """The newest version."""
        return self.versions[-1] if self.versions else None

    @property
    def submitted(self) -> VersionRecord | None:
        """The newest version that was submitted for training."""
        return next((v for v in reversed(self.versions) if v.is_submitted), None)

    @property
    def base(self) -> str:
        """What the newest labels are called in the journal: what its changes follow upon."""
        if self.versions:
            return f"version {len(self.versions)}"
        return f"prediction {len(self.predictions)}" if self.predictions else "nothing"

    def vertebra(self, vertebra_id: int) -> CaseVertebra | None:
        """One vertebra by its id, None if there is none."""
        return next((v for v in self.vertebrae if v.id == vertebra_id), None)
