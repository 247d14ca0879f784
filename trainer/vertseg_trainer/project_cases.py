"""From the cases of a project to what is trained on, what is replayed and what is held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_vertseg.cases import Case, Project, Role, RoundCase, RoundRecord
from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.rounds.lineage import seen_by
from napari_vertseg.rounds.takes import cases_to_train_on, reason_against
from napari_vertseg.rounds.truth import Truth, truth_of
from napari_vertseg.training import TrainingRequest
from napari_vertseg.volume import Scan

from .cases import TrainingCase
from .drawn import BONE_HU

Use = Literal["corrected", "earlier", "validation"]
_NEAR_MM: Final = 2.0
"""Partial volume: so near to bone, a voxel may hold some."""


@dataclass(frozen=True, slots=True)
class ChosenCase:
    """One version of one case, and what for."""

    use: Use
    record: RoundCase

    @property
    def id(self) -> str:
        """Of the case."""
        return self.record.case


def choose_cases(
    project: Project, request: TrainingRequest, base: str | None
) -> tuple[ChosenCase, ...]:
    """The newest submitted version of every case that a round takes.

    Parameters
    ----------
    project : Project
    request : TrainingRequest
    base : str, optional
        Name of the model that is trained on; what it has seen is *earlier*.

    Raises
    ------
    CaseIncomplete
        A case that was asked for cannot be trained on, or there is none at all.
    """
    usable = [case for case in project.cases() if not reason_against(project, case)]
    train = [case for case in usable if case.role is Role.TRAIN]
    seen = seen_by(project, base)
    if request.cases is not None:
        corrected = [_asked(project, train, case_id) for case_id in request.cases]
    else:
        ids = cases_to_train_on({case.id: _version(case) for case in train}, seen)
        corrected = [case for case in train if case.id in ids]
    if not corrected:
        raise CaseIncomplete(_nothing(project))
    taken = {case.id for case in corrected}
    earlier = [case for case in train if case.id in seen and case.id not in taken]
    held_out = [case for case in usable if case.role is Role.VALIDATION]
    return (
        *(ChosenCase("corrected", _record(case)) for case in corrected),
        *(ChosenCase("earlier", _record(case)) for case in earlier),
        *(ChosenCase("validation", _record(case)) for case in held_out),
    )


def cases_of_round(record: RoundRecord, request: TrainingRequest) -> tuple[ChosenCase, ...]:
    """The same versions again, for going on with a round or doing it once more."""
    corrected = request.cases or ()

    def use(case: RoundCase) -> Use:
        if case.role is Role.VALIDATION:
            return "validation"
        return "corrected" if case.case in corrected else "earlier"

    return tuple(ChosenCase(use(case), case) for case in record.cases)


def training_case(project: Project, chosen: ChosenCase, edited_weight: float) -> TrainingCase:
    """A case with its scan, as the samples are drawn from it.

    Raises
    ------
    CaseIncomplete
        The scan is missing or changed, a file is damaged, labels are no longer those of
        the round, or nothing in it can be learnt.
    """
    check_unchanged(project, chosen.record)
    truth = truth_of(project, chosen.id, chosen.record.version)
    if not truth.targets:
        raise CaseIncomplete(
            f"{chosen.id} has no accepted vertebra in its reviewed range, so there is nothing "
            "to learn from it; accept one, or leave the case out."
        )
    scan = project.scan(project.case(chosen.id))
    return TrainingCase(
        name=chosen.id,
        grid=truth.grid,
        labels=truth.labels,
        image=scan.voxels,
        ignore=truth.silent & ~_no_neighbour(truth, scan),
        is_complete=truth.is_complete,
        is_exhaustive=True,
        has_levels=truth.has_levels,
        ignored=truth.ignored,
        loss_weight={v: edited_weight for v in truth.edited if edited_weight != 1.0},
        sha256=chosen.record.labels_sha256,
    )


def _no_neighbour(truth: Truth, scan: Scan) -> NDArray[np.bool_]:
    """Voxels beside the ends of the reviewed range that no neighbour's bone reaches.

    Without them a case with a range of two vertebrae has hardly any background, and a network
    that trains on it unlearns where a vertebra ends. Nor has it, if the bright rim of a labelled
    vertebra passes for a neighbour.
    """
    known = truth.beside_ends.copy()
    slices = np.flatnonzero(known.any(axis=(1, 2)))
    if slices.size:
        box = slice(slices[0], slices[-1] + 1)
        size = [2 * ceil(_NEAR_MM / mm) + 1 for mm in truth.grid.spacing_mm]
        rim = ndimage.maximum_filter(truth.labels[box] > 0, size=size)
        bone = (scan.voxels[box] >= BONE_HU) & ~rim
        known[box] &= rim | ~ndimage.maximum_filter(bone, size=size)
    return known


def check_unchanged(project: Project, record: RoundCase) -> None:
    """What a round recorded is still what lies on the disk.

    Raises
    ------
    CaseIncomplete
        The version is gone or its labels are others.
    """
    case = project.case(record.case)
    versions = {version.number: version for version in case.versions}
    version = versions.get(record.version)
    if version is None or version.labels.sha256 != record.labels_sha256:
        raise CaseIncomplete(
            f"the labels of {record.case} changed after the round began (version "
            f"{record.version} is no longer what it was); start a new round."
        )
    if case.source.voxels_sha256 != record.voxels_sha256:
        raise CaseIncomplete(
            f"the scan of {record.case} was replaced after the round began; start a new round."
        )


def of_use(chosen: Sequence[ChosenCase], use: Use) -> list[ChosenCase]:
    """Those chosen for one purpose."""
    return [case for case in chosen if case.use == use]


def _version(case: Case) -> int:
    """Number of the newest submitted version."""
    return 0 if case.submitted is None else case.submitted.number


def _asked(project: Project, train: Sequence[Case], case_id: str) -> Case:
    for case in train:
        if case.id == case_id:
            return case
    case = project.case(case_id)
    reason = reason_against(project, case)
    if case.role is not Role.TRAIN:
        reason = f"its patient has the role {case.role}, which never changes"
    raise CaseIncomplete(f"{case_id} cannot be trained on: {reason}. Leave it out.")


def _record(case: Case) -> RoundCase:
    version = case.submitted
    if version is None:
        raise TypeError(f"{case.id} was never submitted")
    return RoundCase(
        case=case.id,
        patient=case.patient,
        role=case.role,
        version=version.number,
        voxels_sha256=case.source.voxels_sha256,
        labels_sha256=version.labels.sha256,
        ignore_sha256=None if version.ignore is None else version.ignore.sha256,
    )


def _nothing(project: Project) -> str:
    cases = project.cases()
    waiting = sum(case.role is Role.TRAIN and case.submitted is None for case in cases)
    hint = (
        f"{waiting} with the role train wait to be corrected and submitted"
        if waiting
        else "add scans, correct them and submit them for training"
    )
    return f"there is no corrected case to train on: {hint}."
