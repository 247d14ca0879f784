"""Records of what lies in ``versions/``: files with their hashes, predictions, versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..strict_json import STRICT
from .states import Origin


def _check_name(name: str) -> None:
    # A name from a file that somebody else wrote must not lead out of its folder.
    if not name or name.startswith(".") or set(name) & set('/\\:*?"<>|'):
        raise ValueError(f"{name!r} is no plain file name")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """A file in ``versions/``."""

    __pydantic_config__: ClassVar = STRICT
    name: str
    sha256: str
    """Of its bytes."""

    def __post_init__(self) -> None:
        _check_name(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRef:
    """Which weights."""

    __pydantic_config__: ClassVar = STRICT
    name: str
    weights_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionRecord:
    """What a model, or another tool, said of a scan; never edited."""

    __pydantic_config__: ClassVar = STRICT
    number: int
    made: str
    """Time."""
    origin: Origin
    model: ModelRef | None
    labels: FileRecord

    @property
    def snapshot(self) -> str:
        """Name of the file with the case as it was then."""
        return f"prediction-{self.number:04d}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord:
    """One saved state of a correction."""

    __pydantic_config__: ClassVar = STRICT
    number: int
    saved: str
    """Time."""
    annotator: str
    based_on: int | None
    """Number of the version it began from; None for the prediction, or nothing."""
    labels: FileRecord
    ignore: FileRecord | None
    minutes: float
    """Of active work since the one it is based on."""
    voxels_changed: int
    """That differ from the one it is based on."""
    is_submitted: bool = False

    @property
    def snapshot(self) -> str:
        """Name of the file with the case as it was then."""
        return f"{self.number:04d}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One change."""

    __pydantic_config__: ClassVar = STRICT
    when: str
    who: str
    what: str
