"""The time as records state it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """UTC to the second, such as ``2026-03-01T14:31:05Z``."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
