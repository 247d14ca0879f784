"""The table of the ablations: gaps to the base beside the spread of the seeds."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..io.atomic import atomic_path, write_json_atomic
from ..results import NOTICE
from .ablation_arms import BASE
from .ablation_form import AblationForm
from .study_settings import undertrained

Row = dict[str, Any]

_DOWN = "down"
_HEAD = (
    "trained",
    "Dice",
    "seeds",
    "gap",
    "spread",
    "beyond seeds",
    "found",
    "false",
    "merged",
    "ends",
)


@dataclass(frozen=True, kw_only=True)
class ArmResult:
    """One arm over its seeds; figures are of walks downwards, which every arm has."""

    name: str
    says: str
    dice: tuple[float, ...]
    """Mean Dice of a seed's walks, missing ones 0."""
    dice_up: tuple[float, ...]
    """The same upwards; empty for an arm that cannot."""
    found: float
    """Share of the reference vertebrae, over seeds."""
    false_per_scan: float
    merged_per_scan: float
    ended: float
    """Share of walks that came to an end by themselves."""

    @property
    def spread(self) -> float:
        """Between the best and the worst seed."""
        return max(self.dice) - min(self.dice)

    def gap(self, base: ArmResult) -> float:
        """Mean over seeds, less that of the base."""
        return float(np.mean(self.dice) - np.mean(base.dice))

    def is_beyond_seeds(self, base: ArmResult) -> bool:
        """Whether the gap exceeds what another seed would do."""
        return abs(self.gap(base)) > max(self.spread, base.spread)


def read_results(folder: Path) -> list[ArmResult]:
    """Every arm that is done with all its seeds, the base first."""
    by_arm: dict[str, list[Row]] = defaultdict(list)
    for path in sorted((folder / "results").glob("*.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        by_arm[result["arm"]].append(result)
    results = [_summed(name, seeds) for name, seeds in by_arm.items()]
    return sorted(results, key=lambda r: r.name != BASE)


def write_table(folder: Path, form: AblationForm) -> Path:
    """``ablations.md`` and ``summary.json`` from the results that are there."""
    results = read_results(folder)
    label = undertrained(form.preset, form.steps, form.start)
    lines = ["# Ablations", "", f"{NOTICE}. Made by `vertseg study ablations`.", ""]
    lines += [f"**{label}**", ""] if label else []
    if form.is_short:
        lines += ["Short form: it tries the machinery; no figure here measures anything.", ""]
    seeds = max((len(r.dice) for r in results), default=0)
    first = f"begun as {form.start.name}" if form.start else f"network {form.preset}"
    lines += [
        f"{seeds} seeds each, {form.steps} steps each ({first}). Dice is the mean over the "
        "vertebrae of unseen phantoms, missing ones 0, walked downwards (in brackets: upwards). "
        "A default changes only where the gap exceeds the spread of the seeds.",
        "",
    ]
    lines += _arms_table(results)
    lines += _way_back_table(folder / "way-back.json")
    with atomic_path(folder / "ablations.md", overwrite=True) as beside:
        beside.write_text("\n".join([*lines, ""]), encoding="utf-8")
    summary = _summary(results) | {
        "steps_trained": form.steps,
        "started_from": form.start.name if form.start else None,
        "preset": form.preset,
        "is_undertrained": label is not None,
    }
    write_json_atomic(folder / "summary.json", summary, overwrite=True)
    return folder / "ablations.md"


def _summed(name: str, seeds: Sequence[Row]) -> ArmResult:
    rows = [row for seed in seeds for row in seed["rows"] if row["direction"] == _DOWN]
    vertebrae = sum(row["vertebrae"] for row in rows)
    return ArmResult(
        name=name,
        says=seeds[0]["says"],
        dice=tuple(_dice(seed["rows"], _DOWN) for seed in seeds),
        dice_up=tuple(
            _dice(seed["rows"], "up")
            for seed in seeds
            if any(row["direction"] == "up" for row in seed["rows"])
        ),
        found=sum(row["found"] for row in rows) / max(vertebrae, 1),
        false_per_scan=float(np.mean([row["false"] for row in rows])),
        merged_per_scan=float(np.mean([row["merged"] for row in rows])),
        ended=float(np.mean([row["ended"] for row in rows])),
    )


def _dice(rows: Sequence[Row], way: str) -> float:
    return float(np.mean([d for row in rows if row["direction"] == way for d in row["dice"]]))


def _arms_table(results: Sequence[ArmResult]) -> list[str]:
    lines = [f"| {' | '.join(_HEAD)} |", "|---|" + "---:|" * (len(_HEAD) - 1)]
    base = next((r for r in results if r.name == BASE), None)
    for result in results:
        up = f" ({np.mean(result.dice_up):.3f})" if result.dice_up else ""
        gap, beyond = "–", "–"
        if base is not None and result is not base:
            gap = f"{result.gap(base):+.3f}"
            beyond = "yes" if result.is_beyond_seeds(base) else "no"
        cells = (
            f"{result.name}: {result.says}",
            f"{np.mean(result.dice):.3f}{up}",
            " ".join(f"{d:.3f}" for d in result.dice),
            gap,
            f"{result.spread:.3f}",
            beyond,
            f"{result.found:.0%}",
            f"{result.false_per_scan:.1f}",
            f"{result.merged_per_scan:.1f}",
            f"{result.ended:.0%}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _way_back_table(path: Path) -> list[str]:
    if not path.is_file():
        return []
    found = json.loads(path.read_text(encoding="utf-8"))
    groups: dict[tuple[str, float | None], list[Row]] = defaultdict(list)
    for row in found["rows"]:
        groups[row["resampling"], row["refine_below_hu"]].append(row)
    lines = ["", f"The way back (P14, P15), no training, network `{found['model']}`:", ""]
    lines += ["| resampling | refinement | Dice | found |", "|---|---|---:|---:|"]
    for (resampling, refine), rows in groups.items():
        said = "off" if refine is None else f"below {refine:g} HU"
        share = sum(r["found"] for r in rows) / max(sum(r["vertebrae"] for r in rows), 1)
        lines.append(f"| {resampling} | {said} | {_dice(rows, _DOWN):.3f} | {share:.0%} |")
    return lines


def _summary(results: Sequence[ArmResult]) -> Row:
    base = next((r for r in results if r.name == BASE), None)
    row: Row = {"arms": len(results)}
    for result in results:
        key = result.name.replace("λ", "lambda").replace("'", "").replace(" ", "_")
        row[f"{key}_dice"] = float(np.mean(result.dice))
        row[f"{key}_spread"] = result.spread
        if base is not None and result is not base:
            row[f"{key}_gap"] = result.gap(base)
            row[f"{key}_beyond_seeds"] = result.is_beyond_seeds(base)
    return row
