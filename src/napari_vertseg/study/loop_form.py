"""How much of the loop's study is done, and where its files lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..launch import HERE, LaunchTemplate
from ..training import TrainingRequest


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One way of going round the loop."""

    name: str
    replay_share: float
    by_queue: bool
    """The next scan is the queue's; else a random one."""
    domains: tuple[str, ...] = ("thick", "metal", "children", "real")
    """Where it is tried."""


_MADE: Final = ("thick", "metal", "children")
ARMS: Final[tuple[Arm, ...]] = (
    Arm(name="replay", replay_share=0.5, by_queue=True),
    Arm(name="without-replay", replay_share=0.0, by_queue=True),
    # Of the four real scans all are taken in the end, so their order says nothing.
    Arm(name="random-order", replay_share=0.5, by_queue=False, domains=_MADE),
)
"""The first one is what the program does by itself; figures of the summary are its."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What one command does of a study; None is all."""

    domains: tuple[str, ...] | None = None
    seeds: tuple[int, ...] | None = None
    arms: tuple[str, ...] | None = None

    def has(self, domain: str, seed: int, arm: str) -> bool:
        """Whether this command does it."""
        asked = ((domain, self.domains), (seed, self.seeds), (arm, self.arms))
        return all(among is None or one in among for one, among in asked)


EVERYTHING: Final = Selection()


@dataclass(frozen=True, kw_only=True)
class LoopForm:
    """How much of it."""

    domains: tuple[str, ...] = ("thick", "metal", "children", "real")
    arms: tuple[Arm, ...] = ARMS
    seeds: tuple[int, ...] = (0, 1, 2)
    sizes: tuple[int, ...] = (1, 2, 4)
    """Corrected scans after each round."""
    pool: int = 8
    """Scans to choose the next one from."""
    validation: int = 3
    """With two, which weights a round keeps would be a toss of a coin."""
    fresh: int = 4
    earlier: int = 4
    height_mm: float | None = None
    steps: int = 1000
    """Of training per round: what the budget of the Retrain panel, 10 minutes, comes to on two
    idle cores. In steps, so that a busy machine takes longer and does not learn less."""
    looks: int = 5
    """Within a round at the scans that judge, as the panel does: the best weights are kept."""
    learning_rate: float | None = None
    """None: what a round takes by itself."""
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
            seeds=(0,),
            sizes=(1, 2),
            pool=2,
            validation=0,
            fresh=1,
            earlier=1,
            height_mm=110.0,
            steps=15,
            looks=1,
            max_steps=40,
        )

    def request(self, arm: Arm, *, seed: int, name: str) -> TrainingRequest:
        """What is asked of every round of an arm."""
        return TrainingRequest(
            replay_share=arm.replay_share,
            minutes=None,
            steps=self.steps,
            learning_rate=self.learning_rate,
            seed=seed,
            patience=None,
            validations=self.looks,
            name=name,
            # The study walks its own scans, whatever the gate would say.
            has_gate_phantoms=False,
            has_comparison=False,
        )

    def decisive(self) -> dict[str, Any]:
        """What a study that goes on must not have changed; seeds and domains may be added."""
        names = ("sizes", "pool", "validation", "fresh", "earlier", "height_mm", "steps", "looks")
        return {name: getattr(self, name) for name in (*names, "learning_rate", "max_steps")}

    def places(
        self, root: Path, domains: tuple[str, ...], part: Selection = EVERYTHING
    ) -> Iterator[tuple[LoopPlace, Arm]]:
        """Every arm with every seed in every domain, the most telling ones first."""
        for arm in self.arms:
            for seed in self.seeds:
                for domain in domains:
                    if domain in arm.domains and part.has(domain, seed, arm.name):
                        yield LoopPlace(root, domain, seed, arm.name), arm


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
    def folder(self) -> Path:
        """What belongs to this arm alone."""
        return self.scans.parent / self.arm

    @property
    def project(self) -> Path:
        """The project of the arm."""
        return self.folder / "project"

    def stage(self, size: int) -> Path:
        """What was measured after so many corrected scans; 0 = before the first."""
        if size == 0:  # the same for all arms
            return self.scans.parent / "before.json"
        return self.project.parent / f"after-{size}.json"

    def is_measured(self, sizes: tuple[int, ...]) -> bool:
        """Whether nothing is left to do."""
        return all(self.stage(size).is_file() for size in (0, *sizes))

    def folders(self, part: str) -> list[Path]:
        """Scans of a part, by name."""
        return sorted(path for path in (self.scans / part).glob("*") if path.is_dir())

    def __str__(self) -> str:
        return f"{self.domain} {self.seed} {self.arm}"
