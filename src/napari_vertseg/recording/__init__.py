"""A walk on disk: recorded while it goes, replayed without a model, gone on with another day."""

from .header import RecordingHeader, scan_sha256
from .reader import mask_of, read_header, replay
from .saved_state import load_state, save_state
from .writer import RecordingWriter, recorded

__all__ = [
    "RecordingHeader",
    "RecordingWriter",
    "load_state",
    "mask_of",
    "read_header",
    "recorded",
    "replay",
    "save_state",
    "scan_sha256",
]
