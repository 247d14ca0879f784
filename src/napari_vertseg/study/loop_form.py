"""How much of the loop's study is done, and where its files lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..launch import HERE, LaunchTemplate
from ..training import TrainingRequest


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One way of going round the loop."""

    name: str
    replay_share: float
    by_queue: bool
    """The next scan is the queue's; else a random one."""


ARMS: Final[tuple[Arm, ...]] = (
    Arm(name="replay", replay_share=0.5, by_queue=True),
    Arm(name="without-replay", replay_share=0.0, by_queue=True),
    Arm(name="random-order", replay_share=0.5, by_queue=False),
)
"""The first one is what the program does by itself; figures of the summary are its."""


@dataclass(frozen=True, kw_only=True)
class LoopForm:
    """How much of it."""

    domains: tuple[str, ...] = ("thick", "metal", "real")
    arms: tuple[Arm, ...] = ARMS
    seeds: tuple[int, ...] = (0, 1, 2)
    sizes: tuple[int, ...] = (1, 2, 4)
    """Corrected scans after each round."""
    pool: int = 8
    """Scans to choose the next one from."""
    validation: int = 2
    fresh: int = 4
    earlier: int = 4
    height_mm: float | None = None
    minutes: float | None = 12.0
    """Of training per round."""
    steps: int | None = None
    max_steps: int = 150
    """Of a walk."""
    template: LaunchTemplate = HERE
    options: tuple[str, ...] = ()
    """Further words for the trainer."""

    @classmethod
    def short(cls) -> LoopForm:
        """Minutes: tries the machinery, and says little about the method."""
        return cls(
            domains=("thick", "metal"),
            arms=ARMS[:2],
            seeds=(0,),
            sizes=(1, 2),
            pool=2,
            validation=0,
            fresh=1,
            earlier=1,
            height_mm=110.0,
            minutes=None,
            steps=15,
            max_steps=40,
        )

    def request(self, arm: Arm, *, base: str, seed: int) -> TrainingRequest:
        """What is asked of every round of an arm."""
        return TrainingRequest(
            base=base,
            replay_share=arm.replay_share,
            minutes=self.minutes,
            steps=self.steps,
            seed=seed,
            patience=None,
            validations=2,
            # The study walks its own earlier scans.
            has_gate_phantoms=False,
        )


@dataclass(frozen=True)
class LoopPlace:
    """Files of one arm with one seed in one domain."""

    root: Path
    domain: str
    seed: int
    arm: str

    @property
    def scans(self) -> Path:
        """Scans of this domain and seed; the arms share them."""
        return self.root / self.domain / f"seed-{self.seed}" / "scans"

    @property
    def project(self) -> Path:
        """The project of the arm."""
        return self.root / self.domain / f"seed-{self.seed}" / self.arm / "project"

    def stage(self, size: int) -> Path:
        """What was measured after so many corrected scans; 0 = before the first."""
        if size == 0:  # the same for all arms
            return self.scans.parent / "before.json"
        return self.project.parent / f"after-{size}.json"
