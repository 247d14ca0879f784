"""A project with a candidate that was compared, without any training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from napari_vertseg.cases import ModelRef, Project
from napari_vertseg.io import write_labels
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import DataSource, Model, ModelCard, Provenance
from napari_vertseg.rounds.compare import mask_files, masks_folder, save_comparison
from napari_vertseg.rounds.comparison import (
    CaseChange,
    Comparison,
    Figures,
    VertebraChange,
    VertebraFigures,
)
from napari_vertseg.rounds.ledger import begin_round, change_round
from napari_vertseg.rounds.models import ref_of
from napari_vertseg.rounds.truth import truth_of
from napari_vertseg.training import TrainingRequest


def add_candidate(project: Project, gains: dict[str, float], *, seed: int = 1) -> int:
    """A round whose candidate gained so much in each case, over a Dice of 0.8; its number.

    The first vertebra of each case takes all of the gain. The candidate's mask lacks the
    uppermost vertebra, and has a false one beside the spine.
    """
    number = begin_round(project, TrainingRequest(base=None, preset="tiny")).number
    ref = add_model(project, f"round-{number}", seed)
    cases = tuple(_change(project, case, gain) for case, gain in gains.items())
    before = ModelRef(name="starter", weights_sha256="0" * 64)
    save_comparison(project, number, Comparison(active=before, candidate=ref, cases=cases))
    for case in gains:
        _write_masks(project, number, case)
    change_round(project, number, lambda r: replace(r, model=ref), what="candidate")
    return number


def add_model(project: Project, name: str, seed: int) -> ModelRef:
    """A tiny model with random weights in the project."""
    torch.manual_seed(seed)
    network = IterativeFcn(PRESETS["tiny"].network)
    made = Provenance(
        parent=f"starter {'0' * 64}",
        created="2026-01-02",
        steps=12,
        data=(DataSource(name="case-0001", sha256="ab" * 32, licence=""),),
        scores={"case-0002/dice": 0.81, "case-0003/dice": 0.83},
        limits=("Research use only, not a medical device.",),
    )
    card = ModelCard(
        name=name,
        network=network.config,
        spacing_mm=8.0,
        window_hu=(-200.0, 1000.0),
        provenance=made,
    )
    Model(card=card, network=network).save(project.folder.models / name)
    return ref_of(project.folder.models / name)


def _figures(dice: float) -> Figures:
    return Figures(
        dice=dice,
        asd_mm=1.0,
        found=4,
        missed=1,
        merged=0,
        false=1,
        completeness_right=3,
        completeness_known=4,
    )


def _change(project: Project, case: str, gain: float) -> CaseChange:
    truth = truth_of(project, case, project.case(case).submitted.number)
    vertebrae = tuple(
        VertebraChange(
            case=case,
            value=value,
            name=truth.names[value],
            active=_vertebra(0.8),
            candidate=_vertebra(0.8 + (gain * len(truth.targets) if place == 0 else 0.0)),
        )
        for place, value in enumerate(truth.targets)
    )
    record = project.case(case)
    return CaseChange(
        case=case,
        name=record.name,
        patient=record.patient,
        kind="validation" if record.role == "validation" else "earlier",
        active=_figures(0.8),
        candidate=_figures(0.8 + gain),
        vertebrae=vertebrae,
    )


def _vertebra(dice: float) -> VertebraFigures:
    is_found = dice > 0.5
    return VertebraFigures(
        dice=dice,
        asd_mm=1.0 if is_found else None,
        outcome="found" if is_found else "missed",
        is_completeness_right=True if is_found else None,
    )


def _write_masks(project: Project, number: int, case: str) -> None:
    record = project.case(case)
    truth = truth_of(project, case, record.submitted.number).labels
    scan = project.scan(record)
    values = [int(v) for v in np.unique(truth) if 0 < v < 26]
    active = np.zeros_like(truth)
    for place, value in enumerate(values, start=1):
        active[truth == value] = place
    candidate = np.where(active > 1, active - 1, 0).astype(np.uint8)
    candidate[-6:, :3, :3] = len(values) + 1
    files = mask_files(masks_folder(project, number), case)
    files.active.parent.mkdir(parents=True)
    for path, labels in (
        (files.active, active),
        (files.candidate, candidate),
        (files.reference, truth),
    ):
        write_labels(path, labels, scan)
