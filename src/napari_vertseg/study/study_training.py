"""The networks of a study: their settings, their training, and whether they had enough of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from ..errors import TrainingFailed
from ..io import write_json_atomic
from ..launch import RunState, TrainingRun
from ..network.model import load_model
from ..strict_json import to_jsonable
from ..training import LossConfig, PresetName, SourceShares, TrainingConfig

Tell = Callable[[str], None]

TRAINED_ENOUGH: Final[dict[PresetName, int | None]] = {
    "paper": 100_000,
    "small": 30_000,
    "tiny": None,
}
"""Steps below which figures say little about the method. The paper trained for three to four
days with one patch per step; the recipe of the small network counts 60 000 steps. ``tiny``
is for trying the machinery: no number of steps makes it a model."""

_LOOK_SECONDS: Final = 0.2
_LAST_WORDS_SECONDS: Final = 60.0


class Trains(Protocol):
    """Anything that leaves a model in ``run / "latest"`` and ``run / "best"``."""

    def __call__(
        self, run: Path, config: TrainingConfig, data: Sequence[Path], *, tell: Tell
    ) -> int:
        """Train, or go on; the step that was reached."""
        ...


def study_config(
    preset: PresetName, steps: int, *, seed: int = 0, sources: SourceShares | None = None
) -> TrainingConfig:
    """Settings of a study's network.

    ``paper`` is trained as the paper says; the smaller ones as the recipe of the starter
    model does, since with few steps the paper's λ and momentum lead to masks that are far
    too large.

    Parameters
    ----------
    preset : str
        Network and working grid.
    steps : int
        Rounded up so that the last step is validated.
    seed : int
        Of weights and samples.
    sources : SourceShares, optional
        The scans of the study as they are, where not given.
    """
    # Walks take longer than the few steps of a short study.
    validate_every = -(-steps // 10) if steps >= 1000 else steps
    config = TrainingConfig(
        preset=preset,
        seed=seed,
        steps=-(-steps // validate_every) * validate_every,
        sources=sources or SourceShares(phantom=0.0, synthesis=0.0, real=1.0),
        validate_every=validate_every,
        checkpoint_every=max(min(250, steps // 4), 1),
        validation_phantoms=1,
        averaging_decay=0.998 if steps > 2000 else 0.9,
    )
    if preset == "paper":
        return config
    return replace(
        config,
        momentum=0.95,
        max_gradient_norm=5.0,
        loss=LossConfig(
            false_positive_start=0.2,
            false_positive_end=0.5,
            ramp_steps=min(4000, steps),
            cross_entropy=0.5,
            completeness=0.5,
            volume_unit_mm3=50_000.0,
        ),
    )


def undertrained(preset: PresetName, steps: int) -> str | None:
    """The sentence that labels a result of too little training; None where it had enough."""
    enough = TRAINED_ENOUGH[preset]
    if enough is not None and steps >= enough:
        return None
    wanted = (
        f"at least {enough} would be needed" if enough else "this network only tries the machinery"
    )
    return (
        f"UNDERTRAINED: the network ({preset}) saw {steps} steps, and {wanted}. The figures show "
        "that the study runs from end to end; they say nothing about how good the method is."
    )


@dataclass(frozen=True, kw_only=True)
class ChildTraining:
    """Trains with ``python -m vertseg_trainer`` as a child process, resumed where it stopped."""

    ends: float | None = None
    """Time of ``time.monotonic()`` at which training stops, whatever the network; a later
    call goes on."""
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
        return [*begin, *folders, *words]


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
