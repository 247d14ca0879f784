"""From a training run to a model folder that says where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from napari_vertseg.errors import TrainingFailed
from napari_vertseg.network.model import DataSource, Model, Provenance, load_model

from .cases import TrainingCase, load_cases
from .run_folder import RunFolder

_SHARE_ALIKE: Final = "CC-BY-SA-4.0"
_LIMITS: Final = (
    "Research use only, not a medical device.",
    "Trained for CT; MR and other modalities were never seen.",
)


def publish(
    folder: RunFolder,
    output: Path,
    *,
    name: str,
    which: Literal["best", "latest"] = "best",
    refine_below_hu: float | None = None,
    limits: Sequence[str] = (),
) -> Model:
    """Write the best or the newest validated weights as a model of its own.

    ``limits`` are sentences about what it is known to do badly; they go onto the card.

    Raises
    ------
    TrainingFailed
        The run has not validated any weights yet.
    OutputRefused
        ``output`` already holds a model.
    """
    weights = folder.best if which == "best" else folder.latest
    if not weights.is_dir():
        raise TrainingFailed(
            f"{folder.path.name} has no validated weights yet; let it train until its first "
            "validation ('validate_every' steps)."
        )
    model = load_model(weights)
    steps = model.card.provenance.steps
    cases = [case for data in folder.data() for case in load_cases(Path(data), "train")]
    provenance = Provenance(
        parent=folder.parent(),
        command=f"vertseg-train train {folder.path.name} --config config.json --data DATA; "
        f"vertseg-train publish {folder.path.name} -o {output.name} --name {name} --which {which}",
        created=datetime.now(UTC).date().isoformat(),
        steps=steps,
        data=tuple(_source(case) for case in cases),
        scores=_scores_at(folder, steps),
        licence=_licence(cases),
        attribution=" · ".join(sorted({case.licence for case in cases if case.licence})),
        limits=(*_LIMITS, *limits),
    )
    trimming = model.card.refine_below_hu if refine_below_hu is None else refine_below_hu
    card = replace(model.card, name=name, provenance=provenance, refine_below_hu=trimming)
    published = Model(card=card, network=model.network)
    published.save(output)
    return published


def _source(case: TrainingCase) -> DataSource:
    return DataSource(name=case.name, sha256=case.sha256, licence=case.licence)


def _licence(cases: Iterable[TrainingCase]) -> str:
    """Share-alike data make share-alike weights."""
    return _SHARE_ALIKE if any("SA" in case.licence for case in cases) else "CC-BY-4.0"


def _scores_at(folder: RunFolder, step: int) -> dict[str, float]:
    """The validation that belongs to these weights."""
    matching = [e for e in folder.events() if e.kind == "validated" and e.step == step]
    return dict(matching[-1].values or {}) if matching else {}
