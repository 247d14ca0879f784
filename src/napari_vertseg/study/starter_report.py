"""What ``vertseg study starter`` has found out, as one page of tables and a page per set."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..anatomy import Level
from ..evaluation import (
    EvaluatedScan,
    Evaluation,
    ReportSettings,
    failures_of,
    finding_words,
    markdown_table,
    write_evaluation,
)
from ..io.atomic import atomic_path, write_json_atomic
from ..metrics import ScanScore, flat, summarise
from ..pictures.drawn import level_name
from ..results import NOTICE, ResultFiles, read_record
from .chain import LUMBAR, THORACIC, longest_row
from .starter_places import StarterPlaces
from .starter_promises import promises
from .starter_sets import SETS, WalkSet
from .syntheses import VALIDATION_MAPS
from .walked_cases import evaluated_walks

Row = dict[str, Any]
Tell = Callable[[str], None]

_CLOSE_UPS: Final = 24


def write_report(places: StarterPlaces, model: str, tell: Tell) -> Path:
    """``report.md`` and ``summary.json`` of all that was walked, and ``<set>/report.html``.

    Pages are written anew where further scans of their set have been walked.
    """
    found = {s.name: evaluated_walks(places.walked(s), places.walks(s)) for s in SETS}
    for walk_set in SETS:
        if _is_stale(places.page(walk_set), walk_set, found[walk_set.name]):
            settings = ReportSettings(
                title=f"{walk_set.title}: {model}", worst=_CLOSE_UPS, overwrite=True
            )
            write_evaluation(places.page(walk_set), found[walk_set.name], settings, tell=tell)
    starts = [json.loads(p.read_text("utf-8")) for p in sorted(places.starts.glob("*.json"))]
    scores = {name: evaluation.scores for name, evaluation in found.items()}
    sections = [
        f"# What the model `{model}` does",
        f"{NOTICE}. Made by `vertseg study starter`; incomplete vertebrae are kept and scored, "
        "missing ones count as Dice 0.",
        *_promised(scores, starts),
        *(text for s in SETS for text in _of_set(places, s, found[s.name])),
        *_starts(starts),
        *_failures(found),
    ]
    with atomic_path(places.folder / "report.md", overwrite=True) as beside:
        beside.write_text("\n\n".join(sections) + "\n", encoding="utf-8")
    write_json_atomic(places.folder / "summary.json", _summary(scores, starts), overwrite=True)
    return places.folder / "report.md"


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows under a head."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def _is_stale(page: Path, walk_set: WalkSet, found: Evaluation) -> bool:
    if walk_set.part == "dicom" or not found.scans:
        return False
    summary = page / "summary.json"
    if not (page / "report.html").is_file() or not summary.is_file():
        return True
    return bool(json.loads(summary.read_text("utf-8")).get("scans") != len(found.scans))


def _promised(scores: dict[str, list[ScanScore]], starts: Sequence[Row]) -> list[str]:
    rows = [(p.what, p.said, p.wanted, p.verdict) for p in promises(scores, starts)]
    return ["## Promised and reached", table(("what", "reached", "wanted", "met"), rows)]


def _of_set(places: StarterPlaces, walk_set: WalkSet, found: Evaluation) -> list[str]:
    if not found.scans:
        return []
    title = f"## {walk_set.title} ({len(found.scans)})"
    if walk_set.part == "real":
        return [title, markdown_table(found.scores).rstrip(), _real(places, walk_set, found)]
    if walk_set.part == "dicom":
        return [title, _dicom(places, walk_set, found)]
    if walk_set.part == "phantoms":
        return [title, markdown_table(found.scores).rstrip(), _hardest(found.scores)]
    groups = [[s for s in found.scores if s.name.startswith(m)] for m in VALIDATION_MAPS]
    return [title, *(markdown_table(group).rstrip() for group in groups if group)]


def _real(places: StarterPlaces, walk_set: WalkSet, found: Evaluation) -> str:
    rows = []
    for scan in found.scans:
        files = ResultFiles.of(places.walks(walk_set), scan.pair.name)
        vertebrae = read_record(files.record).vertebrae
        # Thoracic bounds where the scan is thoracic, as the label of T12 alone says.
        labels = [v.reference for v in scan.score.vertebrae]
        rules = THORACIC if max(labels) <= Level.T12 else LUMBAR
        row = longest_row([(v.volume_mm3, v.centroid_mm) for v in vertebrae], rules)
        dice = [f"{level_name(v.reference)} {v.dice:.2f}" for v in scan.score.vertebrae]
        rows.append((scan.pair.name, f"{row} of {len(vertebrae)}", _sacrum(scan), " ".join(dice)))
    return table(("scan", "longest row", "on the sacrum", "Dice"), rows)


def _sacrum(scan: EvaluatedScan) -> str:
    """Largest share of an exported instance that lies on the sacrum."""
    shares = [i.sacrum_share for i in scan.score.instances if i.is_exported]
    return f"{max(shares, default=0.0):.0%}"


def _dicom(places: StarterPlaces, walk_set: WalkSet, found: Evaluation) -> str:
    rows = []
    for scan in found.scans:
        files = ResultFiles.of(places.walks(walk_set), scan.pair.name)
        record = read_record(files.record)
        row = longest_row([(v.volume_mm3, v.centroid_mm) for v in record.vertebrae], LUMBAR)
        walk = record.walk
        rows.append((scan.pair.name, len(record.vertebrae), row, walk.steps, walk.seconds))
    return table(("folder", "vertebrae", "longest row", "steps", "seconds"), rows)


def _hardest(scores: Sequence[ScanScore]) -> str:
    ranked = sorted(scores, key=lambda s: s.dice_mean or 0.0)
    return "The hardest quarter:\n\n" + markdown_table(ranked[: max(len(scores) // 4, 1)]).rstrip()


def _starts(rows: Sequence[Row]) -> list[str]:
    if not rows:
        return []
    body = [
        (
            row["name"],
            f"{row['right']}/{row['starts']}",
            ", ".join(_wrong(*item) for item in row["wrong"].items()) or "–",
            "yes" if row["from_top"] == row["both_ways"] else "no",
        )
        for row in rows
    ]
    head = ("scan", "gives that vertebra", "gives another", "both ways = from the top")
    return [f"## Starts in every vertebra ({len(rows)} scans)", table(head, body)]


def _wrong(label: str, came: int | None) -> str:
    return f"{level_name(int(label))} → {'nothing' if came is None else level_name(came)}"


def _failures(found: dict[str, Evaluation]) -> list[str]:
    """Every one of them, for a person who looks for the causes."""
    rows = [
        (name, finding_words(finding).replace(" · ", ", "))
        for name, evaluation in found.items()
        if name != "dicom"
        for finding in failures_of(evaluation.scans)
    ]
    if not rows:
        return []
    return [f"## Failures ({len(rows)})", table(("set", "what"), rows)]


def _summary(scores: dict[str, list[ScanScore]], starts: Sequence[Row]) -> Row:
    """Flat figures with the name of their set before them."""
    row: Row = {}
    for name, group in scores.items():
        if group and name != "dicom":
            figures = flat(summarise(group))
            row |= {f"{name.replace('-', '_')}_{key}": value for key, value in figures.items()}
    if starts:
        row["starts_share"] = float(
            np.sum([r["right"] for r in starts]) / np.sum([r["starts"] for r in starts])
        )
    return row
