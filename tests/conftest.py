"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with the real scans; tests that need it skip where it is absent."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("VERTSEG_SHARED", beside))
    if not (folder / "manifest.json").is_file():
        pytest.skip(f"no real scans beside the project ({folder.name} is absent)")
    return folder
