"""One round in a project: check, train, publish a candidate, compare it with the active model."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from lightning_fabric import Fabric

from napari_vertseg.cases import ModelRef, Project, RoundRecord
from napari_vertseg.errors import TrainingFailed, VertsegError
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import Model, load_model, weights_sha256
from napari_vertseg.rounds.ledger import (
    TRAINING,
    change_round,
    read_round,
    request_of,
    run_folder,
    training_of,
)
from napari_vertseg.rounds.models import find_in
from napari_vertseg.training import Finding, TrainingConfig, TrainingRequest

from .loop import Ending, Run, Runtime, open_run
from .mixing import MixedSource, mixed_source
from .preflight import Preflight, facts, is_out_of_memory, read_cases, try_out
from .project_cases import ChosenCase, cases_of_round, choose_cases, of_use
from .round_end import conclude, record_start
from .round_settings import settings_of
from .round_validation import RoundValidation, deciding_scans
from .run_folder import RunFolder
from .run_log import RunLog
from .start import Setup, fabric_for, is_first_process

_FULL_BYTES = 16 << 20
_SPARE_BYTES = 1 << 18
"""Kept on the disk until it is full, so that the reason can still be written."""


@dataclass(frozen=True)
class Prepared:
    """A round that nothing speaks against."""

    project: Project
    record: RoundRecord
    request: TrainingRequest
    base: Model | None
    base_ref: ModelRef | None
    chosen: tuple[ChosenCase, ...]
    config: TrainingConfig
    source: MixedSource
    fabric: Fabric
    folder: RunFolder


def check(project: Project, request: TrainingRequest, setup: Setup) -> list[Finding]:
    """What would fail, without starting or writing anything."""
    try:
        base, _ = _base(project, request)
        name = None if base is None else base.card.name
        chosen = choose_cases(project, request, name)
    except VertsegError as error:
        return [Finding(severity="blocker", topic="cases", sentence=str(error))]
    flight = read_cases(project, chosen, request)
    config = settings_of(request, None if base is None else base.card, 1.0)
    fabric = fabric_for(config, setup)
    _try(flight, project, chosen, config, request, fabric, base)
    known = None if base is None else base.card
    return [*flight.findings, *facts(chosen, known)]


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
    except VertsegError as error:
        raise _failed(project, number, folder, _full(project) or str(error)) from error
    except (OSError, MemoryError, RuntimeError) as error:
        raise _failed(project, number, folder, _full(project) or _words(error)) from error


def _finetune(
    project: Project, record: RoundRecord, folder: RunFolder, setup: Setup
) -> RoundRecord:
    folder.path.mkdir(parents=True, exist_ok=True)
    if is_first_process():
        folder.remove_unfinished()
        _keep_spare(folder)
    prepared = _prepared(project, record, folder, setup)
    run, ending = _steps(prepared, setup)
    if not run.fabric.is_global_zero:
        return record
    folder.forget_wish()
    return conclude(prepared, run, ending)


def _prepared(project: Project, record: RoundRecord, folder: RunFolder, setup: Setup) -> Prepared:
    request = request_of(record)
    is_begun = (folder.path / "config.json").exists()
    base, ref = _base(project, request, record if is_begun or record.cases else None)
    card = None if base is None else base.card
    chosen = cases_of_round(record, request) if record.cases else ()
    chosen = chosen or choose_cases(project, request, None if card is None else card.name)
    flight = read_cases(project, chosen, request)
    flight.refuse()
    config = training_of(record) if TRAINING in record.settings else settings_of(request, card, 1)
    fabric = fabric_for(config, setup)
    fabric.launch()
    if not is_begun:
        _try(flight, project, chosen, config, request, fabric, base)
        flight.refuse()
    if TRAINING not in record.settings:
        config = settings_of(request, card, flight.seconds_per_step)
    config = fabric.broadcast(config)
    # A case that was only to be replayed and is gone is left out, and stays in the record.
    chosen = tuple(c for c in chosen if c.use == "validation" or c.id in flight.cases)
    request = replace(request, cases=tuple(c.id for c in of_use(chosen, "corrected")))
    if is_first_process() and not is_begun:
        parent = None if ref is None else f"{ref.name} {ref.weights_sha256}"
        record = record_start(project, record, request, config, chosen, ref, flight.findings)
        # Last: a folder with settings has begun, and then the record must say with what.
        folder.create(config, [], parent=parent)
    source = _source(flight, chosen, request)(config)
    return Prepared(project, record, request, base, ref, chosen, config, source, fabric, folder)


def _base(
    project: Project, request: TrainingRequest, record: RoundRecord | None = None
) -> tuple[Model | None, ModelRef | None]:
    """The model to start from; for a round that has begun, the very weights it began with."""
    if request.base is None:
        return None, None
    name = request.base if record is None or record.parent is None else record.parent.name
    path = find_in(project, name)
    model = load_model(path)
    ref = ModelRef(name=model.card.name, weights_sha256=weights_sha256(path))
    if record is not None and record.parent is not None and record.parent != ref:
        raise TrainingFailed(
            f"the model {ref.name} is no longer the one that round {record.number} began with; "
            "start a new round."
        )
    return model, ref


def _source(
    flight: Preflight, chosen: tuple[ChosenCase, ...], request: TrainingRequest
) -> Callable[[TrainingConfig], MixedSource]:
    corrected = [flight.cases[c.id] for c in of_use(chosen, "corrected") if c.id in flight.cases]
    earlier = [flight.cases[c.id] for c in of_use(chosen, "earlier") if c.id in flight.cases]

    def of(config: TrainingConfig) -> MixedSource:
        spacing_mm = PRESETS[config.preset].spacing_mm
        return mixed_source(corrected, earlier, config, spacing_mm, request)

    return of


def _try(
    flight: Preflight,
    project: Project,
    chosen: tuple[ChosenCase, ...],
    config: TrainingConfig,
    request: TrainingRequest,
    fabric: Fabric,
    base: Model | None,
) -> None:
    weights = None if base is None else dict(base.network.state_dict())
    source = _source(flight, chosen, request)
    try_out(flight, project.folder.path, config, request, fabric, source, weights)


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
    scans = []
    if prepared.fabric.is_global_zero:
        has_phantoms = prepared.request.has_gate_phantoms
        scans = deciding_scans(prepared.project, prepared.chosen, has_phantoms=has_phantoms)
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
    if note:
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
        until_step=setup.steps or request.steps,
    )


def _keep_spare(folder: RunFolder) -> None:
    spare = folder.path / "spare"
    if not spare.exists():
        spare.write_bytes(bytes(_SPARE_BYTES))


def _failed(project: Project, number: int, folder: RunFolder, sentence: str) -> TrainingFailed:
    """The reason, told to everybody who listens, as far as the disk allows."""
    failure = TrainingFailed(sentence)
    if not is_first_process():
        return failure
    (folder.path / "spare").unlink(missing_ok=True)
    try:
        events = folder.events()
        if not events or events[-1].kind != "failed":
            RunLog(folder).tell("failed", events[-1].step if events else 0, message=sentence)
        change_round(project, number, lambda r: r, what=f"failed: {sentence}")
    except (OSError, VertsegError):
        pass
    return failure


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
