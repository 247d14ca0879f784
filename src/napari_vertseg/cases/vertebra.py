"""What is known of one vertebra of a case, and between which of them nothing was missed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..anatomy import Level
from ..segmentation import Direction, VertebraInstance
from ..strict_json import STRICT
from .states import Origin, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkFacts:
    """What the model said of a vertebra; see ``VertebraInstance``."""

    __pydantic_config__: ClassVar = STRICT
    completeness: float
    confidence: float
    entropy: float
    last_overlap: float
    steps: int
    direction: Direction
    is_cut_by_patch: bool
    is_refined: bool | None = None

    @classmethod
    def of(cls, instance: VertebraInstance) -> WalkFacts:
        """Those of a vertebra as the walk found it."""
        return cls(
            completeness=float(instance.completeness),
            confidence=float(instance.confidence),
            entropy=float(instance.entropy),
            last_overlap=float(instance.last_overlap),
            steps=int(instance.steps),
            direction=instance.direction,
            is_cut_by_patch=bool(instance.is_cut_by_patch),
            is_refined=instance.is_refined,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseVertebra:
    """One vertebra of a case; its voxels hold ``id``."""

    __pydantic_config__: ClassVar = STRICT
    id: int
    """Value of its voxels in every label file of the case; never another vertebra's."""
    order: int
    """From 1 = topmost."""
    level: str | None = None
    """Name of a ``Level`` where known."""
    verdict: Verdict = Verdict.PROPOSED
    is_locked: bool = False
    is_complete: bool = True
    """The person's switch; what the model said until somebody touches it."""
    origin: Origin = Origin.MODEL
    minutes: float = 0.0
    """Of active work, pauses left out."""
    voxels_changed: int = 0
    """Over all versions: went to it or away from it."""
    walk: WalkFacts | None = None
    """None for a vertebra of another tool or a hand."""

    def __post_init__(self) -> None:
        if not 1 <= self.id <= 65535 or self.order < 1:
            raise ValueError(f"id and order count from 1, got {self.id} and {self.order}")
        if self.level is not None and self.level not in Level.__members__:
            raise ValueError(f"{self.level!r} is no level; C1 to S1, T13, L6 or null")
        if self.minutes < 0 or self.voxels_changed < 0:
            raise ValueError(f"vertebra {self.id}: minutes and voxels cannot be negative")

    @property
    def anatomical(self) -> Level | None:
        """Its level where known."""
        return None if self.level is None else Level[self.level]

    @property
    def name(self) -> str:
        """For people: its level, else its number from the top."""
        return self.level or f"number {self.order}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedRange:
    """Every vertebra from ``first`` down to ``last`` is in the table."""

    __pydantic_config__: ClassVar = STRICT
    first: int | None = None
    """Id of the topmost; None = up to the upper end of the scan."""
    last: int | None = None
    """Id of the lowest; None = down to the lower end of the scan."""
