"""An evaluation on the disk: tables, plots, summary, and the page that shows them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..io.atomic import atomic_path, write_json_atomic, writing
from ..results import check_targets
from .close_ups import close_ups
from .comparison import COLUMNS, Comparison, against_of, flat_differences
from .findings import Finding, most_changed, worst
from .folders import Evaluation
from .looks import FileLooks, Looks
from .pairing import Pair
from .paper_table import HEAD, table_one
from .plot_paper import Series
from .plots import all_plots
from .report import ReportParts, report_page, summary_of
from .tables import FILES, write_cohort

REPORT: Final = "report.html"
_PLOTS: Final = ("dice_by_level", "surface_distance_by_level", "completeness", "failures")


@dataclass(frozen=True, kw_only=True)
class ReportSettings:
    """How the page is made."""

    title: str = "How good are these masks?"
    names: tuple[str, str] = ("first", "second")
    """Of the two sides of a comparison, where no record tells the model."""
    worst: int = 12
    """Vertebrae shown close up."""
    looks: Looks = field(default_factory=FileLooks)
    """Where pictures come from."""
    seed: int = 0
    overwrite: bool = False
    notes: tuple[str, ...] = ()


def output_files(folder: Path, *, is_comparison: bool) -> list[Path]:
    """Everything that ``write_evaluation`` writes."""
    names = [*FILES, "table1.csv", REPORT, *(f"{plot}.png" for plot in _PLOTS)]
    return [folder / name for name in (*names, *(["comparison.csv"] if is_comparison else []))]


def write_evaluation(
    folder: Path,
    evaluation: Evaluation,
    settings: ReportSettings,
    against: Evaluation | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Path:
    """Write tables, plots, ``summary.json`` and ``report.html``.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    evaluation, against : Evaluation
        Of one model, and of another one on the same references.
    settings : ReportSettings
        How the page is made.
    tell : callable
        Told what takes time.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    OutputRefused
        A file exists already, or cannot be written.
    """
    comparison = None if against is None else Comparison.of(evaluation, against, settings.names)
    targets = output_files(folder, is_comparison=comparison is not None)
    check_targets(targets, overwrite=settings.overwrite)
    write_cohort(evaluation.scores, folder, overwrite=settings.overwrite, seed=settings.seed)
    _write_rows(folder / "table1.csv", HEAD, table_one(evaluation.scores))
    summary = summary_of(evaluation, settings.seed)
    if comparison is not None:
        summary |= against_of(comparison, settings.seed)
        summary |= flat_differences(comparison.differences(settings.seed), comparison.scans)
        rows = [[row[name] for name in COLUMNS] for row in comparison.rows()]
        _write_rows(folder / "comparison.csv", COLUMNS, rows)
    write_json_atomic(folder / "summary.json", summary, overwrite=True)
    plots = all_plots(_series(evaluation, comparison))
    for name, png in plots.items():
        _write_bytes(folder / f"{name}.png", png)
    parts = ReportParts(
        title=settings.title,
        evaluation=evaluation,
        plots=plots,
        findings=_pictured(worst(evaluation.scans, settings.worst), settings, {}, tell),
        comparison=comparison,
        changes=_changes(comparison, settings, tell),
        notes=settings.notes,
    )
    _write_bytes(folder / REPORT, report_page(parts).encode("utf-8"))
    return folder / REPORT


def _series(evaluation: Evaluation, comparison: Comparison | None) -> Series:
    if comparison is None:
        return {", ".join(evaluation.models) or "prediction": evaluation.scans}
    return {comparison.name: comparison.scans, comparison.against: comparison.scans_against}


def _changes(
    comparison: Comparison | None, settings: ReportSettings, tell: Callable[[str], None]
) -> list[tuple[Finding, bytes]]:
    if comparison is None:
        return []
    scores = {s.pair.name: s.score for s in comparison.scans_against}
    others = {s.pair.name: s.pair for s in comparison.scans_against}
    return _pictured(
        most_changed(comparison.scans, scores, settings.worst), settings, others, tell
    )


def _pictured(
    findings: Sequence[Finding],
    settings: ReportSettings,
    others: dict[str, Pair],
    tell: Callable[[str], None],
) -> list[tuple[Finding, bytes]]:
    """Close-ups, scan by scan, so that each is read once; in the order of the findings."""
    pictures: dict[Finding, bytes] = {}
    for pair in dict.fromkeys(f.pair for f in findings):
        tell(f"pictures of {pair.name}")
        chosen = [f for f in findings if f.pair == pair]
        other = others.get(pair.name)
        against = None if other is None else settings.looks(other)
        pictures |= close_ups(chosen, settings.looks(pair), against)
    return [(f, pictures[f]) for f in findings]


def _write_rows(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with (
        atomic_path(path, overwrite=True) as beside,
        writing(path),
        beside.open("w", newline="", encoding="utf-8") as file,
    ):
        csv.writer(file).writerows([head, *rows])


def _write_bytes(path: Path, content: bytes) -> None:
    # What may be replaced was asked before anything was written.
    with atomic_path(path, overwrite=True) as beside, writing(path):
        beside.write_bytes(content)
