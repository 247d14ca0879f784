"""The trainer as a child process that this library starts and never imports."""

from .child import LOG_FILE, RunState, TrainingRun
from .process import ProcessRecord
from .tail import EventTail
from .template import EXAMPLES, HERE, LaunchTemplate

__all__ = [
    "EXAMPLES",
    "HERE",
    "LOG_FILE",
    "EventTail",
    "LaunchTemplate",
    "ProcessRecord",
    "RunState",
    "TrainingRun",
]
