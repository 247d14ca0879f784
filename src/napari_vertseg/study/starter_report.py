"""What ``vertseg study starter`` has found out, as one page of tables and a page per set."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ..evaluation import Evaluation, ReportSettings, write_evaluation
from ..io.atomic import atomic_path, write_json_atomic
from ..metrics import ScanScore, flat, summarise
from ..results import NOTICE
from .starter_places import StarterPlaces
from .starter_promises import promises
from .starter_sets import SETS, WalkSet
from .starter_tables import failures_section, of_set, outside_rows, starts_section, table
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
        *_promised(scores, starts, outside_rows(places, SETS[0], found[SETS[0].name])),
        *(text for s in SETS for text in of_set(places, s, found[s.name])),
        *starts_section(starts),
        *failures_section(found),
    ]
    with atomic_path(places.folder / "report.md", overwrite=True) as beside:
        beside.write_text("\n\n".join(sections) + "\n", encoding="utf-8")
    write_json_atomic(places.folder / "summary.json", _summary(scores, starts), overwrite=True)
    return places.folder / "report.md"


def _is_stale(page: Path, walk_set: WalkSet, found: Evaluation) -> bool:
    if walk_set.part == "dicom" or not found.scans:
        return False
    summary = page / "summary.json"
    if not (page / "report.html").is_file() or not summary.is_file():
        return True
    return bool(json.loads(summary.read_text("utf-8")).get("scans") != len(found.scans))


def _promised(
    scores: Mapping[str, list[ScanScore]], starts: Sequence[Row], outside_row: Mapping[str, int]
) -> list[str]:
    rows = [(p.what, p.said, p.wanted, p.verdict) for p in promises(scores, starts, outside_row)]
    return ["## Promised and reached", table(("what", "reached", "wanted", "met"), rows)]


def _summary(scores: Mapping[str, list[ScanScore]], starts: Sequence[Row]) -> Row:
    """Flat figures with the name of their set before them."""
    row: Row = {}
    for name, group in scores.items():
        if group and name != "dicom":
            figures = flat(summarise(group))
            row |= {f"{name.replace('-', '_')}_{key}": value for key, value in figures.items()}
    if starts:
        tried = sum(r["starts"] for r in starts)
        row["starts_share"] = sum(r["right"] for r in starts) / tried
    return row
