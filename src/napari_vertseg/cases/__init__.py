"""The human's side of the loop on disk: projects, cases, versions, verdicts (docs/formats.md)."""

from .case import Case, Source
from .files import FileRecord, HistoryEntry, ModelRef, PredictionRecord, VersionRecord
from .project_record import PatientRecord, ProjectRecord, ProjectSettings
from .round_record import RoundCase, RoundRecord
from .states import Origin, PatientSource, Role, Status, Verdict
from .vertebra import CaseVertebra, ReviewedRange, WalkFacts

__all__ = [
    "Case",
    "CaseVertebra",
    "FileRecord",
    "HistoryEntry",
    "ModelRef",
    "Origin",
    "PatientRecord",
    "PatientSource",
    "PredictionRecord",
    "ProjectRecord",
    "ProjectSettings",
    "ReviewedRange",
    "Role",
    "RoundCase",
    "RoundRecord",
    "Source",
    "Status",
    "Verdict",
    "VersionRecord",
    "WalkFacts",
]
