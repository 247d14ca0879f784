"""What would fail, said before anything starts."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import psutil
import torch
from lightning_fabric import Fabric

from napari_vertseg.cases import Project
from napari_vertseg.errors import TrainingFailed, VertsegError
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import ModelCard
from napari_vertseg.network.size import parameter_count
from napari_vertseg.rounds.held_out import HeldOut
from napari_vertseg.rounds.lineage import round_that_learnt
from napari_vertseg.training import Finding, SourceShares, TrainingConfig, TrainingRequest

from .cases import TrainingCase
from .learner import Learner
from .mixing import MixedSource
from .networks import network_config
from .project_cases import ChosenCase, check_unchanged, of_use, training_case
from .samples import draw_sample
from .sources import ScanSource
from .stream import Batch, as_tensors

_LEAST_DISK_MB = 200.0
_BYTES_PER_VOXEL = 2 + 1 + 1
"""Of a training case in memory: CT, labels, mask."""
_SAMPLES_TRIED = 6
"""Per case, until one has a target."""


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


def try_out(
    flight: Preflight,
    folder: Path,
    config: TrainingConfig,
    request: TrainingRequest,
    fabric: Fabric,
    source: Callable[[TrainingConfig], MixedSource],
    weights: dict[str, torch.Tensor] | None,
) -> None:
    """Samples of every case, one step of training, disk, memory and time; adds findings."""
    flight.findings += _empty_crops(flight.cases.values(), config)
    flight.findings += _disk(folder, config)
    flight.findings.append(_memory(flight.cases.values()))
    if flight.blockers:
        return
    try:
        flight.seconds_per_step = _one_step(config, fabric, source(config), weights)
    except (RuntimeError, MemoryError) as error:
        flight.findings.append(_no_step(error))
        return
    except TrainingFailed:
        flight.findings.append(
            Finding(
                severity="blocker",
                topic="network",
                sentence="One step of training on these cases gives no number, so nothing can be "
                "learnt: the start model is damaged, or a scan holds values that are no CT.",
            )
        )
        return
    flight.findings.append(_time(request, flight.seconds_per_step))


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


def _empty_crops(cases: Iterable[TrainingCase], config: TrainingConfig) -> Iterator[Finding]:
    preset = PRESETS[config.preset]
    for case in cases:
        source = ScanSource([case], _real_alone(config), preset.spacing_mm)
        rng = np.random.default_rng((config.seed, 5))
        for _ in range(_SAMPLES_TRIED):
            scan = source.draw(rng)
            samples = [
                draw_sample(rng, scan, config, preset.network.patch_shape, preset.spacing_mm)
                for _ in range(3)
            ]
            if any((s.target & (s.weight > 0)).any() for s in samples):
                break
        else:
            yield Finding(
                severity="blocker",
                topic="cases",
                case=case.name,
                sentence=f"In {case.name} no vertebra is large enough to learn from on the "
                f"model's {preset.spacing_mm:g} mm grid; look at its masks, or leave it out.",
            )


def _real_alone(config: TrainingConfig) -> TrainingConfig:
    return replace(config, sources=SourceShares(phantom=0.0, synthesis=0.0, real=1.0))


def _disk(folder: Path, config: TrainingConfig) -> Iterator[Finding]:
    # Checkpoint: weights, their average, two moments, once more while it is replaced.
    copies = 2 * 4 + 2 * 3
    needed = _LEAST_DISK_MB + copies * 4 * parameter_count(network_config(config)) / 1e6
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free / 1e6
    if free < needed:
        yield Finding(
            severity="blocker",
            topic="disk",
            number=free,
            sentence=f"The disk of the project has {free:.0f} MB left and the training needs "
            f"about {needed:.0f} MB; free some space first.",
        )


def _memory(cases: Iterable[TrainingCase]) -> Finding:
    voxels = sum(case.labels.size for case in cases)
    # Once here, once in the process that draws samples, and warped copies.
    needed = 2.5 * voxels * _BYTES_PER_VOXEL / 1e6 + 1500
    free = psutil.virtual_memory().available / 1e6
    wanted = f"The training wants about {needed / 1000:.1f} GB of memory"
    if free < needed:
        return Finding(
            severity="warning",
            topic="memory",
            number=needed,
            sentence=f"{wanted} and {free / 1000:.1f} GB are free; close other programs, or train "
            "on fewer scans.",
        )
    return Finding(severity="fact", topic="memory", number=needed, sentence=f"{wanted}.")


def _one_step(
    config: TrainingConfig,
    fabric: Fabric,
    source: MixedSource,
    weights: dict[str, torch.Tensor] | None,
) -> float:
    """Seconds of one step, the second of two: the first one warms up."""
    learner = Learner(config, fabric, start_weights=weights)
    preset = PRESETS[config.preset]
    rng = np.random.default_rng((config.seed, 6))
    scan = source.parts[0][1].draw(rng)
    sample = draw_sample(rng, scan, config, preset.network.patch_shape, preset.spacing_mm)
    batch: Batch = {n: t[None].to(fabric.device) for n, t in as_tensors(sample).items()}
    seconds = 0.0
    for _ in range(2):
        began = time.perf_counter()
        learner.learn(batch)
        seconds = time.perf_counter() - began
    return seconds


def _no_step(error: BaseException) -> Finding:
    if is_out_of_memory(error):
        return Finding(
            severity="warning",
            topic="memory",
            sentence="One step of training does not fit into the memory as it is; it will be "
            "tried again with a smaller setting, which is slower.",
        )
    return Finding(
        severity="blocker",
        topic="network",
        sentence=f"One step of training fails on this machine ({str(error).splitlines()[0]}); "
        "choose another device, or report this.",
    )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory of the machine or of an accelerator ran out."""
    words = ("out of memory", "can't allocate memory", "not enough memory")
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(word in said for word in words)


def _time(request: TrainingRequest, seconds_per_step: float) -> Finding:
    if request.minutes is None:
        minutes = (request.steps or 0) * seconds_per_step / 60
    else:
        minutes = request.minutes
    return Finding(
        severity="fact",
        topic="time",
        number=minutes,
        sentence=f"The training takes {_about(minutes)} ({seconds_per_step:.2f} s a step), and a "
        "few minutes more to compare the models.",
    )


def _about(minutes: float) -> str:
    return "less than a minute" if minutes < 1 else f"about {minutes:.0f} min"


def _closed(error: VertsegError) -> str:
    text = str(error)
    return text if text.endswith(".") else f"{text}."
