"""The page of an evaluation: tables, plots, and the worst vertebrae close up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..metrics import Figure, flat, summarise
from ..results import NOTICE
from . import html
from .comparison import Comparison, verdict
from .findings import Finding
from .folders import Evaluation
from .paper_table import HEAD, PAPER, table_one
from .report_words import FIGURES, METHOD, SCAN_HEAD, figure_words, finding_words, scan_cells


@dataclass(frozen=True, kw_only=True)
class ReportParts:
    """Everything that a page is made of."""

    title: str
    evaluation: Evaluation
    plots: dict[str, bytes]
    findings: Sequence[tuple[Finding, bytes]]
    """The worst vertebrae with their pictures."""
    comparison: Comparison | None = None
    changes: Sequence[tuple[Finding, bytes]] = ()
    """Vertebrae that differ most between the two models."""
    notes: Sequence[str] = ()
    """Sentences that must be read first, such as that a network is undertrained."""


def report_page(parts: ReportParts) -> str:
    """The whole page as HTML."""
    evaluation = parts.evaluation
    body = [
        html.paragraph(f"{NOTICE}.", "notice"),
        html.paragraph(_what(evaluation)),
        *(html.paragraph(note, "alarm") for note in (*parts.notes, *_alarms(evaluation))),
        html.heading("As in the paper's Table 1"),
        html.table(HEAD, _table_one(parts), PAPER),
        html.paragraph(
            "Means over scans. Accuracy, FP and FN judge whether a vertebra was rightly taken for "
            "complete. The grey rows are the paper's own, of other scans: something to hold the "
            "figures against, and no contest."
        ),
        html.heading("All figures"),
        html.table(("figure", "value", "95 % interval", "from"), _figures(evaluation)),
        html.heading("Plots"),
        *(html.picture(png, _caption(name)) for name, png in parts.plots.items()),
    ]
    if parts.comparison is not None:
        body += _comparison(parts.comparison, parts.changes)
    body += [
        html.heading("Every scan"),
        html.table(SCAN_HEAD, map(scan_cells, evaluation.scans)),
        html.heading("The worst vertebrae"),
        *_pictures(parts.findings, "No vertebra to show."),
        html.heading("How this was measured"),
        html.listing(METHOD),
    ]
    return html.page(parts.title, body)


def _table_one(parts: ReportParts) -> list[tuple[str, ...]]:
    """Rows of the one model or of both, each under its name."""
    rows = table_one(parts.evaluation.scores)
    if parts.comparison is None:
        return rows
    other = table_one([scan.score for scan in parts.comparison.scans_against])
    sides = ((parts.comparison.name, rows), (parts.comparison.against, other))
    return [(f"{name}: {row[0]}", *row[1:]) for name, side in sides for row in side]


def _what(evaluation: Evaluation) -> str:
    models = ", ".join(evaluation.models)
    by = f" segmented with {models}" if models else ""
    vertebrae = sum(len(s.vertebrae) for s in evaluation.scores)
    scans = "1 scan" if len(evaluation.scans) == 1 else f"{len(evaluation.scans)} scans"
    return f"{scans}{by}, {vertebrae} reference vertebrae."


def _alarms(evaluation: Evaluation) -> list[str]:
    pairing = evaluation.pairing
    left_out = sum(scan.left_out for scan in evaluation.scans)
    known = {
        "These predictions have no reference and were not scored": pairing.predictions_alone,
        "These references have no prediction and were not scored": pairing.references_alone,
    }
    alarms = [f"{words}: {', '.join(names)}." for words, names in known.items() if names]
    alarms += [f"{name} was not scored: {reason}" for name, reason in evaluation.failed]
    if left_out:
        alarms.append(
            f"{left_out} vertebrae that the model judged incomplete are not in the label files "
            "and count as missed; segment with --keep-incomplete to have them scored as the "
            "paper does."
        )
    return alarms


def _figures(evaluation: Evaluation) -> list[tuple[str, ...]]:
    figures = summarise(evaluation.scores)
    return [
        (words, *figure_words(figures[name], digits))
        for name, (words, digits) in FIGURES.items()
        if figures[name].value is not None
    ]


def _comparison(comparison: Comparison, changes: Sequence[tuple[Finding, bytes]]) -> list[str]:
    figures = comparison.differences()
    rows = [_difference_row(n, f) for n, f in figures.items() if f.value is not None]
    words = f"{comparison.name} (orange) against {comparison.against} (blue)"
    lines = [
        html.heading("Two models"),
        html.paragraph(
            f"{words}, on the scans that both have ({len(comparison.scans)}). Differences are the "
            "first minus the second, scan by scan; 'within chance' where the 95 % interval over "
            "scans holds 0, and no verdict on fewer than 5 scans."
        ),
        html.table(("figure", "difference", "95 % interval", "first is"), rows),
    ]
    if comparison.only_one:
        names = ", ".join(comparison.only_one)
        lines.append(html.paragraph(f"Left out, since only one has them: {names}.", "alarm"))
    return [*lines, *_pictures(changes, "No vertebra differs by 0.01 or more in Dice.")]


def _difference_row(name: str, figure: Figure) -> tuple[str, ...]:
    words, digits = FIGURES[name]
    value = "–" if figure.value is None else f"{figure.value:+.{digits}f}"
    low, high = figure.low, figure.high
    span = "–" if low is None or high is None else f"{low:+.{digits}f} to {high:+.{digits}f}"
    per_scan = f"{words} per scan" if name in _COUNTS else words
    return per_scan, value, span, verdict(name, figure)


_COUNTS = frozenset({"found", "missed", "merged", "split", "false"})


def _pictures(findings: Sequence[tuple[Finding, bytes]], otherwise: str) -> list[str]:
    if not findings:
        return [html.paragraph(otherwise)]
    shown = [html.picture(png, finding_words(finding)) for finding, png in findings]
    return [
        html.paragraph(
            "White is the reference, orange the prediction; thick lines are the vertebra that "
            "is meant. Blue, where there is any, is the other model."
        ),
        '<div class="close">',
        *shown,
        "</div>",
    ]


def _caption(name: str) -> str:
    return {
        "dice_by_level": "Dice of every vertebra (0 where it was missed); the line is the median.",
        "surface_distance_by_level": "Mean absolute surface distance of the found ones.",
        "completeness": "Marked complete or cut, and what it was taken for.",
        "failures": "Failures, scan by scan.",
    }[name]


def summary_of(evaluation: Evaluation, seed: int) -> dict[str, float | int | str | None]:
    """Flat names for ``summary.json``."""
    row: dict[str, float | int | str | None] = {
        "predictions_without_reference": len(evaluation.pairing.predictions_alone),
        "references_without_prediction": len(evaluation.pairing.references_alone),
        "not_scored": len(evaluation.failed),
        "incomplete_left_out": sum(s.left_out for s in evaluation.scans),
    }
    return row | flat(summarise(evaluation.scores, seed=seed))
