"""The words shared by the trainer and those who start it: requests, settings, events."""

from .config import (
    AugmentConfig,
    LossConfig,
    Norm,
    PresetName,
    SampleShares,
    SourceShares,
    TrainingConfig,
)
from .events import (
    EVENTS_FILE,
    LAST_KINDS,
    WISH_FILE,
    EventKind,
    Finding,
    TrainingEvent,
    Wish,
)
from .recipe import TAUGHT_LOSS, TAUGHT_SAMPLES
from .request import ACTIVE, TrainingRequest

__all__ = [
    "ACTIVE",
    "EVENTS_FILE",
    "LAST_KINDS",
    "TAUGHT_LOSS",
    "TAUGHT_SAMPLES",
    "WISH_FILE",
    "AugmentConfig",
    "EventKind",
    "Finding",
    "LossConfig",
    "Norm",
    "PresetName",
    "SampleShares",
    "SourceShares",
    "TrainingConfig",
    "TrainingEvent",
    "TrainingRequest",
    "Wish",
]
