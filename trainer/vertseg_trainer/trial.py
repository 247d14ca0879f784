"""Tried out before a training: samples of every case, one step, disk, memory and time."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import torch
from lightning_fabric import Fabric

from napari_vertseg.errors import TrainingFailed
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.size import parameter_count
from napari_vertseg.training import Finding, SourceShares, TrainingConfig, TrainingRequest

from .cases import TrainingCase
from .learner import Learner
from .mixing import MixedSource
from .networks import network_config
from .out_of_memory import is_out_of_memory
from .preflight import Preflight
from .samples import draw_sample
from .sources import ScanSource
from .stream import Batch, as_tensors

_LEAST_DISK_MB = 200.0
_BYTES_PER_VOXEL = 2 + 1 + 1
"""Of a training case in memory: CT, labels, mask."""
_SAMPLES_TRIED = 6
"""Per case, until one has a target."""


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
