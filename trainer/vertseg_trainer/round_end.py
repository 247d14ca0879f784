"""From trained weights to a candidate that stands beside the active model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from napari_vertseg.cases import ModelRef, Project, RoundRecord
from napari_vertseg.cases.clock import now
from napari_vertseg.errors import ModelIncompatible
from napari_vertseg.network.model import (
    CARD,
    DataSource,
    Model,
    Provenance,
    load_model,
    weights_sha256,
)
from napari_vertseg.rounds.compare import compare, fresh_masks, save_comparison
from napari_vertseg.rounds.comparison import Comparison
from napari_vertseg.rounds.evidence import minutes_of
from napari_vertseg.rounds.gate import judge
from napari_vertseg.rounds.ledger import (
    REACHED,
    REQUEST,
    TRAINING,
    WALKED,
    change_round,
    read_rounds,
)
from napari_vertseg.rounds.model_names import is_name, is_taken
from napari_vertseg.rounds.models import find_in
from napari_vertseg.strict_json import to_jsonable
from napari_vertseg.training import ACTIVE, Finding, TrainingConfig, TrainingRequest

from .loop import Ending, Run
from .project_cases import ChosenCase, of_use
from .round_failure import forget_spare
from .round_validation import gate_scans

if TYPE_CHECKING:
    from .round_start import Prepared


def record_start(
    project: Project,
    record: RoundRecord,
    request: TrainingRequest,
    config: TrainingConfig,
    chosen: Sequence[ChosenCase],
    parent: ModelRef | None,
    findings: Sequence[Finding],
) -> RoundRecord:
    """Write down everything that it takes to do the round again."""
    settings = {REQUEST: to_jsonable(request), TRAINING: to_jsonable(config)}
    warned = [f.sentence for f in findings if f.severity == "warning"]

    def edit(before: RoundRecord) -> RoundRecord:
        return replace(
            before,
            parent=parent,
            cases=tuple(case.record for case in chosen),
            settings={**before.settings, **settings},
            seeds=(config.seed,),
            minutes=sum(minutes_of(project, c.record) for c in of_use(chosen, "corrected")),
        )

    return change_round(project, record.number, edit, what=" ".join(["training started", *warned]))


def conclude(prepared: Prepared, run: Run, ending: Ending) -> RoundRecord:
    """Publish the best weights and compare them, or leave it where it was cancelled."""
    forget_spare(prepared.folder)
    project, number = prepared.project, prepared.record.number
    if ending is Ending.CANCELLED:
        run.tell("cancelled", message=_cancelled(run))
        return change_round(project, number, lambda r: r, what="cancelled")
    model, ref = _published(prepared, run)
    run.tell("published", message=ref.name)
    walked = sorted({e.step for e in prepared.folder.events() if e.kind == "validated"})
    reached = {REACHED: run.learner.step, WALKED: walked}
    record = change_round(
        project,
        number,
        lambda r: replace(r, model=ref, finished=now(), settings={**r.settings, **reached}),
        what=f"candidate {ref.name}: {ending}",
    )
    if prepared.request.has_comparison:
        record = _judged(prepared, run, model, ref)
    run.tell(
        "finished", message=f"The candidate {ref.name} is ready: {ending}.{_same(prepared, ref)}"
    )
    return record


def _same(prepared: Prepared, ref: ModelRef) -> str:
    base = prepared.base_ref
    if base is None or base.weights_sha256 != ref.weights_sha256:
        return ""
    return (
        f" No walk was better than those of {base.name}, so it has the very same weights: correct "
        "more scans, or train longer."
    )


def _published(prepared: Prepared, run: Run) -> tuple[Model, ModelRef]:
    """The candidate; that of a round which was only interrupted in its comparison stays."""
    made, step = prepared.record.model, run.learner.step
    if made is not None and prepared.record.settings.get(REACHED) == step:
        place = prepared.project.folder.models / made.name
        if place.is_dir() and weights_sha256(place) == made.weights_sha256:
            return load_model(place), made
    return publish_candidate(prepared, step)


def _judged(prepared: Prepared, run: Run, model: Model, ref: ModelRef) -> RoundRecord:
    """Both models walk the same scans; what the gate says is told and written down."""
    comparison = _compared(prepared, run, model, ref)
    verdict = judge(comparison)
    scores = {"active": verdict.mean_active, "candidate": verdict.mean_candidate}
    known = {name: value for name, value in scores.items() if value is not None}
    run.tell("compared", known, message=f"{verdict.outcome}: {' '.join(verdict.sentences)}")
    return change_round(
        prepared.project,
        prepared.record.number,
        lambda r: replace(
            r,
            scores_before=comparison.scores("active"),
            scores_after=comparison.scores("candidate"),
        ),
        what=f"compared: {verdict.outcome}",
    )


def publish_candidate(prepared: Prepared, step: int) -> tuple[Model, ModelRef]:
    """The best weights as a model of the project."""
    folder = prepared.folder
    best = folder.best if folder.has_best else folder.latest
    trained = load_model(best)
    name = _free_name(prepared, weights_sha256(best))
    card = replace(trained.card, name=name, provenance=_provenance(prepared, trained, step))
    model = Model(card=card, network=trained.network)
    place = prepared.project.folder.models / name
    model.save(place, overwrite=True)
    return model, ModelRef(name=name, weights_sha256=weights_sha256(place))


def _free_name(prepared: Prepared, weights: str) -> str:
    asked = prepared.request.name
    # A name that cannot be is refused before the training; after it, it costs no weights.
    wanted = asked if asked and is_name(asked) else f"round-{prepared.record.number}"
    claimed = {r.model.name for r in read_rounds(prepared.project) if r.model is not None}
    taken = prepared.project.folder.models
    name, count = wanted, 1
    while is_taken(taken, name) and (name in claimed or not _is_left_over(taken / name, weights)):
        count += 1
        name = f"{wanted}-{count}"
    return name


def _is_left_over(place: Path, weights: str) -> bool:
    """Whether this round wrote it already, and was killed before its record could say so."""
    if not place.exists():  # the name of a shipped model
        return False
    if not (place / CARD).exists():  # which comes last
        return True
    try:
        return weights_sha256(place) == weights
    except (ModelIncompatible, OSError):
        return False


def _provenance(prepared: Prepared, trained: Model, step: int) -> Provenance:
    base = None if prepared.base is None else prepared.base.card.provenance
    corrected = of_use(prepared.chosen, "corrected")
    data = [DataSource(name=c.id, sha256=c.record.labels_sha256, licence="") for c in corrected]
    parent = prepared.base_ref
    return Provenance(
        parent=None if parent is None else f"{parent.name} {parent.weights_sha256}",
        command=f"vertseg-train finetune --project PROJECT --round {prepared.record.number}",
        created=datetime.now(UTC).date().isoformat(),
        steps=step + (0 if base is None else base.steps),
        data=(*(() if base is None else base.data), *data),
        scores=trained.card.provenance.scores,
        licence="" if base is None else base.licence,
        attribution="" if base is None else base.attribution,
        limits=(
            *(("Research use only, not a medical device.",) if base is None else base.limits),
            f"Trained on {len(corrected)} corrected scans of one project in its last round.",
        ),
    )


def _compared(prepared: Prepared, run: Run, candidate: Model, ref: ModelRef) -> Comparison:
    """Scans that went away in the meantime are left out, and that is said."""
    project, number = prepared.project, prepared.record.number
    active, active_ref = _active(prepared)
    scans = gate_scans(
        project,
        prepared.chosen,
        has_phantoms=prepared.request.has_gate_phantoms,
        tell=lambda sentence: run.tell("note", message=sentence),
    )
    walks = compare(
        active, candidate, scans, refs=(active_ref, ref), masks=fresh_masks(project, number)
    )
    while True:
        try:
            change = next(walks)
        except StopIteration as end:
            comparison: Comparison = end.value
            break
        run.tell(
            "note",
            {"active": change.active.dice, "candidate": change.candidate.dice},
            message=f"compared {change.name}",
        )
    save_comparison(project, number, comparison)
    return comparison


def _active(prepared: Prepared) -> tuple[Model | None, ModelRef | None]:
    """The model in use; where a project that began from nothing has none, nothing."""
    project = prepared.project
    if prepared.base is None and project.record.active_model is None:
        return None, None
    try:
        path = find_in(project, ACTIVE)
        model = load_model(path)
    except ModelIncompatible:
        return None, None
    return model, ModelRef(name=model.card.name, weights_sha256=weights_sha256(path))


def _cancelled(run: Run) -> str:
    return (
        f"The training was cancelled at step {run.learner.step}; no model was made. It can be "
        "resumed from there."
    )
