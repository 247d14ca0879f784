"""A cohort's scores as files: one row per vertebra, instance and scan, and a summary."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final

from ..errors import OutputRefused
from ..io.atomic import atomic_path, write_json_atomic, writing
from ..metrics import InstanceScore, ScanScore, VertebraScore, flat, summarise
from ..metrics.summary import COUNTS, PER_SCAN

Row = dict[str, Any]

FILES: Final = ("vertebrae.csv", "instances.csv", "scans.csv", "scans.json", "summary.json")
"""What ``write_cohort`` leaves in its folder."""


def write_cohort(
    scores: Sequence[ScanScore],
    folder: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    seed: int = 0,
) -> Path:
    """Write the tables of a cohort; columns and names stay the same for an empty one.

    Parameters
    ----------
    scores : sequence of ScanScore
        In the order of the rows.
    folder : path
        Made if it does not exist.
    overwrite : bool
        Replace tables that are there already; other files are left alone.
    seed : int
        Of the bootstrap intervals in ``summary.json``.

    Raises
    ------
    OutputRefused
        One of the tables exists already, or cannot be written.
    """
    target = Path(folder)
    _refuse_taken(target, overwrite)
    with writing(target):
        target.mkdir(parents=True, exist_ok=True)
    scans = [scan_row(score) for score in scores]
    _write_csv(target / "vertebrae.csv", _vertebra_columns(), vertebra_rows(scores), overwrite)
    _write_csv(target / "instances.csv", _instance_columns(), instance_rows(scores), overwrite)
    _write_csv(target / "scans.csv", _scan_columns(), scans, overwrite)
    write_json_atomic(target / "scans.json", scans, overwrite)
    write_json_atomic(target / "summary.json", flat(summarise(scores, seed=seed)), overwrite)
    return target


def scan_row(score: ScanScore) -> Row:
    """Every figure of one scan, by the names of the summary."""
    row: Row = {
        "scan": score.name,
        "spacing_z_mm": score.spacing_mm.z,
        "spacing_y_mm": score.spacing_mm.y,
        "spacing_x_mm": score.spacing_mm.x,
        "vertebrae": len(score.vertebrae),
        "completeness_accuracy": score.completeness_accuracy,
    }
    row |= {name: of(score) for name, of in COUNTS.items()}
    row |= {_name_in_scan(name): of(score) for name, of in PER_SCAN.items()}
    # In one scan the sign says whether too many or too few were found.
    return row | {"count_error": score.count_error}


def vertebra_rows(scores: Sequence[ScanScore]) -> list[Row]:
    """One row per reference vertebra, head to foot within its scan."""
    return [
        {"scan": score.name, **asdict(vertebra), "is_split": vertebra.is_split}
        for score in scores
        for vertebra in score.vertebrae
    ]


def instance_rows(scores: Sequence[ScanScore]) -> list[Row]:
    """One row per predicted instance."""
    return [
        {
            "scan": score.name,
            **asdict(instance),
            "verdict": str(instance.verdict),
            "merges": " ".join(str(label) for label in instance.merges),
        }
        for score in scores
        for instance in score.instances
    ]


def _vertebra_columns() -> list[str]:
    return ["scan", *(f.name for f in fields(VertebraScore)), "is_split"]


def _instance_columns() -> list[str]:
    return ["scan", *(f.name for f in fields(InstanceScore))]


def _scan_columns() -> list[str]:
    names = ["spacing_z_mm", "spacing_y_mm", "spacing_x_mm", "vertebrae", "completeness_accuracy"]
    per_scan = [_name_in_scan(name) for name in PER_SCAN]
    return list(dict.fromkeys(["scan", *names, *COUNTS, *per_scan]))


def _name_in_scan(name: str) -> str:
    """A cohort's mean of one number per scan is that number in a scan."""
    if name in {"steps_mean", "seconds_mean", "seconds_per_step_mean"}:
        return name.removesuffix("_mean")
    return name.removesuffix("_per_scan")


def _refuse_taken(folder: Path, overwrite: bool) -> None:
    taken = [name for name in FILES if (folder / name).exists()]
    if taken and not overwrite:
        raise OutputRefused(
            f"{folder.name} holds {', '.join(taken)} already; they were left as they are. "
            "Pass --overwrite (overwrite=True) to replace them, or choose another folder."
        )


def _write_csv(path: Path, columns: list[str], rows: list[Row], overwrite: bool) -> None:
    with (
        atomic_path(path, overwrite) as beside,
        writing(path),
        beside.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
