"""What the table knows of a vertebra beside its mask, in words that JSON can say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..anatomy import Level
from .records import Verdict, VertebraRecord

Row = Mapping[str, Any]

_OF_WALK = (
    "completeness",
    "is_complete",
    "confidence",
    "entropy",
    "last_overlap",
    "steps",
    "is_cut_by_patch",
    "direction",
    "is_refined",
)
_OF_PERSON = ("is_locked", "is_from_walk", "is_edited")


def row_of(record: VertebraRecord) -> Row:
    """Everything but voxels, measures, colour and suspicion, which follow from others."""
    row = {name: _plain(getattr(record.instance, name)) for name in _OF_WALK}
    row |= {name: getattr(record, name) for name in _OF_PERSON}
    row["verdict"] = record.verdict.value
    row["level"] = record.level.name if record.level is not None else None
    return row


def with_row(record: VertebraRecord, row: Row) -> VertebraRecord:
    """A record as a row has it; its mask stays."""
    level = row["level"]
    instance = replace(
        record.instance,
        **{name: row[name] for name in _OF_WALK},
        level=None if level is None else Level[level],
    )
    return replace(
        record,
        instance=instance,
        verdict=Verdict(row["verdict"]),
        **{name: row[name] for name in _OF_PERSON},
    )


def edited(row: Row) -> Row:
    """A row after a hand or a tool has changed the mask."""
    return {**row, "is_edited": True, "verdict": Verdict.EDITED.value}


def drawn_by_hand() -> Row:
    """A row of a vertebra about which no network has said anything."""
    return {
        "completeness": 1.0,
        "is_complete": True,
        "confidence": 1.0,
        "entropy": 0.0,
        "last_overlap": 1.0,
        "steps": 0,
        "is_cut_by_patch": False,
        "direction": "down",
        "is_refined": None,
        "is_locked": False,
        "is_from_walk": False,
        "is_edited": True,
        "verdict": Verdict.EDITED.value,
        "level": None,
    }


def changed(row: Row, changes: Mapping[str, Any]) -> Row:
    """A row with some fields otherwise; levels are given as ``Level`` or None."""
    return {**row, **{name: _word(value) for name, value in changes.items()}}


def name_of(changes: Mapping[str, Any], called: str) -> str:
    """Name of the step that changes a row."""
    match changes:
        case {"verdict": verdict}:
            return f"{called}: {Verdict(verdict).value}"
        case {"is_locked": is_locked}:
            return f"{'lock' if is_locked else 'unlock'} {called}"
        case {"level": level}:
            return f"{called} becomes {level.name}" if level else f"{called} without a level"
        case {"is_complete": is_complete}:
            return f"{called}: {'complete' if is_complete else 'incomplete'}"
        case _:
            return called


def _word(value: Any) -> Any:
    if isinstance(value, Level):
        return value.name
    return value.value if isinstance(value, Verdict) else value


def _plain(value: Any) -> Any:
    """Numpy's numbers are none of JSON's."""
    return value.item() if hasattr(value, "item") else value
