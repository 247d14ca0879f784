"""The record of a project (``vertseg.json``): its patients and their roles above all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from ..strict_json import STRICT
from .files import HistoryEntry
from .states import PatientSource, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRecord:
    """A patient, known by a salted hash only."""

    __pydantic_config__: ClassVar = STRICT
    id: str
    known_from: PatientSource
    role: Role
    is_role_fixed: bool = False
    """From the first submission on."""
    withdrawn: str | None = None
    """Time; a withdrawn patient is not taken in again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    """What holds for every case of a project."""

    __pydantic_config__: ClassVar = STRICT
    copy_scans: bool = False
    """Copy scans into the project rather than refer to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRecord:
    """A project."""

    __pydantic_config__: ClassVar = STRICT
    schema: Literal[1] = 1
    kind: Literal["napari-vertseg project"] = "napari-vertseg project"
    name: str
    created: str
    salt: str
    """Makes the same patient another hash in every project."""
    active_model: str | None = None
    next_case: int = 1
    """Numbers of cases are never used twice."""
    settings: ProjectSettings = ProjectSettings()
    patients: tuple[PatientRecord, ...] = ()
    """In the order they came."""
    history: tuple[HistoryEntry, ...] = ()

    def __post_init__(self) -> None:
        ids = [patient.id for patient in self.patients]
        if len(set(ids)) < len(ids):
            raise ValueError("a patient is listed twice, so the role is in doubt")

    def patient(self, patient_id: str) -> PatientRecord | None:
        """One patient, None if unknown."""
        return next((p for p in self.patients if p.id == patient_id), None)
