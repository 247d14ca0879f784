"""How much is trained and walked in the ablations."""

from __future__ import annotations

from dataclasses import dataclass

from ..training import PresetName
from .study_settings import StudyStart


@dataclass(frozen=True, kw_only=True)
class AblationForm:
    """How much of it."""

    preset: PresetName = "small"
    steps: int = 4000
    phantoms: int = 12
    start: StudyStart | None = None
    """What every network begins as; None = random weights."""
    coarse_mm: float | None = None
    """Voxels of the test phantoms, small ones; None = as they are drawn."""

    @property
    def is_short(self) -> bool:
        """Whether it tries the machinery only."""
        return self.coarse_mm is not None

    @classmethod
    def short(cls) -> AblationForm:
        """A few minutes: tries the machinery."""
        return cls(preset="tiny", steps=20, phantoms=2, coarse_mm=6.0)
