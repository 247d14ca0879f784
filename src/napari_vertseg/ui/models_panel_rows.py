"""The models of a project as rows, and everything that is known about one of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..cases import Project
from ..rounds.archive import export_model, import_model
from ..rounds.ledger import read_round
from ..rounds.models import ModelEntry, models_of
from .models import SHIPPED

_SHORT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """One model."""

    name: str
    folder: Path
    state: str
    parent: str
    """Name of the model it was trained from; empty for none."""
    parent_sha256: str
    created: str
    round: int | None
    steps: int
    megabytes: float
    weights_sha256: str
    data: tuple[tuple[str, str], ...]
    """Name and hash of everything that it was trained on."""
    scores: tuple[tuple[str, float], ...]
    """By flat name, measured where it was made."""
    judged: tuple[tuple[str, float], ...]
    """By flat name, from the comparison that its round in this project ended with."""
    limits: tuple[str, ...]
    licence: str

    @property
    def score(self) -> float | None:
        """Mean Dice of the scans that judged it: of the validation scans, where there are any."""
        figures = self.judged or self.scores
        dices = {name: value for name, value in figures if name.endswith("/dice")}
        held_out = [value for name, value in dices.items() if name.startswith("validation/")]
        values = held_out or list(dices.values())
        return sum(values) / len(values) if values else None

    @property
    def score_words(self) -> str:
        """With whose scans it was measured: those of others say nothing about which is better."""
        if self.score is None:
            return "–"
        return f"{self.score:.3f} {'here' if self.judged else 'elsewhere'}"

    @property
    def origin(self) -> str:
        """Where it comes from, for the table."""
        if self.round is not None:
            return f"round {self.round}"
        return "shipped" if self.folder.parent == SHIPPED else "imported"


def rows_of_models(project: Project) -> list[ModelRow]:
    """All models of a project, its own first."""
    return [_row(entry, _judged(project, entry.round)) for entry in models_of(project)]


def details(row: ModelRow) -> str:
    """Everything about a model, for reading and copying."""
    parent = f"{row.parent} {row.parent_sha256}".strip() or "none: random weights"
    lines = [
        f"{row.name} · {row.state}",
        f"Weights: {row.weights_sha256}",
        f"Trained from: {parent}",
        f"Made: {row.created or 'unknown'}, {row.steps} steps, {row.megabytes:.1f} MB",
        f"Licence: {row.licence or 'not stated'}",
        *row.limits,
        f"Trained on {len(row.data)} sources:",
        *(f"  {name} {sha256[:16]}" for name, sha256 in row.data),
        *_figures("Scores in this project:", row.judged),
        *_figures("Scores where it was made:", row.scores),
        *([] if row.judged or row.scores else ["No scores."]),
    ]
    return "\n".join(lines)


def _figures(title: str, figures: tuple[tuple[str, float], ...]) -> list[str]:
    return [title, *(f"  {name} {value:.3f}" for name, value in figures)] if figures else []


def short(sha256: str) -> str:
    """The beginning of a hash."""
    return sha256[:_SHORT]


def exported(row: ModelRow, target: Path) -> str:
    """Write a model as one file; says so. The dialog has asked before overwriting."""
    path = export_model(row.folder, target, overwrite=True)
    return f"{row.name} was exported as {path.name}."


def imported(source: Path, project: Project, name: str | None = None) -> str:
    """Take a model file in; says under which name."""
    folder = import_model(source, project.folder.models, name)
    return f"{source.name} was imported as {folder.name}. Promote it to use it."


def _judged(project: Project, number: int | None) -> dict[str, float]:
    """Figures of the comparison that a round ended with."""
    return {} if number is None else dict(read_round(project, number).scores_after)


def _row(entry: ModelEntry, judged: dict[str, float]) -> ModelRow:
    made = entry.card.provenance
    parent, _, parent_hash = (made.parent or "").partition(" ")
    return ModelRow(
        name=entry.name,
        folder=entry.folder,
        state=entry.state,
        parent=parent,
        parent_sha256=parent_hash,
        created=made.created,
        round=entry.round,
        steps=made.steps,
        megabytes=entry.megabytes,
        weights_sha256=entry.ref.weights_sha256,
        data=tuple((source.name, source.sha256) for source in made.data),
        scores=tuple(made.scores.items()),
        judged=tuple(judged.items()),
        limits=made.limits,
        licence=made.licence,
    )
