"""How a round ends that cannot go on: a sentence, told to everybody who listens."""

from __future__ import annotations

import shutil
from contextlib import suppress

from napari_vertseg.cases import Project
from napari_vertseg.errors import TrainingFailed, VertsegError
from napari_vertseg.rounds.ledger import change_round

from .loop import NoNumber
from .out_of_memory import is_out_of_memory
from .processes import is_first_process
from .run_folder import RunFolder
from .run_log import RunLog

_FULL_BYTES = 16 << 20
_SPARE_BYTES = 1 << 18
"""Kept on the disk until it is full, so that the reason can still be written."""
_NO_NUMBER = (
    "The training gave numbers that are no numbers any more, so it was stopped: a scan may hold "
    "values that are no CT, or the learning rate is too high. Your corrections and models are as "
    "they were. Leave out the scan that came last, or choose a smaller rate under Advanced, and "
    "press Fine-tune again."
)


def keep_spare(folder: RunFolder) -> None:
    """Keep some bytes back, for the reason; see ``failed``."""
    spare = folder.path / "spare"
    if not spare.exists():
        spare.write_bytes(bytes(_SPARE_BYTES))


def forget_spare(folder: RunFolder) -> None:
    """Give them back."""
    (folder.path / "spare").unlink(missing_ok=True)


def failed(
    project: Project, number: int, folder: RunFolder, error: BaseException
) -> TrainingFailed:
    """The reason, told to everybody who listens, as far as the disk allows."""
    failure = TrainingFailed(_sentence(project, error))
    if not is_first_process():
        return failure
    forget_spare(folder)
    # On a full disk nothing can be told; the error that is returned still says why.
    with suppress(OSError, VertsegError):
        events = folder.events()
        if not events or events[-1].kind != "failed":
            RunLog(folder).tell("failed", events[-1].step if events else 0, message=str(failure))
        change_round(project, number, lambda r: r, what=f"failed: {failure}")
    return failure


def _sentence(project: Project, error: BaseException) -> str:
    if isinstance(error, NoNumber):
        return _NO_NUMBER
    return _full(project) or (str(error) if isinstance(error, VertsegError) else _words(error))


def _full(project: Project) -> str:
    """What to say where the disk is full, whatever a library made of it; else empty."""
    free = shutil.disk_usage(project.folder.path).free
    if free > _FULL_BYTES:
        return ""
    return (
        f"The disk of the project is full ({free / 1e6:.0f} MB left), so the training stopped. "
        "Free some space and press Resume: it goes on from its last checkpoint. Your corrections "
        "and models are as they were."
    )


def _words(error: BaseException) -> str:
    """What a library or the system said, for a person."""
    if is_out_of_memory(error):
        return (
            "The memory of this machine does not suffice for this training, not even with the "
            "smaller setting; close other programs, or train on another machine. Your "
            "corrections and models are as they were."
        )
    if isinstance(error, OSError):
        return (
            f"The training could not write or read a file ({error.strerror or error}); free some "
            "space on the project's disk and press Resume. Your corrections and models are as "
            "they were."
        )
    return (
        f"The training broke off ({type(error).__name__}: {str(error).splitlines()[0][:200]}). "
        "Your corrections and models are as they were; the log has the details."
    )
