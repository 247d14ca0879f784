"""What changed between two states of a case, in words: no change stays out of the history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

from .case import Case
from .clock import now
from .files import HistoryEntry
from .vertebra import CaseVertebra, ReviewedRange

_COUNTED = ("minutes", "voxels_changed")
"""Grow with every save; the version says by how much."""


def with_history(before: Case, after: Case, who: str, what: str = "") -> Case:
    """``after`` with one entry for everything that differs from ``before``.

    Parameters
    ----------
    who : str
        The annotator.
    what : str
        Said first, for example why.
    """
    said = "; ".join([*([what] if what else []), *changes(before, after)])
    if not said:
        return after
    entry = HistoryEntry(when=now(), who=who, what=said)
    return replace(after, history=(*before.history, entry))


def changes(before: Case, after: Case) -> Iterator[str]:
    """One clause for each difference that people care about."""
    for name in ("name", "patient", "role", "status"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield f"{name} {old} → {new}"
    if before.reviewed != after.reviewed:
        yield f"reviewed {_range(before.reviewed)} → {_range(after.reviewed)}"
    if before.source != after.source:
        yield f"scan {before.source.path} → {after.source.path}"
    yield from _vertebrae(before, after)
    for prediction in after.predictions[len(before.predictions) :]:
        model = f" by {prediction.model.name}" if prediction.model else ""
        yield f"prediction {prediction.number}{model}"
    for version in after.versions[len(before.versions) :]:
        yield f"version {version.number}, {version.voxels_changed} voxels changed"


def _vertebrae(before: Case, after: Case) -> Iterator[str]:
    old = {v.id: v for v in before.vertebrae}
    new = {v.id: v for v in after.vertebrae}
    for ids, verb in ((set(old) - set(new), "removed"), (set(new) - set(old), "added")):
        if ids:
            yield f"vertebra {', '.join(map(str, sorted(ids)))} {verb}"
    for number in sorted(set(old) & set(new)):
        yield from _vertebra(old[number], new[number])


def _vertebra(old: CaseVertebra, new: CaseVertebra) -> Iterator[str]:
    for field in fields(CaseVertebra):
        was, is_now = getattr(old, field.name), getattr(new, field.name)
        if was == is_now or field.name in _COUNTED:
            continue
        if field.name == "walk":
            yield f"vertebra {new.id} walked anew"
        else:
            yield f"vertebra {new.id} {field.name} {was} → {is_now}"


def _range(reviewed: ReviewedRange | None) -> str:
    if reviewed is None:
        return "nothing"
    first = "top" if reviewed.first is None else reviewed.first
    last = "bottom" if reviewed.last is None else reviewed.last
    return f"{first} to {last}"
