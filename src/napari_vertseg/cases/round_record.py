"""The record of one training round (``rounds/<n>.json``): what went in and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from ..strict_json import STRICT
from .files import HistoryEntry, ModelRef
from .states import Role

Decision = Literal["open", "promoted", "rejected", "kept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundCase:
    """One version of one case, so that the same data can be found again."""

    __pydantic_config__: ClassVar = STRICT
    case: str
    patient: str
    role: Role
    version: int
    voxels_sha256: str
    labels_sha256: str
    ignore_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRecord:
    """One training round."""

    __pydantic_config__: ClassVar = STRICT
    schema: Literal[1] = 1
    kind: Literal["napari-vertseg round"] = "napari-vertseg round"
    number: int
    started: str
    finished: str | None = None
    """None while it runs, and after it failed."""
    parent: ModelRef | None = None
    """None for a start from nothing."""
    model: ModelRef | None = None
    """The candidate, once there is one."""
    cases: tuple[RoundCase, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    """As ``TrainingConfig`` writes them."""
    seeds: tuple[int, ...] = ()
    scores_before: Mapping[str, float] = field(default_factory=dict)
    scores_after: Mapping[str, float] = field(default_factory=dict)
    minutes: float = 0.0
    """Of correction that went into the cases since the round before."""
    decision: Decision = "open"
    history: tuple[HistoryEntry, ...] = ()
