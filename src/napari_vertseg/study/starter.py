"""``vertseg study starter``: is the shipped model as good as it has to be?

Real validation scans walked down and up, starts in every vertebra, unseen
phantoms, scans cropped at random places, validation labels rendered afresh.
Every part is written as soon as it is done, so that an interrupted study goes
on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..io import read_scan, write_json_atomic
from ..metrics import ScanScore
from ..network.model import Model
from ..volume import Zyx
from .chain import ChainRules, longest_row
from .subject import Outcome, Subject, phantom_subject, read_subject, score, subjects_of, walk
from .syntheses import read_map, syntheses_of, synthesis_subject

Row = dict[str, Any]
Tell = Callable[[str], None]

_UNSEEN = range(900_000, 900_020)
"""Seeds of the unseen phantoms: training draws from streams of its own."""
_START_PHANTOMS = range(910_000, 910_005)
_CROPS = 10
_LUMBAR = ChainRules(volume_cm3=(5.0, 90.0), spacing_mm=(12.0, 45.0))


def run_study(model: Model, data: Path | None, output: Path, parts: list[str], tell: Tell) -> Path:
    """Run the parts that are not done yet and write the report.

    Returns
    -------
    Path
        ``report.md``.
    """
    output.mkdir(parents=True, exist_ok=True)
    known: Mapping[str, Callable[[], list[Row]]] = {
        "real": lambda: _real(model, _needed(data), tell),
        "dicom": lambda: _dicom(model, _needed(data), tell),
        "starts": lambda: _starts(model, data, tell),
        "phantoms": lambda: _phantoms(model, tell),
        "crops": lambda: _crops(model, _needed(data), tell),
        "syntheses": lambda: _syntheses(model, _needed(data), tell),
    }
    for part in parts:
        if not (output / f"{part}.json").exists():
            write_json_atomic(output / f"{part}.json", known[part]())
    from .starter_report import write_report

    return write_report(output, model.card.name)


def _needed(data: Path | None) -> Path:
    if data is None:
        raise ValueError("this part needs a folder of real scans")
    return data


def _real(model: Model, data: Path, tell: Tell) -> list[Row]:
    rows = []
    for subject in subjects_of(data, "validation"):
        for direction in ("down", "up"):
            outcome = walk(subject, model, direction=direction)
            row = _row(score(subject, outcome), outcome) | {"direction": direction}
            row["row"] = longest_row(outcome.segmentation, _rules(subject))
            rows.append(row)
            tell(_said(row))
    return rows


def _rules(subject: Subject) -> ChainRules:
    """Thoracic bounds where the scan is thoracic, as the label of T12 alone says."""
    return ChainRules() if max(subject.targets) <= 19 else _LUMBAR


def _dicom(model: Model, data: Path, tell: Tell) -> list[Row]:
    rows = []
    for folder in sorted(p for p in (data / "dicom").glob("*") if p.is_dir()):
        scan = read_scan(folder)
        subject = Subject(scan, np.zeros(scan.grid.shape, dtype=np.uint8), {})
        outcome = walk(subject, model)
        row = {
            "name": folder.name,
            "instances": len(outcome.segmentation.instances),
            "row": longest_row(outcome.segmentation, _LUMBAR),
            "steps": outcome.state.step,
            "seconds": round(outcome.seconds, 1),
        }
        rows.append(row)
        tell(_said(row))
    return rows


def _starts(model: Model, data: Path | None, tell: Tell) -> list[Row]:
    subjects = [phantom_subject(seed) for seed in _START_PHANTOMS]
    if data is not None:
        subjects.insert(0, read_subject(data / "ct-labelled" / "verse008"))
    rows = []
    for subject in subjects:
        top = _found_labels(subject, walk(subject, model))
        middle = subject.targets[len(subject.targets) // 2]
        both = walk(subject, model, start=_inside(subject, middle), both=True)
        hits = [_returns_itself(subject, model, label) for label in subject.targets]
        row = {
            "name": subject.scan.name,
            "starts": len(hits),
            "right": sum(hits),
            "from_top": sorted(top),
            "both_ways": sorted(_found_labels(subject, both)),
        }
        rows.append(row)
        tell(_said(row))
    return rows


def _returns_itself(subject: Subject, model: Model, label: int) -> bool:
    """Whether a start in a vertebra gives that vertebra first."""
    outcome = walk(subject, model, start=_inside(subject, label), max_steps=24)
    first = [i for i in outcome.segmentation.instances if i.id == 1]
    if not first:
        return False
    under = subject.labels[first[0].slices][first[0].mask]
    return bool(under.size and np.bincount(under, minlength=256)[1:].argmax() + 1 == label)


def _inside(subject: Subject, label: int) -> Zyx:
    """A random voxel well inside a vertebra's body: where a person would click."""
    voxels = np.argwhere(subject.labels == label)
    spacing = np.array(subject.scan.grid.spacing_mm)
    distance = np.linalg.norm((voxels - np.median(voxels, axis=0)) * spacing, axis=1)
    near = voxels[distance <= np.quantile(distance, 0.3)]
    return Zyx(*(int(v) for v in near[np.random.default_rng(label).integers(len(near))]))


