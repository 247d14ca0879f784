"""A cohort's scores as a table for a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ..metrics import Figure, ScanScore, summarise

_NOTHING: Final = "–"

_Column = tuple[str, Callable[[ScanScore], str], Callable[[dict[str, Figure]], str]]


def markdown_table(scores: Sequence[ScanScore], *, first_column: str = "scan") -> str:
    """One row per scan and a last one for all: totals of counts, means over scans of the rest.

    ``found`` is written "of" the references, ``completeness`` as right of
    classified. Steps and seconds appear where any scan has them.
    """
    columns = [c for c in _COLUMNS if c[0] not in _OPTIONAL or _any_known(scores, c[0])]
    figures = summarise(scores)
    rows = [[first_column, *(head for head, _, _ in columns)]]
    rows.append(["---", *("---:" for _ in columns)])
    rows += [[_escaped(s.name), *(of(s) for _, of, _ in columns)] for s in scores]
    rows.append([f"**all {len(scores)}**", *(f"**{total(figures)}**" for _, _, total in columns)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def _number(value: float | None, digits: int) -> str:
    return _NOTHING if value is None else f"{value:.{digits}f}"


def _share(part: float | None, whole: float | None) -> str:
    return f"{int(part or 0)}/{int(whole)}" if whole else _NOTHING


def _counted(name: str) -> _Column:
    return (
        name,
        lambda score: str(getattr(score, name)),
        lambda figures: str(figures[name].value),
    )


def _averaged(head: str, name: str, digits: int) -> _Column:
    return (
        head,
        lambda score: _number(getattr(score, name), digits),
        lambda figures: _number(figures[name].value, digits),
    )


def _right(score: ScanScore) -> str:
    errors = score.completeness_fp + score.completeness_fn
    return _share(score.classified - errors, score.classified)


def _all_right(figures: dict[str, Figure]) -> str:
    errors = (figures["completeness_fp"].value or 0) + (figures["completeness_fn"].value or 0)
    classified = figures["classified"].value or 0
    return _share(classified - errors, classified)


def _any_known(scores: Sequence[ScanScore], name: str) -> bool:
    return any(getattr(score, name) is not None for score in scores)


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace("|", "\\|")


_OPTIONAL: Final = frozenset({"steps", "seconds"})

_COLUMNS: Final[list[_Column]] = [
    (
        "found",
        lambda score: _share(score.found, len(score.vertebrae)),
        lambda figures: _share(figures["found"].value, figures["vertebrae"].value),
    ),
    _counted("merged"),
    _counted("split"),
    _counted("false"),
    _averaged("Dice", "dice_mean", 3),
    _averaged("ASD mm", "asd_mm_mean", 2),
    _averaged("HD95 mm", "hd95_mm_mean", 2),
    ("completeness", _right, _all_right),
    ("steps", lambda s: _number(s.steps, 0), lambda f: _number(f["steps_mean"].value, 0)),
    ("seconds", lambda s: _number(s.seconds, 1), lambda f: _number(f["seconds_mean"].value, 1)),
]
