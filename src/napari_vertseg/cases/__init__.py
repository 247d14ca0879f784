"""The human's side of the loop on disk: projects, cases, versions, verdicts (docs/formats.md)."""

from .case import Case, Source
from .desk import CaseDesk
from .effort import WorkClock, count_changes
from .files import FileRecord, HistoryEntry, ModelRef, PredictionRecord, VersionRecord
from .importing import Imported, MaskToImport, import_scan
from .project import Project
from .project_record import PatientRecord, ProjectRecord, ProjectSettings
from .round_record import RoundCase, RoundRecord
from .states import Origin, PatientSource, Role, Status, Verdict
from .submission import missing_for_training
from .vertebra import CaseVertebra, ReviewedRange, WalkFacts

__all__ = [
    "Case",
    "CaseDesk",
    "CaseVertebra",
    "FileRecord",
    "HistoryEntry",
    "Imported",
    "MaskToImport",
    "ModelRef",
    "Origin",
    "PatientRecord",
    "PatientSource",
    "PredictionRecord",
    "Project",
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
    "WorkClock",
    "count_changes",
    "import_scan",
    "missing_for_training",
]
