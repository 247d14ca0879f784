"""Telling that memory ran out, whichever library says so."""

from __future__ import annotations


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory of the machine or of an accelerator ran out."""
    words = ("out of memory", "can't allocate memory", "not enough memory")
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(word in said for word in words)
