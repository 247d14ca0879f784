"""A terminal sees every step on one line; a file sees a line per vertebra."""

from __future__ import annotations

import io
import os
from typing import Any

import pytest

from napari_vertseg.cli.progress import WalkProgress
from napari_vertseg.cli.streams import ProgressLines
from napari_vertseg.traversal import Withdrawn
from napari_vertseg.volume import Window, Zyx


class Terminal(io.StringIO):
    """Text that knows what a person would see."""

    def isatty(self) -> bool:
        return True

    def screen(self) -> list[str]:
        """Lines after carriage returns have been obeyed."""
        lines = []
        for line in self.getvalue().split("\n"):
            shown = ""
            for part in line.split("\r"):
                shown = part + shown[len(part) :]
            lines.append(shown.rstrip())
        return lines


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((20, 24)))


def test_steps_are_rewritten_and_vertebrae_stay(narrow: Any) -> None:
    terminal = Terminal()
    lines = ProgressLines(terminal)
    lines.pass_by("step 1 · searching")
    lines.pass_by("step 2")
    assert terminal.screen() == ["step 2"]
    lines.stay("vertebra 1")
    lines.pass_by("step 3")
    lines.stay("vertebra 2")
    assert terminal.screen() == ["vertebra 1", "vertebra 2", ""]


def test_a_long_line_is_cut_so_that_it_can_be_rewritten(narrow: Any) -> None:
    terminal = Terminal()
    lines = ProgressLines(terminal)
    lines.pass_by("x" * 50)
    assert terminal.screen() == ["x" * 19]
    lines.clear()
    assert terminal.screen() == [""]


def test_off_a_terminal_nothing_passes_by() -> None:
    stream = io.StringIO()
    lines = ProgressLines(stream)
    lines.pass_by("step 1")
    lines.stay("vertebra 1")
    lines.clear()
    assert stream.getvalue() == "vertebra 1\n"


def test_nothing_that_passes_by_is_left_when_an_error_ends_the_work(
    narrow: Any,
) -> None:
    terminal = Terminal()

    def interrupted() -> None:
        with ProgressLines(terminal) as lines:
            lines.pass_by("step 1")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert terminal.screen() == [""]


def test_what_a_walk_gives_up_is_named() -> None:
    stream = io.StringIO()
    window = Window(Zyx(0, 0, 0), Zyx(16, 16, 16))
    progress = WalkProgress(ProgressLines(stream))
    progress(Withdrawn(step=9, window=window, seconds=0.0, direction="up", vertebrae=(1, 2)))
    assert stream.getvalue() == "given up: 1, 2 · aside of the spine\n"
