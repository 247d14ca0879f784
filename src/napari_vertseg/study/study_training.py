"""The networks of a study: their training in a child process, and where they are kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from ..errors import TrainingFailed
from ..io import write_json_atomic
from ..launch import RunState, TrainingRun
from ..network.model import load_model
from ..strict_json import to_jsonable
from ..training import TrainingConfig

Tell = Callable[[str], None]

_LOOK_SECONDS: Final = 0.2
_LAST_WORDS_SECONDS: Final = 60.0


class Trains(Protocol):
    """Anything that leaves a model in ``run / "latest"`` and ``run / "best"``."""

    def __call__(
        self, run: Path, config: TrainingConfig, data: Sequence[Path], *, tell: Tell
    ) -> int:
        """Train, or go on; the step that was reached."""
        ...


@dataclass(frozen=True, kw_only=True)
class ChildTraining:
    """Trains with ``python -m vertseg_trainer`` as a child process, resumed where it stopped."""

    ends: float | None = None
    """Time of ``time.monotonic()`` at which training stops, whatever the network; a later
    call goes on."""
    start: Path | None = None
    """Model folder that every network begins as; None = random weights."""
    device: str = "auto"
    threads: int | None = None
    loaders: int = 1

    def __call__(
        self, run: Path, config: TrainingConfig, data: Sequence[Path], *, tell: Tell
    ) -> int:
        """Train until the configured step or the end of the time.

        Raises
        ------
        TrainingFailed
            The trainer said why it could not, or died.
        """
        reached = _last_step(run)
        if reached >= config.steps or self._minutes_left() <= 0:
            return reached
        training = TrainingRun.start(self._words(run, config, data), run)
        try:
            while training.state() is RunState.RUNNING:
                _pass_on(training, tell)
                time.sleep(_LOOK_SECONDS)
        except BaseException:
            training.cancel()
            raise
        finally:
            _see_off(training)
        _pass_on(training, tell)
        if training.state() is not RunState.FINISHED:
            raise TrainingFailed(f"{run.name}: {training.sentence()}")
        return _last_step(run)

    def _minutes_left(self) -> float:
        return math.inf if self.ends is None else (self.ends - time.monotonic()) / 60

    def _words(self, run: Path, config: TrainingConfig, data: Sequence[Path]) -> list[str]:
        words = ["--device", self.device, "--loaders", str(self.loaders)]
        words += ["--threads", str(self.threads)] if self.threads else []
        words += [] if self.ends is None else ["--minutes", f"{self._minutes_left():.3f}"]
        if (run / "config.json").exists():
            return ["resume", str(run.absolute()), *words]
        run.parent.mkdir(parents=True, exist_ok=True)
        settings = run.with_name(f"{run.name}.settings.json")
        write_json_atomic(settings, to_jsonable(config), overwrite=True)
        folders = [word for folder in data for word in ("--data", str(folder.absolute()))]
        begin = ["train", str(run.absolute()), "--config", str(settings.absolute())]
        first = ["--start", str(self.start.absolute())] if self.start else []
        return [*begin, *first, *folders, *words]


def steps_of(run: Path) -> int:
    """Steps that the kept model has seen; 0 before its first validation."""
    from ..network.model import load_card

    return load_card(run).provenance.steps if run.is_dir() else 0


def keep_model(weights: Path, folder: Path, name: str) -> Path:
    """A run's model under a name of its own."""
    load_model(weights).renamed(name).save(folder, overwrite=True)
    return folder


def _last_step(run: Path) -> int:
    """Step of the last word of a run; 0 before it began."""
    if not (run / "events.jsonl").is_file():
        return 0
    return max((event.step for event in TrainingRun.join(run).poll()), default=0)


def _pass_on(training: TrainingRun, tell: Tell) -> None:
    for event in training.poll():
        if event.kind in {"validated", "note", "failed"}:
            score = (event.values or {}).get("score")
            said = event.message if score is None else f"walks score {score:.3f}"
            tell(f"  {training.folder.name} · step {event.step} · {said}")


def _see_off(training: TrainingRun) -> None:
    """Leave no trainer behind: one that will not end is ended, and its checkpoint stays."""
    deadline = time.monotonic() + _LAST_WORDS_SECONDS
    while training.is_alive() and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
    if training.is_alive():
        training.kill()
