"""One round in a project: check, train, publish a candidate, compare it with the active model."""

from __future__ import annotations

import gc
from dataclasses import replace

import torch

from napari_vertseg.cases import Project, RoundRecord
from napari_vertseg.errors import VertsegError
from napari_vertseg.rounds.ledger import read_round, run_folder

from .loop import Ending, Run, open_run
from .out_of_memory import is_out_of_memory
from .processes import is_first_process
from .round_end import conclude
from .round_failure import failed, keep_spare
from .round_start import Prepared, prepare
from .round_validation import RoundValidation, deciding_scans
from .run_folder import RunFolder
from .runtime import Runtime
from .start import Setup


def finetune(project: Project, number: int, setup: Setup) -> RoundRecord:
    """Train a round to its end, from its last checkpoint where there is one.

    Returns
    -------
    RoundRecord
        With the candidate, unless the round was cancelled.

    Raises
    ------
    TrainingFailed
        One sentence, which stands in the round's events and history, too.
    """
    folder = RunFolder(run_folder(project, number))
    try:
        return _finetune(project, read_round(project, number), folder, setup)
    except (VertsegError, OSError, MemoryError, RuntimeError) as error:
        raise failed(project, number, folder, error) from error


def _finetune(
    project: Project, record: RoundRecord, folder: RunFolder, setup: Setup
) -> RoundRecord:
    folder.path.mkdir(parents=True, exist_ok=True)
    if is_first_process():
        folder.remove_unfinished()
        keep_spare(folder)
    prepared = prepare(project, record, folder, setup)
    run, ending = _steps(prepared, setup)
    if not run.fabric.is_global_zero:
        return record
    folder.forget_wish()
    return conclude(prepared, run, ending)


def _steps(prepared: Prepared, setup: Setup) -> tuple[Run, Ending]:
    """All steps; once more with a smaller setting where the memory does not suffice."""
    runtime = _runtime(prepared, setup)
    try:
        return _go(prepared, runtime, setup, "")
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error) or runtime.checkpoint_activations:
            raise
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    smaller = replace(runtime, checkpoint_activations=True, loaders=0)
    return _go(
        prepared,
        smaller,
        setup,
        "The memory did not suffice; the training goes on with less of it, and more slowly.",
    )


def _go(prepared: Prepared, runtime: Runtime, setup: Setup, note: str) -> tuple[Run, Ending]:
    base = prepared.base
    card = None if base is None else base.card
    scans, notes = [], [note] if note else []
    if prepared.fabric.is_global_zero:
        has_phantoms = prepared.request.has_gate_phantoms
        scans = deciding_scans(
            prepared.project, prepared.chosen, has_phantoms=has_phantoms, tell=notes.append
        )
    run = open_run(
        prepared.config,
        prepared.source,
        prepared.folder,
        prepared.fabric,
        runtime,
        RoundValidation(prepared.config, scans, prepared.folder, card),
        start_weights=None if base is None else dict(base.network.state_dict()),
        listen=setup.listen,
    )
    for note in notes:
        run.tell("note", message=note)
    return run, run.go()


def _runtime(prepared: Prepared, setup: Setup) -> Runtime:
    request = prepared.request
    minutes = setup.runtime.max_minutes or request.minutes
    return replace(
        setup.runtime,
        max_minutes=minutes,
        patience=request.patience,
        walks_at_ends=True,
        walk_at=None if request.walk_at is None else frozenset(request.walk_at),
        until_step=setup.steps or request.steps,
    )
