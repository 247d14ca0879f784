"""What became of one of the paper's experiments: test scans walked, and the page about them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..evaluation import (
    Evaluation,
    ReportSettings,
    write_evaluation,
)
from ..io import write_json_atomic
from .study_settings import undertrained
from .study_training import steps_of
from .walked_cases import Walker, evaluated_walks, walk_cases

if TYPE_CHECKING:
    from .paper_studies import PaperStudy


def write_report(
    study: PaperStudy, model: Path, cases: Sequence[Path], *, is_real: bool = False
) -> Path:
    """Walk the test scans that have not been walked, and write page, tables and summary.

    Where there was a preliminary network, the final one is compared with it.
    """
    name = "report-real" if is_real else "report"
    title = f"{study.plan.title}: real scans" if is_real else study.plan.title
    found = _walked(study, model, cases, name)
    first = study.folder / "models" / "preliminary"
    before = _walked(study, first, cases, f"{name}-preliminary") if first.is_dir() else None
    settings = ReportSettings(title=title, notes=tuple(_notes(study, model)), overwrite=True)
    page = write_evaluation(study.folder / name, found, settings, before)
    summary = page.with_name("summary.json")
    figures = json.loads(summary.read_text(encoding="utf-8"))
    write_json_atomic(summary, _provenance(study, model) | figures, overwrite=True)
    return page


def _walked(study: PaperStudy, model: Path, cases: Sequence[Path], name: str) -> Evaluation:
    way, output = study.plan.direction, study.folder / "walks" / name
    study.tell(f"walking {len(cases)} test scans {way} with the {model.name} network")
    walker = Walker.load(model, study.device, study.tell)
    walk_cases(cases, walker, output, direction=way, tell=study.tell)
    return evaluated_walks(cases, output, lambda line: study.tell(f"  {line}"))


def _notes(study: PaperStudy, model: Path) -> list[str]:
    form, kept = study.form, steps_of(model)
    notes = [undertrained(form.preset, form.steps, form.start)]
    first = f"began as {form.start.name}" if form.start else f"network {form.preset}"
    notes.append(f"Trained for {form.steps} steps ({first}).")
    if kept != form.steps:
        notes.append(f"Kept are the weights of step {kept}, whose walks were best.")
    if form.is_short:
        notes.append(
            "Short form: fewer, smaller and coarser scans than the paper's, to try the "
            "machinery; no figure here measures anything."
        )
    else:
        notes.append(
            "The scans are made in the image of the paper's; they are not its scans. Those "
            f"to train on have voxels of at least {form.training_mm:g} mm, test scans their own."
        )
    return [note for note in notes if note]


def _provenance(study: PaperStudy, model: Path) -> dict[str, Any]:
    form = study.form
    row = {
        "study": study.plan.name,
        "preset": form.preset,
        "steps_trained": form.steps,
        "steps_kept": steps_of(model),
        "is_undertrained": undertrained(form.preset, form.steps, form.start) is not None,
        "started_from": form.start.name if form.start else None,
        "is_short": form.is_short,
    }
    return row | _effort(study.folder / "corrected")


def _effort(folder: Path) -> dict[str, Any]:
    """What it took to correct the proposals; nothing where there were none."""
    files = sorted(folder.glob("*/effort.json"))
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    if not rows:
        return {}
    vertebrae, touched = (sum(row[name] for row in rows) for name in ("vertebrae", "touched"))
    return {
        "corrected_scans": len(rows),
        "corrected_vertebrae": vertebrae,
        "correction_touched": touched,
        "correction_touched_share": touched / vertebrae if vertebrae else None,
        "correction_voxels_mean": float(np.mean([row["voxels"] for row in rows])),
    }
