"""Which vertebra deserves a look, and why."""

from .evidence import Evidence, WalkEvidence, gather, gather_all
from .judge import judge, suspicions
from .reason import WALK_KINDS, Reason, ReasonKind, Suspicion
from .rules import Ramp, SuspicionRules

__all__ = [
    "WALK_KINDS",
    "Evidence",
    "Ramp",
    "Reason",
    "ReasonKind",
    "Suspicion",
    "SuspicionRules",
    "WalkEvidence",
    "gather",
    "gather_all",
    "judge",
    "suspicions",
]
