"""What a round trains on, from which weights and how; refused where it would fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lightning_fabric import Fabric

from napari_vertseg.cases import ModelRef, Project, RoundRecord
from napari_vertseg.errors import TrainingFailed, VertsegError
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import Model, ModelCard, load_model, weights_sha256
from napari_vertseg.rounds.ledger import TRAINING, request_of, training_of
from napari_vertseg.rounds.model_names import check_name
from napari_vertseg.rounds.models import find_in
from napari_vertseg.training import Finding, TrainingConfig, TrainingRequest

from .mixing import MixedSource, mixed_source
from .preflight import Preflight, facts, read_cases
from .processes import is_first_process
from .project_cases import ChosenCase, cases_of_round, choose_cases, of_use
from .round_end import record_start
from .round_settings import settings_of
from .run_folder import RunFolder
from .start import Setup, fabric_for
from .trial import try_out


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
        if request.name is not None:
            check_name(request.name)
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
    return [*flight.findings, *facts(flight.fit(chosen), known)]


def prepare(project: Project, record: RoundRecord, folder: RunFolder, setup: Setup) -> Prepared:
    """Everything that a round needs, found and tried; written down where it begins.

    Raises
    ------
    VertsegError
        It would fail; the sentence says how.
    """
    request = request_of(record)
    is_begun = (folder.path / "config.json").exists()
    base, ref = _base(project, request, record if is_begun or record.cases else None)
    card = None if base is None else base.card
    chosen = _chosen(project, record, request, card)
    flight = read_cases(project, chosen, request)
    flight.refuse()
    config = _settings(record, request, card, 1.0)
    fabric = fabric_for(config, setup)
    fabric.launch()
    if not is_begun:
        _try(flight, project, chosen, config, request, fabric, base)
        flight.refuse()
        config = _settings(record, request, card, flight.seconds_per_step)
    config = fabric.broadcast(config)
    # A case that was only to be replayed and is gone is left out, and stays in the record.
    chosen = tuple(c for c in chosen if c.use == "validation" or c.id in flight.cases)
    request = replace(request, cases=tuple(c.id for c in of_use(chosen, "corrected")))
    if is_first_process() and not is_begun:
        record = record_start(project, record, request, config, chosen, ref, flight.findings)
        # Last: a folder with settings has begun, and then the record must say with what.
        parent = None if ref is None else f"{ref.name} {ref.weights_sha256}"
        folder.create(config, [], parent=parent)
    source = _source(flight, chosen, request)(config)
    return Prepared(project, record, request, base, ref, chosen, config, source, fabric, folder)


def _chosen(
    project: Project, record: RoundRecord, request: TrainingRequest, card: ModelCard | None
) -> tuple[ChosenCase, ...]:
    """Those that the round began with; of a new one, those that it takes."""
    if record.cases:
        return cases_of_round(record, request)
    return choose_cases(project, request, None if card is None else card.name)


def _settings(
    record: RoundRecord,
    request: TrainingRequest,
    card: ModelCard | None,
    seconds_per_step: float,
) -> TrainingConfig:
    """Those that the round began with; of a new one, what its budget comes to."""
    if TRAINING in record.settings:
        return training_of(record)
    return settings_of(request, card, seconds_per_step)


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
