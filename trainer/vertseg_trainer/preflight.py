"""What would fail, said before anything starts: which cases can be read, and in which role."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from napari_vertseg.cases import Project
from napari_vertseg.errors import TrainingFailed, VertsegError
from napari_vertseg.network.model import ModelCard
from napari_vertseg.rounds.held_out import HeldOut
from napari_vertseg.rounds.lineage import round_that_learnt
from napari_vertseg.training import Finding, TrainingRequest

from .cases import TrainingCase
from .project_cases import ChosenCase, check_unchanged, of_use, training_case

Severity = Literal["blocker", "warning"]


@dataclass
class Preflight:
    """Findings so far, and the cases that could be read."""

    findings: list[Finding] = field(default_factory=list)
    cases: dict[str, TrainingCase] = field(default_factory=dict)
    unfit: set[str] = field(default_factory=set)
    """Validation cases that cannot judge."""
    seconds_per_step: float = 1.0

    @property
    def blockers(self) -> list[Finding]:
        """What keeps the training from starting."""
        return [finding for finding in self.findings if finding.severity == "blocker"]

    def fit(self, chosen: Sequence[ChosenCase]) -> list[ChosenCase]:
        """Without the validation cases that cannot judge."""
        return [case for case in chosen if case.id not in self.unfit]

    def refuse(self) -> None:
        """Raise where there is a blocker.

        Raises
        ------
        TrainingFailed
            All of them in one text.
        """
        if self.blockers:
            raise TrainingFailed(" ".join(finding.sentence for finding in self.blockers))


def read_cases(
    project: Project, chosen: Sequence[ChosenCase], request: TrainingRequest
) -> Preflight:
    """Read every case that is trained on; what cannot be read is a blocker each."""
    flight = Preflight()
    for case in [*of_use(chosen, "corrected"), *of_use(chosen, "earlier")]:
        try:
            weight = request.edited_weight if case.use == "corrected" else 1.0
            flight.cases[case.id] = training_case(project, case, weight)
        except VertsegError as error:
            # An earlier case that is gone is a pity, a new one is what it is about.
            severity: Severity = "blocker" if case.use == "corrected" else "warning"
            flight.findings.append(
                Finding(severity=severity, topic="cases", sentence=_closed(error), case=case.id)
            )
    for case in of_use(chosen, "validation"):
        try:
            check_unchanged(project, case.record)
            HeldOut.to_judge(project, case.id, case.record.version, "validation")
        except VertsegError as error:
            flight.unfit.add(case.id)
            flight.findings.append(
                Finding(severity="warning", topic="cases", sentence=_closed(error), case=case.id)
            )
    flight.findings += _roles(project, flight.fit(chosen))
    return flight


def facts(chosen: Sequence[ChosenCase], card: ModelCard | None) -> list[Finding]:
    """What a person should know about the round."""
    counts = {use: len(of_use(chosen, use)) for use in ("corrected", "earlier", "validation")}
    start = "random weights" if card is None else f"the model {card.name}"
    return [
        Finding(
            severity="fact",
            topic="cases",
            sentence=f"{counts['corrected']} corrected scans from {start}; {counts['earlier']} "
            f"earlier ones are replayed, {counts['validation']} are held out to judge.",
        )
    ]


def _roles(project: Project, chosen: Sequence[ChosenCase]) -> Iterator[Finding]:
    learnt = round_that_learnt(project)
    held_out = of_use(chosen, "validation")
    voxels = {c.record.voxels_sha256: c.id for c in chosen if c.use != "validation"}
    for case in held_out:
        number = learnt(case.record.patient, case.record.voxels_sha256)
        if number is not None or case.record.voxels_sha256 in voxels:
            twin = voxels.get(case.record.voxels_sha256)
            how = f"it is {twin}"
            mend = "Remove one of the two from the project"
            if twin is None:
                how = f"round {number} trained on this patient or scan"
                mend = "Remove it from the project"
            yield Finding(
                severity="blocker",
                topic="roles",
                case=case.id,
                sentence=f"{case.id} is held out for validation, yet {how}; its scores would "
                f"praise what was learnt by heart. {mend}.",
            )
    patients = {case.record.patient for case in held_out}
    if len(patients) < 2:
        yield Finding(
            severity="warning",
            topic="roles",
            sentence=f"{'Only one patient is' if patients else 'No patient is'} held out for "
            "validation so far; with fewer than two, nobody can say whether the new model is "
            "better with new scans.",
        )


def _closed(error: VertsegError) -> str:
    text = str(error)
    return text if text.endswith(".") else f"{text}."
