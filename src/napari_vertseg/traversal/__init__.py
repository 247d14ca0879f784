"""The walk itself (paper, section 2): numpy in, events out, driven by any predictor."""

from .config import StartConfig, TraversalConfig
from .events import (
    Event,
    Finished,
    FinishReason,
    Refining,
    Rejected,
    RejectReason,
    Searching,
    SearchOutcome,
    SearchStage,
    VertebraFound,
    Withdrawn,
    trace,
)
from .found import FoundVertebra
from .fragment import Fragment
from .memory import HalfSpace, InstanceMemory
from .oracle import NoisyPredictor, OraclePredictor
from .state import Phase, TraversalState
from .state_file import state_from_bytes, state_to_bytes
from .stepping_back import Checkpoint
from .traverse import traverse, traverse_from

__all__ = [
    "Checkpoint",
    "Event",
    "FinishReason",
    "Finished",
    "FoundVertebra",
    "Fragment",
    "HalfSpace",
    "InstanceMemory",
    "NoisyPredictor",
    "OraclePredictor",
    "Phase",
    "Refining",
    "RejectReason",
    "Rejected",
    "SearchOutcome",
    "SearchStage",
    "Searching",
    "StartConfig",
    "TraversalConfig",
    "TraversalState",
    "VertebraFound",
    "Withdrawn",
    "state_from_bytes",
    "state_to_bytes",
    "trace",
    "traverse",
    "traverse_from",
]
