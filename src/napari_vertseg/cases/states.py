"""What a case, a patient or a vertebra can be."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a patient's scans may be used for."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class Status(StrEnum):
    """How far a case has come."""

    NEW = "new"
    PROPOSED = "proposed"
    """It has a prediction, and nobody has saved a correction yet."""
    IN_CORRECTION = "in_correction"
    DONE = "done"
    """Submitted for training, and not changed since."""
    EXCLUDED = "excluded"
    """Kept, yet of no use; the history says why."""


class Verdict(StrEnum):
    """What a person thinks of a vertebra."""

    PROPOSED = "proposed"
    EDITED = "edited"
    ACCEPTED = "accepted"
    FLAGGED = "flagged"
    IGNORED = "ignored"
    """Neither target nor background: it carries no loss, but stays in the memory."""

    @property
    def is_settled(self) -> bool:
        """Whether a vertebra with this verdict may go to training."""
        return self in (Verdict.ACCEPTED, Verdict.IGNORED)


class Origin(StrEnum):
    """Who drew a vertebra first."""

    MODEL = "model"
    MASK = "mask"
    """A file of another tool."""
    HAND = "hand"


class PatientSource(StrEnum):
    """How it is known whose scan it is."""

    DICOM = "dicom"
    STATED = "stated"
    FILE = "file"
    """Not at all: taken as the only scan of its patient."""