def _found_labels(subject: Subject, outcome: Outcome) -> set[int]:
    return {v.reference for v in score(subject, outcome).vertebrae if v.is_found}


def _phantoms(model: Model, tell: Tell) -> list[Row]:
    rows = []
    for seed in _UNSEEN:
        subject = phantom_subject(seed)
        outcome = walk(subject, model)
        row = _row(score(subject, outcome), outcome)
        rows.append(row)
        tell(_said(row))
    return rows


def _crops(model: Model, data: Path, tell: Tell) -> list[Row]:
    rows = []
    for name in ("verse008", "abdomen-3mm"):
        subject = read_subject(data / "ct-labelled" / name)
        rng = np.random.default_rng(2018)
        for number in range(_CROPS):
            part = subject.cropped(_random_crop(rng, subject))
            outcome = walk(part, model)
            row = _row(score(part, outcome), outcome) | {"name": f"{name} crop {number}"}
            rows.append(row)
            tell(_said(row))
    return rows


def _syntheses(model: Model, data: Path, tell: Tell) -> list[Row]:
    rows = []
    for name, seed in syntheses_of():
        subject = synthesis_subject(read_map(data, name), seed)
        outcome = walk(subject, model)
        row = _row(score(subject, outcome), outcome)
        rows.append(row)
        tell(_said(row))
    return rows


def _random_crop(rng: np.random.Generator, subject: Subject) -> tuple[slice, slice, slice]:
    """Half to nine tenths of the scan's length, at a random height."""
    depth = subject.scan.grid.shape.z
    kept = int(depth * rng.uniform(0.5, 0.9))
    first = int(rng.integers(0, depth - kept + 1))
    return slice(first, first + kept), slice(None), slice(None)


def _row(scored: ScanScore, outcome: Outcome) -> Row:
    known = [v for v in scored.vertebrae if v.is_completeness_scored]
    return {
        "name": scored.name,
        "vertebrae": len(scored.vertebrae),
        "found": scored.found,
        "missed": scored.missed,
        "merged": scored.merged,
        "false": scored.false,
        "dice": [round(v.dice, 4) for v in scored.vertebrae],
        "references": [v.reference for v in scored.vertebrae],
        "asd_mm": [v.asd_mm for v in scored.vertebrae],
        "completeness_right": sum(
            v.is_reference_complete == v.is_predicted_complete for v in known
        ),
        "completeness_known": len(known),
        "sacrum_share": max(
            (i.sacrum_share for i in scored.instances if i.is_exported), default=0.0
        ),
        "steps": outcome.state.step,
        "seconds": round(outcome.seconds, 1),
    }


def _said(row: Row) -> str:
    """One line of a row for whoever listens."""
    short = {k: v for k, v in row.items() if k not in {"references", "asd_mm"}}
    return json.dumps(short, ensure_ascii=False)
