"""What can go wrong, by what the caller can do about it.

None derives from ``RuntimeError``: Qt worker libraries swallow that one, and a
swallowed error leaves a window that waits for ever.
"""

from __future__ import annotations


class VertsegError(Exception):
    """Base of every error raised on purpose; its text is meant for the user."""


class ScanUnreadable(VertsegError):
    """The input is no CT volume that can be walked; says what, why and what to do."""


class OutputRefused(VertsegError):
    """A result cannot be written: it would overwrite a file, or the place is not writable."""


class ModelIncompatible(VertsegError):
    """A model folder is foreign, damaged or made for something else."""


class SegmentationFailed(VertsegError):
    """The walk stopped before its end; what was found so far is kept by the caller."""


class CaseIncomplete(VertsegError):
    """A case lacks what the asked step needs, or contradicts itself."""


class EditImpossible(VertsegError):
    """An editing tool cannot do what was asked; the labels are as they were."""


class CaseLocked(VertsegError):
    """Somebody else has a case open, or took it over; says who. Reading it is possible."""


class TrainingFailed(VertsegError):
    """Training cannot start or go on; the last checkpoint stays as it is."""


class RecordingUnreadable(VertsegError):
    """A recorded or saved walk is damaged, foreign or of another version."""
