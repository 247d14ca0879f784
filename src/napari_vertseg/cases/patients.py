"""Whose scan it is, and what that patient's scans may be used for."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from ..errors import CaseIncomplete
from .project_record import PatientRecord, ProjectRecord
from .states import PatientSource, Role

VALIDATION_EVERY: Final = 4
"""Every fourth patient; not the first, since one must be there to train on."""


def patient_hash(salt: str, word: str) -> str:
    """Salted hash of whatever tells a patient from others; spelling of letters does not count."""
    plain = " ".join(word.split()).casefold()
    return "p-" + hashlib.sha256(f"{salt}\0{plain}".encode()).hexdigest()[:16]


def proposed_role(patients_before: int) -> Role:
    """Role for the next patient."""
    is_validation = (patients_before + 1) % VALIDATION_EVERY == 0
    return Role.VALIDATION if is_validation else Role.TRAIN


def with_patient(
    project: ProjectRecord, patient_id: str, known_from: PatientSource, role: Role | None
) -> tuple[ProjectRecord, PatientRecord]:
    """The project with a patient in it, who may have been there before.

    Parameters
    ----------
    role : Role, optional
        As the person asks; not given = the patient's, or the proposed one.

    Raises
    ------
    CaseIncomplete
        The patient was withdrawn, or has another role.
    """
    known = project.patient(patient_id)
    if known is None:
        made = PatientRecord(
            id=patient_id,
            known_from=known_from,
            role=role or proposed_role(len(project.patients)),
        )
        return replace(project, patients=(*project.patients, made)), made
    if known.withdrawn is not None:
        raise CaseIncomplete(
            f"patient {known.id} was withdrawn from this project on {known.withdrawn[:10]}, so "
            "the scan was not taken in."
        )
    if role is not None and role is not known.role:
        raise CaseIncomplete(
            f"patient {known.id} is a {known.role} patient, so this scan cannot be {role}: "
            "one patient's scans have one role, or validation would be of no worth."
        )
    return project, known


def with_role(project: ProjectRecord, patient_id: str, role: Role) -> ProjectRecord:
    """The project with another role for a patient none of whose cases was submitted yet.

    Raises
    ------
    CaseIncomplete
        Unknown patient, or the role is fixed.
    """
    known = project.patient(patient_id)
    if known is None:
        raise CaseIncomplete(f"there is no patient {patient_id} in {project.name}.")
    if known.is_role_fixed and known.role is not role:
        raise CaseIncomplete(
            f"the role {known.role} of patient {patient_id} is fixed since a case was submitted; "
            "a change would let scans leak between training and validation."
        )
    patients = tuple(replace(p, role=role) if p is known else p for p in project.patients)
    return replace(project, patients=patients)
