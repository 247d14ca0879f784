"""Segmented scans against their references: scores, tables, pages."""

from .comparison import Comparison
from .findings import failures_of
from .folders import EvaluatedScan, Evaluation, evaluate_pairs, line_of
from .looks import FileLooks, Look, Looks
from .markdown import markdown_table
from .output import ReportSettings, write_evaluation
from .pairing import LabelledScan, Pair, Pairing, labelled_scans, pair_up
from .references import complete_by_faces
from .report_words import finding_words
from .scan import LabelledPrediction, Reference, evaluate_scan
from .tables import write_cohort

__all__ = [
    "Comparison",
    "EvaluatedScan",
    "Evaluation",
    "FileLooks",
    "LabelledPrediction",
    "LabelledScan",
    "Look",
    "Looks",
    "Pair",
    "Pairing",
    "Reference",
    "ReportSettings",
    "complete_by_faces",
    "evaluate_pairs",
    "evaluate_scan",
    "failures_of",
    "finding_words",
    "labelled_scans",
    "line_of",
    "markdown_table",
    "pair_up",
    "write_cohort",
    "write_evaluation",
]
