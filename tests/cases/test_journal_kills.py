"""A process that edits, journals and saves is killed at random moments; nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "kill_while_saving.py"
KILLS = 4
"""The long version is the script itself, with 200."""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="Windows knows no SIGKILL")
def test_kills_at_random_moments_lose_nothing_older_than_the_interval() -> None:
    pytest.importorskip("psygnal")
    command = [sys.executable, str(SCRIPT), str(KILLS), "--interval", "0.2", "--longest", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{KILLS} kills" in done.stdout
    assert "to the byte" in done.stdout
