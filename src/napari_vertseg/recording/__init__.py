"""A walk on disk: recorded while it goes, replayed without a model, gone on with another day."""

from .header import RecordingHeader, scan_sha256
from .lines import Recorded, TakenBack
from .reader import mask_of, read_header, replay, replay_all
from .saved_state import load_state, save_state
from .writer import RecordingWriter, recorded

__all__ = [
    "Recorded",
    "RecordingHeader",
    "RecordingWriter",
    "TakenBack",
    "load_state",
    "mask_of",
    "read_header",
    "recorded",
    "replay",
    "replay_all",
    "save_state",
    "scan_sha256",
]
