"""``vertseg study ablations``: what the paper leaves open, two seeds and equal steps each.

Every network, and every walk's scores, are kept as soon as they are whole, so that an
interrupted study goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..anatomy import is_target
from ..errors import CaseIncomplete
from ..io import write_json_atomic
from ..metrics import ScanScore
from ..network.model import Model, load_model
from ..synthesis import draw_phantom, make_phantom
from ..training import SourceShares
from ..volume import ZyxFloat
from .ablation_arms import Arm, arms
from .ablation_form import AblationForm
from .ablation_table import write_table
from .claimed import claim
from .study_settings import study_config
from .study_training import Tell, Trains
from .subject import Outcome, Subject, phantom_subject, score, walk

Row = dict[str, Any]
_SEEDS = (1, 2)
_MOST_STEPS = 200
_PHANTOMS = range(970_000, 970_012)
"""Unseen by training, and by the other studies."""


def run_ablations(
    form: AblationForm,
    folder: Path,
    train: Trains,
    tell: Tell,
    *,
    data: Path | None = None,
    only: Sequence[str] = (),
) -> Path | None:
    """Train and walk what has not been, and write the table.

    Parameters
    ----------
    form : AblationForm
        How much.
    folder : Path
        Where everything is kept.
    train : Trains
        The trainer.
    tell : callable
        Told how it goes.
    data : Path, optional
        Cases to train on beside phantoms.
    only : names of arms
        All where none is given.

    Returns
    -------
    Path or None
        The table; None where a training is not at its end yet.

    Raises
    ------
    CaseIncomplete
        The folder holds a study of another form.
    """
    claim(folder, {"study": "ablations"} | asdict(form))
    subjects = _Subjects(form)
    is_whole = True
    for arm in _chosen(only):
        for seed in _SEEDS:
            is_whole &= _trained_and_walked(form, folder, arm, seed, train, subjects, data, tell)
    if not is_whole:
        return None
    _way_back(folder, subjects, tell)
    return write_table(folder, form)


class _Subjects:
    """The test phantoms, made when the first network is walked: minutes after hours."""

    def __init__(self, form: AblationForm) -> None:
        self._form = form
        self._made: list[Subject] = []

    def __iter__(self) -> Iterator[Subject]:
        if not self._made:
            self._made = [_subject(self._form, s) for s in _PHANTOMS[: self._form.phantoms]]
        return iter(self._made)


def _chosen(only: Sequence[str]) -> list[Arm]:
    known = arms()
    unknown = set(only) - {arm.name for arm in known}
    if unknown:
        names = "; ".join(arm.name for arm in known)
        raise CaseIncomplete(f"there is no ablation {sorted(unknown)[0]!r}; there are: {names}.")
    return [arm for arm in known if not only or arm.name in only]


def _trained_and_walked(
    form: AblationForm,
    folder: Path,
    arm: Arm,
    seed: int,
    train: Trains,
    subjects: Iterable[Subject],
    data: Path | None,
    tell: Tell,
) -> bool:
    """Whether the arm is done with this seed."""
    name = f"{_file_name(arm.name)}-{seed}"
    result = folder / "results" / f"{name}.json"
    if result.exists():
        return True
    sources = SourceShares(
        phantom=1.0, synthesis=float(data is not None), real=float(data is not None)
    )
    settings = study_config(form.preset, form.steps, seed=seed, sources=sources, start=form.start)
    config = arm.change(settings)
    tell(f"{arm.name}, seed {seed}: {config.steps} steps")
    run = folder / "runs" / name
    if train(run, config, [data] if data else [], tell=tell) < config.steps:
        return False
    # Equal steps: the newest weights, not the best of a few looks.
    model = load_model(run / "latest")
    ways: list[Literal["down", "up"]] = (
        ["down"] if config.augment.upward_share == 0 else ["down", "up"]
    )
    rows = [
        _row(s, walk(s, model, direction=w, max_steps=_MOST_STEPS), w)
        for w in ways
        for s in subjects
    ]
    result.parent.mkdir(exist_ok=True)
    write_json_atomic(result, {"arm": arm.name, "says": arm.says, "seed": seed, "rows": rows})
    return True


def _way_back(folder: Path, subjects: Iterable[Subject], tell: Tell) -> None:
    """Resampling and refinement need no training: one network, every combination (P14, P15)."""
    result = folder / "way-back.json"
    runs = sorted((folder / "runs").glob("*/latest"))
    if result.exists() or not runs:
        return
    model = load_model(runs[0])
    rows = []
    for resampling in ("probability", "nearest"):
        for refine in (None, 200.0):
            card = replace(model.card, resampling=resampling, refine_below_hu=refine)
            tell(f"way back: {resampling}, refinement {refine}")
            changed = Model(card=card, network=model.network)
            for subject in subjects:
                row = _row(subject, walk(subject, changed, max_steps=_MOST_STEPS), "down")
                rows.append({"resampling": resampling, "refine_below_hu": refine} | row)
    # Two commands with different arms may come to it at the same time.
    write_json_atomic(result, {"model": runs[0].parent.name, "rows": rows}, overwrite=True)


def _row(subject: Subject, outcome: Outcome, way: str) -> Row:
    scored: ScanScore = score(subject, outcome)
    return {
        "name": scored.name,
        "direction": way,
        "vertebrae": len(scored.vertebrae),
        "found": scored.found,
        "merged": scored.merged,
        "false": scored.false_without_border_rule,
        "dice": [round(v.dice, 4) for v in scored.vertebrae],
        "completeness_accuracy": scored.completeness_accuracy,
        "steps": outcome.state.step,
        "ended": outcome.state.step < _MOST_STEPS,
    }


def _subject(form: AblationForm, seed: int) -> Subject:
    if form.coarse_mm is None:
        return phantom_subject(seed)
    drawn = draw_phantom(np.random.default_rng(seed))
    view = replace(drawn.field_of_view, top_rank=17.3, height_mm=160.0)
    view = replace(view, front_mm=40.0, back_mm=70.0, right_mm=55.0, left_mm=55.0)
    spacing = ZyxFloat(form.coarse_mm, form.coarse_mm, form.coarse_mm)
    phantom = make_phantom(replace(drawn, field_of_view=view), spacing)
    return Subject(
        scan=replace(phantom.scan, name=f"phantom-{seed}"),
        labels=phantom.labels,
        is_complete={v: bool(c) for v, c in phantom.is_complete.items() if is_target(v)},
        is_exhaustive=True,
    )


def _file_name(arm: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in arm.replace("λ", "lambda")).strip("-")
