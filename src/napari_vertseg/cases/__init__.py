"""The human's side of the loop on disk: projects, cases, versions, verdicts (docs/formats.md)."""

from .case import Case, Source
from .check import Finding, check_project
from .compare import Agreement, compare_cases, compare_versions
from .desk import CaseDesk
from .effort import WorkClock, count_changes
from .export_nnunet import write_nnunet
from .export_slicer import write_segments
from .export_table import write_table
from .export_verse import write_verse
from .exported import ExportedCase, export_of
from .files import FileRecord, HistoryEntry, ModelRef, PredictionRecord, VersionRecord
from .importing import Imported, MaskToImport, import_scan
from .no_loss import beside_the_ends, is_in_range, without_loss
from .project import Project
from .project_record import PatientRecord, ProjectRecord, ProjectSettings
from .removal import Withdrawal, plan_removal, remove_patient
from .repair import repair_project
from .roles import set_role
from .round_record import RoundCase, RoundRecord
from .states import Origin, PatientSource, Role, Status, Verdict
from .submission import missing_for_training
from .vertebra import CaseVertebra, ReviewedRange, WalkFacts

__all__ = [
    "Agreement",
    "Case",
    "CaseDesk",
    "CaseVertebra",
    "ExportedCase",
    "FileRecord",
    "Finding",
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
    "Withdrawal",
    "WorkClock",
    "beside_the_ends",
    "check_project",
    "compare_cases",
    "compare_versions",
    "count_changes",
    "export_of",
    "import_scan",
    "is_in_range",
    "missing_for_training",
    "plan_removal",
    "remove_patient",
    "repair_project",
    "set_role",
    "without_loss",
    "write_nnunet",
    "write_segments",
    "write_table",
    "write_verse",
]
