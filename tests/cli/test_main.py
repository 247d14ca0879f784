"""Help is quick and complete."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

import napari_vertseg
from napari_vertseg.cli import main
from napari_vertseg.cli.exit_codes import EXIT_CODES, ExitCode


def test_help_loads_only_the_standard_library() -> None:
    code = (
        "import contextlib, io, json, sys\n"
        "bare = set(sys.modules)\n"
        "from napari_vertseg.cli import main\n"
        "for words in (['--help'], ['segment', '--help'], ['--version']):\n"
        "    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        "        main(words)\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - bare}\n"
        "print(json.dumps(sorted(new - set(sys.stdlib_module_names))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert json.loads(done.stdout) == ["napari_vertseg"]


def test_the_version_is_the_packages(capsys: Any) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"vertseg {napari_vertseg.__version__}\n"


@pytest.mark.parametrize("words", [["--help"], ["segment", "--help"]])
def test_help_lists_the_exit_codes(words: list[str], capsys: Any) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(words)
    assert EXIT_CODES in capsys.readouterr().out
    assert all(f"\n  {code.value} " in EXIT_CODES for code in ExitCode)


@pytest.mark.parametrize("words", [[], ["nonesuch"], ["segment"], ["segment", "scan.nii"]])
def test_an_incomplete_call_is_refused(words: list[str], capsys: Any) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert "usage: vertseg" in capsys.readouterr().err
