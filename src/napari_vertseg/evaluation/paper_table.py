"""Scores in the shape of the paper's Table 1, with its own rows beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..metrics import Figure, ScanScore, summarise

THICK_MM: Final = 2.0
"""The paper tells thinner slices from these and thicker ones."""

Row = tuple[str, ...]

HEAD: Final[Row] = (
    "scans",
    "number",
    "Dice",
    "ASD",
    "accuracy",
    "FP/scan",
    "FN/scan",
    "steps",
    "s/step",
    "s/scan",
)
"""Dice and ASD judge the masks; accuracy, FP and FN the completeness."""

PAPER: Final[tuple[Row, ...]] = (
    ("paper, spine CT", "5", "95.8 %", "0.19 mm", "100 %", "0", "0", "47", "0.5", "24"),
    ("paper, chest CT", "10", "92.1 %", "0.34 mm", "95.7 %", "0", "0.6", "56", "0.5", "27"),
    ("paper, chest CT, slices < 2 mm", "", "92.0 %", "0.40 mm", "93.1 %", "0", "1.0", "", "", ""),
    ("paper, chest CT, slices ≥ 2 mm", "", "92.2 %", "0.32 mm", "96.8 %", "0", "0.4", "", "", ""),
)
"""Lessmann et al. 2018, Table 1 and section 3.3: other scans, so no contest."""


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """Some scans under a name."""

    name: str
    scores: list[ScanScore]


def groups(scores: Sequence[ScanScore]) -> list[Group]:
    """All scans, then those of thin and of thick slices; groups without a scan are left out."""
    thin = [s for s in scores if s.spacing_mm.z < THICK_MM]
    thick = [s for s in scores if s.spacing_mm.z >= THICK_MM]
    parts = [
        Group("all", list(scores)),
        Group("slices < 2 mm", thin),
        Group("slices ≥ 2 mm", thick),
    ]
    return [group for group in parts if group.scores or group.name == "all"]


def table_one(scores: Sequence[ScanScore]) -> list[Row]:
    """Rows under ``HEAD``: means over scans (P23)."""
    return [_row(group) for group in groups(scores)]


def _row(group: Group) -> Row:
    figures = summarise(group.scores, resamples=1)
    return (
        group.name,
        str(len(group.scores)),
        percent(figures["dice_mean"]),
        _number(figures["asd_mm_mean"], 2, " mm"),
        percent(figures["completeness_accuracy"]),
        _number(figures["completeness_fp_per_scan"], 1),
        _number(figures["completeness_fn_per_scan"], 1),
        _number(figures["steps_mean"], 0),
        _number(figures["seconds_per_step_mean"], 2),
        _number(figures["seconds_mean"], 1),
    )


def percent(figure: Figure) -> str:
    """A share as the paper writes it."""
    return "–" if figure.value is None else f"{100 * figure.value:.1f} %"


def _number(figure: Figure, digits: int, unit: str = "") -> str:
    return "–" if figure.value is None else f"{figure.value:.{digits}f}{unit}"
