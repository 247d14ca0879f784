"""The models of a project: which there are, which one is used, and back again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from ..cases import ModelRef, Project, RoundRecord
from ..cases.clock import now
from ..cases.project_record import ProjectRecord
from ..cases.records import read_as, write_record
from ..cases.round_record import Decision
from ..errors import ModelIncompatible
from ..strict_json import STRICT
from ..training import ACTIVE, TrainingRequest
from .ledger import change_round, read_rounds
from .model_names import check_name, is_taken

if TYPE_CHECKING:
    from ..network.model import ModelCard

State = Literal["active", "candidate", "promoted", "rejected", "kept", "imported", "shipped"]

_FILE: Final = "active.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of the active model."""

    __pydantic_config__: ClassVar = STRICT
    when: str
    who: str
    before: str | None
    after: str | None
    is_rollback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveModels:
    """Which models were active, one after the other (``models/active.json``)."""

    __pydantic_config__: ClassVar = STRICT
    schema: Literal[1] = 1
    kind: Literal["napari-vertseg active models"] = "napari-vertseg active models"
    changes: tuple[Change, ...] = ()

    @property
    def undoable(self) -> Change | None:
        """The promotion that a rollback takes back: the last that none has taken back yet."""
        taken_back = 0
        for change in reversed(self.changes):
            if change.is_rollback:
                taken_back += 1
            elif taken_back:
                taken_back -= 1
            else:
                return change
        return None


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One line of the list of models."""

    name: str
    folder: Path
    card: ModelCard
    ref: ModelRef
    megabytes: float
    state: State
    round: int | None
    """Number of the round that made it."""


def models_of(project: Project) -> list[ModelEntry]:
    """Models of the project by name, then the shipped ones; unsound folders are left out."""
    from ..network.model import CARD, shipped_models

    rounds = {r.model.name: r for r in read_rounds(project) if r.model is not None}
    active = project.record.active_model
    own = sorted(path.parent for path in project.folder.models.glob(f"*/{CARD}"))
    entries = [_entry(folder, rounds.get(folder.name), active) for folder in own]
    entries += [_entry(folder, None, active, is_shipped=True) for folder in shipped_models()]
    return [entry for entry in entries if entry is not None]


def find_in(project: Project, name: str) -> Path:
    """Folder of a model: ``active``, one of the project, a shipped one, or a path.

    Raises
    ------
    ModelIncompatible
        There is none.
    """
    from ..network.model import DEFAULT_MODEL, find_model

    if name == ACTIVE and project.record.active_model is None:
        return find_model(DEFAULT_MODEL)
    wanted = (project.record.active_model or DEFAULT_MODEL) if name == ACTIVE else name
    own = project.folder.models / wanted
    # A name with a slash in it is a path, and no name in the project.
    is_own = own.parent == project.folder.models and (own / "model.json").is_file()
    return own if is_own else find_model(wanted)


def ref_of(folder: Path) -> ModelRef:
    """Name and hash of a model."""
    from ..network.model import load_card, weights_sha256

    return ModelRef(name=load_card(folder).name, weights_sha256=weights_sha256(folder))


def active_model(project: Project) -> Path | None:
    """Folder of the model that the project uses; None where it was told to use none."""
    return None if project.record.active_model is None else find_in(project, ACTIVE)


def active_name(project: Project) -> str:
    """Name of the model that the project uses; the shipped one until another is promoted."""
    from ..network.model import DEFAULT_MODEL

    return project.record.active_model or DEFAULT_MODEL


def promote(project: Project, name: str, *, who: str = "") -> Change:
    """Use a model from now on; the one before can be had back by ``roll_back``.

    Raises
    ------
    ModelIncompatible
        There is no such model, or it is damaged.
    """
    from ..network.model import load_model

    folder = find_in(project, name)
    load_model(folder)
    own = adopt(project, folder)
    change = _switch(project, own, who=who)
    _decide(project, own, "promoted", who)
    return change


def adopt(project: Project, folder: Path) -> str:
    """Name of a model in the project; one that lies elsewhere is copied in.

    A record says names, never paths: those would be wrong on the next machine.
    """
    from ..network.model import load_model, shipped_models

    if folder.parent == project.folder.models or folder in shipped_models():
        return folder.name
    model = load_model(folder)
    wanted = check_name(model.card.name)
    name, count = wanted, 1
    while is_taken(project.folder.models, name):
        own = project.folder.models / name
        if own.exists() and ref_of(own).weights_sha256 == ref_of(folder).weights_sha256:
            return name
        count += 1
        name = f"{wanted}-{count}"
    model.renamed(name).save(project.folder.models / name)
    return name


def with_own_base(project: Project, request: TrainingRequest) -> TrainingRequest:
    """The request with a base that the project has; see ``adopt``."""
    if request.base is None or request.base == ACTIVE:
        return request
    return replace(request, base=adopt(project, find_in(project, request.base)))


def reject(project: Project, name: str, *, who: str = "") -> None:
    """A candidate that is not wanted; its folder stays until somebody deletes it."""
    if project.record.active_model == name:
        raise ModelIncompatible(
            f"{name} is the active model; roll back first, then it can be rejected."
        )
    _decide(project, name, "rejected", who)


def keep(project: Project, name: str, *, who: str = "") -> None:
    """A candidate that stays beside the active model."""
    _decide(project, name, "kept", who)


def roll_back(project: Project, *, who: str = "") -> Change:
    """Use the model that was active before the last promotion.

    Raises
    ------
    ModelIncompatible
        Nothing was promoted yet, or the model before is gone.
    """
    undo = read_active(project).undoable
    if undo is None:
        raise ModelIncompatible("no model was promoted in this project, so there is no way back.")
    if undo.before is not None:
        find_in(project, undo.before)
    change = _switch(project, undo.before, who=who, is_rollback=True)
    if undo.after is not None:
        _decide(project, undo.after, "kept", who, what="rolled back")
    return change


def read_active(project: Project) -> ActiveModels:
    """Which models were active so far."""
    path = project.folder.models / _FILE
    return read_as(ActiveModels, path) if path.is_file() else ActiveModels()


def _switch(project: Project, name: str | None, *, who: str, is_rollback: bool = False) -> Change:
    made: list[Change] = []

    def edit(record: ProjectRecord) -> ProjectRecord:
        before = record.active_model
        made.append(
            Change(when=now(), who=who, before=before, after=name, is_rollback=is_rollback)
        )
        if before != name:
            # Within the guard of the project, so that two promotions do not cross.
            log = read_active(project)
            place = project.folder.models / _FILE
            place.parent.mkdir(parents=True, exist_ok=True)
            write_record(place, replace(log, changes=(*log.changes, made[-1])))
        return replace(record, active_model=name)

    word = "rolled back" if is_rollback else "promoted"
    project.change(edit, who=who, what=f"{word}: active model {name or 'none'}")
    return made[-1]


def _decide(
    project: Project, name: str, decision: Decision, who: str, what: str | None = None
) -> None:
    """Write the decision into the round that made the model, if one of ours did."""
    for record in read_rounds(project):
        if record.model is not None and record.model.name == name:
            change_round(
                project,
                record.number,
                lambda r: replace(r, decision=decision),
                what=what or decision,
                who=who,
            )


def _entry(
    folder: Path, made_by: RoundRecord | None, active: str | None, *, is_shipped: bool = False
) -> ModelEntry | None:
    from ..network.model import DEFAULT_MODEL, WEIGHTS, load_card

    try:
        card = load_card(folder)
        ref = ref_of(folder)
    except (ModelIncompatible, OSError):
        return None
    # What was never promoted is not in use, whatever it is called.
    is_active = folder.name == (active or DEFAULT_MODEL) and (active is not None or is_shipped)
    return ModelEntry(
        name=folder.name,
        folder=folder,
        card=card,
        ref=ref,
        megabytes=(folder / WEIGHTS).stat().st_size / 1e6,
        state="active" if is_active else _state(made_by, is_shipped),
        round=None if made_by is None else made_by.number,
    )


def _state(made_by: RoundRecord | None, is_shipped: bool) -> State:
    if is_shipped:
        return "shipped"
    if made_by is None:
        return "imported"
    return "candidate" if made_by.decision == "open" else made_by.decision
