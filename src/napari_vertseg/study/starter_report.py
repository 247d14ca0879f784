"""The tables of ``vertseg study starter`` as one page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..io.atomic import atomic_path

Row = dict[str, Any]


def write_report(folder: Path, model: str) -> Path:
    """``report.md`` and ``summary.json`` from the parts that are there."""
    parts = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
        if path.stem != "summary"
    }
    sections = [
        f"# What the model `{model}` does\n\n"
        "Research use only, not a medical device. Made by `vertseg study starter`; "
        "incomplete vertebrae are kept and scored, missing ones count as Dice 0.\n"
    ]
    makers = {
        "real": _real,
        "dicom": _dicom,
        "starts": _starts,
        "phantoms": _phantoms,
        "crops": _crops,
        "syntheses": _syntheses,
    }
    sections += [make(parts[name]) for name, make in makers.items() if name in parts]
    with atomic_path(folder / "report.md", overwrite=True) as beside:
        beside.write_text("\n".join(sections), encoding="utf-8")
    return folder / "report.md"


def _real(rows: list[Row]) -> str:
    head = (
        "scan",
        "way",
        "found",
        "merged",
        "false",
        "Dice",
        "ASD mm",
        "completeness",
        "longest row",
        "sacrum",
        "steps",
        "seconds",
    )
    body = [
        (
            r["name"],
            r["direction"],
            f"{r['found']}/{r['vertebrae']}",
            r["merged"],
            r["false"],
            _mean(r["dice"]),
            _mean(r["asd_mm"]),
            _completeness([r]),
            r["row"],
            f"{r['sacrum_share']:.2f}",
            r["steps"],
            r["seconds"],
        )
        for r in rows
    ]
    each = [
        (
            f"{r['name']} {r['direction']}",
            " · ".join(f"{v}: {d:.2f}" for v, d in zip(r["references"], r["dice"], strict=True)),
        )
        for r in rows
    ]
    return (
        "## Real validation scans\n\n"
        + _table(head, body)
        + "\nDice by VerSe label:\n\n"
        + (_table(("walk", "Dice"), each))
    )


def _dicom(rows: list[Row]) -> str:
    body = [(r["name"], r["instances"], r["row"], r["steps"], r["seconds"]) for r in rows]
    return "## DICOM folders without reference\n\n" + _table(
        ("folder", "vertebrae", "longest row", "steps", "seconds"), body
    )


def _starts(rows: list[Row]) -> str:
    body = [
        (
            r["name"],
            f"{r['right']}/{r['starts']}",
            "yes" if r["from_top"] == r["both_ways"] else "no",
        )
        for r in rows
    ]
    right, all_ = sum(r["right"] for r in rows), sum(r["starts"] for r in rows)
    share = f"{right}/{all_} ({right / max(all_, 1):.1%})"
    return (
        "## Starts in every vertebra\n\n"
        + _table(("scan", "returns that vertebra", "both ways = from the top"), body)
        + f"\nTogether {share}.\n"
    )


def _phantoms(rows: list[Row]) -> str:
    hardest = sorted(rows, key=lambda r: float(np.mean(r["dice"])) if r["dice"] else 0.0)
    hardest = hardest[: max(len(rows) // 4, 1)]
    head = ("phantoms", "found", "merged", "false", "Dice", "completeness")
    body = [
        (name, *_pooled(group)) for name, group in (("all", rows), ("hardest quarter", hardest))
    ]
    each = [(r["name"], *_pooled([r])) for r in rows]
    return f"## {len(rows)} unseen phantoms\n\n" + _table(head, body + each)


def _crops(rows: list[Row]) -> str:
    head = ("crops", "found", "merged", "false", "Dice", "completeness")
    names = sorted({r["name"].split(" crop")[0] for r in rows})
    body = [(n, *_pooled([r for r in rows if r["name"].startswith(n)])) for n in names]
    return "## Cropped at random places\n\n" + _table(head, [*body, ("together", *_pooled(rows))])


def _syntheses(rows: list[Row]) -> str:
    head = ("syntheses", "found", "merged", "false", "Dice", "completeness")
    names = sorted({r["name"].split(" synthesis")[0] for r in rows})
    body = [(n, *_pooled([r for r in rows if r["name"].startswith(n)])) for n in names]
    each = [(r["name"], *_pooled([r])) for r in rows]
    title = f"## {len(rows)} syntheses of validation label maps\n\n"
    return title + _table(head, [*body, ("together", *_pooled(rows)), *each])


def _pooled(rows: list[Row]) -> tuple[str, ...]:
    dice = [d for r in rows for d in r["dice"]]
    found, all_ = sum(r["found"] for r in rows), sum(r["vertebrae"] for r in rows)
    return (
        f"{found}/{all_}",
        str(sum(r["merged"] for r in rows)),
        str(sum(r["false"] for r in rows)),
        _mean(dice),
        _completeness(rows),
    )


def _completeness(rows: list[Row]) -> str:
    right = sum(r["completeness_right"] for r in rows)
    known = sum(r["completeness_known"] for r in rows)
    return f"{right}/{known}" + (f" ({right / known:.2f})" if known else "")


def _mean(values: list[float | None]) -> str:
    known = [v for v in values if v is not None]
    return f"{np.mean(known):.3f}" if known else "–"


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
