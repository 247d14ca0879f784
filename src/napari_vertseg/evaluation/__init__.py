"""Segmented scans against their references: scores, tables, pages."""

from .markdown import markdown_table
from .scan import LabelledPrediction, Reference, evaluate_scan
from .tables import write_cohort

__all__ = [
    "LabelledPrediction",
    "Reference",
    "evaluate_scan",
    "markdown_table",
    "write_cohort",
]
