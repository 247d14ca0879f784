"""The training loop: samples in, steps taken, checkpoints and models out."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch
from lightning_fabric import Fabric
from torch.utils.data import DataLoader

from napari_vertseg.errors import TrainingFailed
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.training import TrainingConfig, TrainingEvent, Wish

from .learner import Learner
from .pace import Clock, Patience, Walks
from .run_folder import RunFolder
from .run_log import RunLog
from .runtime import Runtime
from .sources import DrawsScans
from .stream import Batch, SampleStream, ignore_interrupts

_LOG_EVERY = 10

Listen = Callable[[TrainingEvent], None]
Validate = Callable[[IterativeFcn, int], dict[str, float]]
"""Scores of a network after so many steps; has saved it where it is worth it."""


class NoNumber(TrainingFailed):
    """The loss is no number any more; the weights are those from before."""


class Ending(StrEnum):
    """Why the steps ended."""

    DONE = "all steps are taken"
    TIME = "the time is used up"
    PATIENCE = "it no longer got better"
    STOPPED = "it was asked to stop"
    CANCELLED = "it was cancelled"


def train(
    config: TrainingConfig,
    source: DrawsScans,
    folder: RunFolder,
    fabric: Fabric,
    runtime: Runtime,
    validate: Validate,
    *,
    start_weights: dict[str, torch.Tensor] | None = None,
    listen: Listen = lambda event: None,
) -> int:
    """Train until the configured step or the end of the time, from the last checkpoint on.

    Returns
    -------
    int
        The step that was reached; a checkpoint of it is on disk.

    Raises
    ------
    TrainingFailed
        The loss is no number, or processes drifted apart; the last checkpoint is kept.
    """
    run = open_run(
        config,
        source,
        folder,
        fabric,
        runtime,
        validate,
        start_weights=start_weights,
        listen=listen,
    )
    try:
        ending = run.go()
    except TrainingFailed as error:
        run.tell("failed", message=str(error))
        raise
    run.tell("cancelled" if ending is Ending.CANCELLED else "finished")
    folder.forget_wish()
    return run.learner.step


def open_run(
    config: TrainingConfig,
    source: DrawsScans,
    folder: RunFolder,
    fabric: Fabric,
    runtime: Runtime,
    validate: Validate,
    *,
    start_weights: dict[str, torch.Tensor] | None = None,
    listen: Listen = lambda event: None,
) -> Run:
    """The network as it was at the last checkpoint, ready to ``go``; see ``train``."""
    if runtime.threads:
        torch.set_num_threads(runtime.threads)
    learner = Learner(
        config,
        fabric,
        start_weights=start_weights,
        checkpoint_activations=runtime.checkpoint_activations,
    )
    saved = folder.load_checkpoint()
    if saved is not None:
        learner.restore(saved)
    fabric.barrier()
    log = RunLog(folder, step=learner.step, is_writing=fabric.is_global_zero)
    run = Run(config, source, runtime, folder, fabric, learner, validate, log, listen)
    run.tell("started")
    if saved is None:
        run.checkpoint()  # a run that is killed early must not forget its first weights
    return run


@dataclass(frozen=True)
class Run:
    """What the steps of one process share."""

    config: TrainingConfig
    source: DrawsScans
    runtime: Runtime
    folder: RunFolder
    fabric: Fabric
    learner: Learner
    validate: Validate
    log: RunLog
    listen: Listen

    def go(self) -> Ending:
        """Steps, logs, checkpoints and validations until the end; says why that was."""
        batches = _batches(self.source, self.fabric, self.runtime, self.learner.step)
        patience = Patience(self.runtime.patience)
        walks, walked = Walks(self.runtime), -1
        # One that goes on looks where an unbroken one does: another look might keep other weights.
        if self.runtime.walks_at_ends and self._is_due():
            patience.hear(self._walk(walks))
            walked = self.learner.step
        clock = Clock(self.config.steps - self.learner.step, walks)
        recent: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_LOG_EVERY))
        while (ending := self._ending(clock, patience, walks)) is None:
            for name, value in self._learn(next(batches)).items():
                recent[name].append(value)
            clock.tick()
            step = self.learner.step
            if step % _LOG_EVERY == 0:
                means = {name: sum(v) / len(v) for name, v in recent.items()}
                self.tell("step", means, seconds_left=clock.left())
            is_validated = self._is_due()
            if is_validated or step % self.config.checkpoint_every == 0:
                self.checkpoint()
            if is_validated and self._has_time(walks):
                patience.hear(self._walk(walks))
                walked = step
        self.checkpoint()
        is_walk_due = self.runtime.walks_at_ends and walked != self.learner.step
        if is_walk_due and ending is not Ending.CANCELLED:
            self._walk(walks)
        return ending

    def _is_due(self) -> bool:
        """Whether the walks of this step are due."""
        if self.runtime.walk_at is not None:
            return self.learner.step in self.runtime.walk_at
        return self.learner.step % self.config.validate_every == 0

    def _learn(self, batch: Batch) -> dict[str, float]:
        try:
            return self.learner.learn(batch)
        except TrainingFailed as error:
            raise NoNumber(str(error)) from error

    def checkpoint(self) -> None:
        """Save what is needed to go on; one process writes, all wait."""
        _check_same_weights(self.learner, self.fabric)
        if self.fabric.is_global_zero:
            self.folder.save_checkpoint(self.learner.state())
            self.tell("checkpoint")
        self.fabric.barrier()

    def tell(
        self,
        kind: Any,
        values: dict[str, float] | None = None,
        *,
        seconds_left: float | None = None,
        message: str = "",
    ) -> None:
        """Log an event and pass it on; only the first process speaks."""
        event = self.log.tell(
            kind, self.learner.step, values, seconds_left=seconds_left, message=message
        )
        if self.fabric.is_global_zero:
            self.listen(event)

    def _has_time(self, walks: Walks) -> bool:
        """Whether a walk in between is due, by the clock of the first process."""
        has_time = walks.has_time_for_one_more()
        if self.fabric.world_size == 1:
            return has_time
        shared: bool = self.fabric.broadcast(has_time)
        return shared

    def _walk(self, walks: Walks) -> float | None:
        """Only the first process walks and knows the score; the others wait."""
        score, began = None, time.monotonic()
        if self.fabric.is_global_zero:
            scores = self.validate(self.learner.averaged_network(), self.learner.step)
            self.tell("validated", scores)
            score = scores.get("score")
        self.fabric.barrier()
        walks.took(time.monotonic() - began)
        return score

    def _ending(self, clock: Clock, patience: Patience, walks: Walks) -> Ending | None:
        """Whether it is time to end, by the clock and the ear of the first process."""
        until = self.runtime.until_step
        if self.learner.step >= min(self.config.steps, until or self.config.steps):
            return Ending.DONE
        ending: Ending | None = None
        if self.fabric.is_global_zero:
            if walks.is_time_up(clock.seconds()):
                ending = Ending.TIME
            if patience.is_over:
                ending = Ending.PATIENCE
            wish = self.folder.wish() if self.runtime.is_asking else None
            if wish is not None:
                ending = Ending.STOPPED if wish is Wish.STOP else Ending.CANCELLED
        if self.fabric.world_size == 1:
            return ending
        shared: Ending | None = self.fabric.broadcast(ending)
        return shared


def _batches(
    source: DrawsScans, fabric: Fabric, runtime: Runtime, start_step: int
) -> Iterator[Batch]:
    """One sample per process and step, drawn ahead of their use."""
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
        worker_init_fn=ignore_interrupts,
    )
    for batch in loader:
        yield {name: tensor.to(fabric.device, non_blocking=True) for name, tensor in batch.items()}


def _check_same_weights(learner: Learner, fabric: Fabric) -> None:
    """Processes that drifted apart would train several networks and keep one of them."""
    if fabric.world_size == 1:
        return
    sums = learner.checksums()
    everywhere = fabric.all_gather(sums)
    if not all(torch.equal(row, sums.to(row.device)) for row in everywhere):
        raise TrainingFailed(
            f"at step {learner.step} the processes no longer had the same weights; "
            "the last checkpoint is kept. Resume, and report this if it comes again."
        )
