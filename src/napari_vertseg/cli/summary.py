"""Results in a few lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..results import ResultFiles, VertebraRecord
    from .walking import Walked

_HEAD = ("number", "completeness", "confidence", "volume", "mean HU", "steps", "")


def result_text(walked: Walked, files: ResultFiles) -> str:
    """What was found in one scan, and the names of the files that say so."""
    record = walked.record
    lines = [_headline(record.scan.name, record.vertebrae)]
    if record.vertebrae:
        lines += table([_HEAD, *(_row(v) for v in record.vertebrae)])
    lines.append(f"{record.walk.steps} steps, {record.walk.seconds:.1f} s; written:")
    lines += [f"  {file.name}" for file in files.all]
    return "\n".join(lines)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, columns aligned to the right, but for the last one."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [text.rjust(width) for text, width in zip(row[:-1], widths, strict=False)]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return lines


def _headline(name: str, vertebrae: Sequence[VertebraRecord]) -> str:
    if not vertebrae:
        return f"{name}: no vertebra found"
    count = len(vertebrae)
    cut = sum(not v.is_complete for v in vertebrae)
    text = f"{name}: {count} vertebra{'e' * (count != 1)}"
    if not cut:
        return text
    if all(v.exported for v in vertebrae):
        return f"{text}, {cut} incomplete"
    return f"{text}, {cut} incomplete (not in the labels; see --keep-incomplete)"


def _row(vertebra: VertebraRecord) -> tuple[str, ...]:
    return (
        str(vertebra.number),
        f"{vertebra.completeness:.2f}",
        f"{vertebra.confidence:.2f}",
        f"{vertebra.volume_mm3 / 1000:.1f} cm³",
        "" if vertebra.mean_hu is None else f"{vertebra.mean_hu:.0f}",
        str(vertebra.steps),
        "" if vertebra.is_complete else "incomplete",
    )
