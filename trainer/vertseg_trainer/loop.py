"""The training loop: samples in, steps taken, checkpoints and models out."""

from __future__ import annotations

import math
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from lightning_fabric import Fabric
from torch.utils.data import DataLoader

from napari_vertseg.errors import TrainingFailed
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.training import TrainingConfig, TrainingEvent

from .learner import Learner
from .run_folder import RunFolder, RunLog
from .sources import ScanSource
from .stream import Batch, SampleStream

_LOG_EVERY = 10

Validate = Callable[[IterativeFcn, int], dict[str, float]]
"""Scores of a network after so many steps; has saved it where it is worth it."""


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """Where and how to run; changes nothing about the result."""

    loaders: int = 1
    """Processes that draw samples; 0 draws in the training process."""
    threads: int | None = None
    max_minutes: float | None = None
    checkpoint_activations: bool = False


def train(
    config: TrainingConfig,
    source: ScanSource,
    folder: RunFolder,
    fabric: Fabric,
    runtime: Runtime,
    validate: Validate,
    *,
    start_weights: dict[str, torch.Tensor] | None = None,
    listen: Callable[[TrainingEvent], None] = lambda event: None,
) -> int:
    """Train until the configured step or the end of the time, from the last checkpoint on.

    Returns
    -------
    int
        The step that was reached; a checkpoint of it is on disk.

    Raises
    ------
    TrainingFailed
        The loss is no number; the last checkpoint is kept.
    """
    if runtime.threads:
        torch.set_num_threads(runtime.threads)
    log = RunLog(folder, is_writing=fabric.is_global_zero)
    learner = Learner(
        config,
        fabric,
        start_weights=start_weights,
        checkpoint_activations=runtime.checkpoint_activations,
    )
    saved = folder.load_checkpoint()
    if saved is not None:
        learner.restore(saved)
    listen(log.tell("started", learner.step))
    clock = _Clock(config.steps - learner.step)
    recent: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_LOG_EVERY))
    for batch in _batches(source, fabric, runtime, learner.step):
        if learner.step >= config.steps or clock.is_over(runtime.max_minutes):
            break
        values = learner.learn(batch)
        if not math.isfinite(values["loss"]):
            log.tell("failed", learner.step, message="the loss is not a number")
            raise TrainingFailed(
                f"after step {learner.step} the loss was no longer a number. The checkpoint "
                "before it is kept; resume with a smaller learning rate or clipped gradients."
            )
        for name, value in values.items():
            recent[name].append(value)
        if learner.step % _LOG_EVERY == 0:
            means = {name: sum(v) / len(v) for name, v in recent.items()}
            listen(log.tell("step", learner.step, means, seconds_left=clock.left(learner.step)))
        if learner.step % config.checkpoint_every == 0:
            _checkpoint(folder, learner, fabric)
        if learner.step % config.validate_every == 0:
            _checkpoint(folder, learner, fabric)
            _validated(learner, validate, log, fabric, listen)
    _checkpoint(folder, learner, fabric)
    listen(log.tell("finished", learner.step))
    return learner.step


def _batches(
    source: ScanSource, fabric: Fabric, runtime: Runtime, start_step: int
) -> Iterator[Batch]:
    """One sample per rank and step, drawn ahead of their use."""
    stream = SampleStream(
        source,
        start=start_step * fabric.world_size,
        rank=fabric.global_rank,
        ranks=fabric.world_size,
    )
    loader: DataLoader[Any] = DataLoader(
        stream,
        batch_size=1,
        num_workers=runtime.loaders,
        prefetch_factor=6 if runtime.loaders else None,
        multiprocessing_context="spawn" if runtime.loaders else None,
        pin_memory=fabric.device.type == "cuda",
    )
    for batch in loader:
        yield {name: tensor.to(fabric.device, non_blocking=True) for name, tensor in batch.items()}


def _checkpoint(folder: RunFolder, learner: Learner, fabric: Fabric) -> None:
    if fabric.is_global_zero:
        folder.save_checkpoint(learner.state())
    fabric.barrier()


def _validated(
    learner: Learner,
    validate: Validate,
    log: RunLog,
    fabric: Fabric,
    listen: Callable[[TrainingEvent], None],
) -> None:
    """Only the first rank walks; the others wait."""
    if fabric.is_global_zero:
        scores = validate(learner.averaged_network(), learner.step)
        listen(log.tell("validated", learner.step, scores))
    fabric.barrier()


class _Clock:
    """How long the rest will take."""

    def __init__(self, steps: int) -> None:
        self._started = time.monotonic()
        self._steps = steps
        self._done = 0

    def is_over(self, max_minutes: float | None) -> bool:
        """Whether the time given is used up."""
        self._done += 1
        return max_minutes is not None and time.monotonic() - self._started > 60 * max_minutes

    def left(self, step: int) -> float:
        """Seconds until the last step at the pace so far."""
        pace = (time.monotonic() - self._started) / max(self._done, 1)
        return round(pace * max(self._steps - self._done, 0), 1)
