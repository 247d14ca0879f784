"""How much of an experiment is done: the paper's counts, or so few that it takes a minute."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..training import PresetName
from .cohorts import CohortName, Role
from .study_settings import StudyStart


@dataclass(frozen=True, kw_only=True)
class StudyForm:
    """How much of it."""

    preset: PresetName = "small"
    steps: int = 60_000
    """Of the final network."""
    preliminary_steps: int = 20_000
    """Of the network that makes the proposals (chest CT)."""
    start: StudyStart | None = None
    """What every network begins as; None = random weights."""
    counts: dict[Role, int] = field(default_factory=dict)
    """Scans by role, where they are not the paper's."""
    training_mm: float = 1.0
    """Least voxel size of scans to train on; test scans keep their own."""
    testing_mm: float = 0.0
    """Least voxel size of test scans."""
    height_mm: float | None = None
    """Largest height of a scan."""
    seed: int = 0

    @property
    def is_short(self) -> bool:
        """Whether it tries the machinery only."""
        return self.height_mm is not None

    @classmethod
    def short(cls, name: CohortName) -> StudyForm:
        """Seconds to a minute: tries the machinery."""
        counts: dict[Role, int] = {"train": 2, "validation": int(name == "chest-ct"), "test": 1}
        return cls(
            preset="tiny",
            steps=20,
            preliminary_steps=10,
            counts=counts,
            training_mm=5.0,
            testing_mm=5.0,
            height_mm=150.0,
        )
