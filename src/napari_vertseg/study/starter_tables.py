"""The tables of ``vertseg study starter``: a section for every set, starts, failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..anatomy import Level
from ..evaluation import EvaluatedScan, Evaluation, failures_of, finding_words, markdown_table
from ..metrics import ScanScore
from ..pictures.drawn import level_name
from ..results import ResultFiles, VertebraRecord, read_record
from .chain import LUMBAR, THORACIC, ChainRules, Place, longest_row, whole_outside
from .starter_places import StarterPlaces
from .starter_sets import WalkSet
from .syntheses import VALIDATION_MAPS

Row = dict[str, Any]


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows under a head."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def of_set(places: StarterPlaces, walk_set: WalkSet, found: Evaluation) -> list[str]:
    """The section of a set; nothing where none of its scans has been walked."""
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
        chain = _places(_vertebrae(places, walk_set, scan))
        row = len(longest_row(chain, _rules(scan)))
        dice = [f"{level_name(v.reference)} {v.dice:.2f}" for v in scan.score.vertebrae]
        rows.append((scan.pair.name, f"{row} of {len(chain)}", _sacrum(scan), " ".join(dice)))
    return table(("scan", "longest row", "on the sacrum", "Dice"), rows)


def outside_rows(places: StarterPlaces, walk_set: WalkSet, found: Evaluation) -> dict[str, int]:
    """Whole vertebrae that are not in the longest row, by scan: those that are cut may stray."""
    outside = {}
    for scan in found.scans:
        vertebrae = _vertebrae(places, walk_set, scan)
        whole = [v.is_complete for v in vertebrae]
        outside[scan.pair.name] = whole_outside(_places(vertebrae), whole, _rules(scan))
    return outside


def _vertebrae(
    places: StarterPlaces, walk_set: WalkSet, scan: EvaluatedScan
) -> tuple[VertebraRecord, ...]:
    """What a walk found, head to foot."""
    return read_record(ResultFiles.of(places.walks(walk_set), scan.pair.name).record).vertebrae


def _places(vertebrae: Sequence[VertebraRecord]) -> list[Place]:
    """Volume and centroid, as a row is looked for."""
    return [(v.volume_mm3, v.centroid_mm) for v in vertebrae]


def _rules(scan: EvaluatedScan) -> ChainRules:
    """Thoracic bounds where the scan is thoracic, as the label of T12 alone says."""
    labels = [v.reference for v in scan.score.vertebrae]
    return THORACIC if max(labels, default=0) <= Level.T12 else LUMBAR


def _sacrum(scan: EvaluatedScan) -> str:
    """Largest share of an exported instance that lies on the sacrum."""
    shares = [i.sacrum_share for i in scan.score.instances if i.is_exported]
    return f"{max(shares, default=0.0):.0%}"


def _dicom(places: StarterPlaces, walk_set: WalkSet, found: Evaluation) -> str:
    rows = []
    for scan in found.scans:
        files = ResultFiles.of(places.walks(walk_set), scan.pair.name)
        record = read_record(files.record)
        row = len(longest_row(_places(record.vertebrae), LUMBAR))
        walk = record.walk
        rows.append((scan.pair.name, len(record.vertebrae), row, walk.steps, walk.seconds))
    return table(("folder", "vertebrae", "longest row", "steps", "seconds"), rows)


def _hardest(scores: Sequence[ScanScore]) -> str:
    ranked = sorted(scores, key=lambda s: s.dice_mean or 0.0)
    return "The hardest quarter:\n\n" + markdown_table(ranked[: max(len(scores) // 4, 1)]).rstrip()


def starts_section(rows: Sequence[Row]) -> list[str]:
    """What a start in every vertebra gave (see ``starter_starts``)."""
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


def failures_section(found: Mapping[str, Evaluation]) -> list[str]:
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
