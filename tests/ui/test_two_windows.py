"""Two napari processes on one project: real windows, not two sessions of one process."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from .conftest import BINDINGS, NO_WINDOW

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "two_windows.py"


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform == "linux" and "DISPLAY" not in os.environ,
    reason="real windows need a display; Xvfb will do",
)
def test_the_second_window_is_told_who_has_the_case_and_can_only_look() -> None:
    if not (find_spec("napari") and any(map(find_spec, BINDINGS))):
        pytest.skip(NO_WINDOW)
    command = [sys.executable, str(SCRIPT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "You only look" in done.stdout
    assert done.stdout.endswith("can only look\n")
