"""``vertseg demo`` opens a window where one can be opened, and never hangs where not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg import ui
from napari_vertseg.cli import demo, main, window


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Linux with a display, napari, and a Qt that can draw."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setattr(window, "find_spec", lambda name: object())
    answer = subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(window.subprocess, "run", lambda *words, **more: answer)


def test_with_a_display_the_demo_is_a_window(
    display: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(ui, "open_demo", lambda: opened.append("demo"))

    assert main(["demo"]) == 0
    assert opened == ["demo"]


@pytest.mark.parametrize("words", [["--headless"], ["-o", "out"], ["--seed", "3"]])
def test_whoever_asks_for_files_gets_files(
    display: None, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(demo, "_run_headless", lambda options: asked.append(options) or 0)

    assert main(["demo", *words]) == 0
    assert asked[0].output == Path("out" if "out" in words else "demo-output")
    assert asked[0].seed == (3 if "3" in words else demo.SEED)


def test_without_a_display_no_window_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    assert not window.can_open_window()


def test_a_display_that_is_named_but_not_there_is_none(
    display: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    aborted = subprocess.CompletedProcess([], -6)
    monkeypatch.setattr(window.subprocess, "run", lambda *words, **more: aborted)

    assert not window.can_open_window()


def test_a_qt_that_hangs_is_given_up(display: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*words: Any, **more: Any) -> None:
        raise subprocess.TimeoutExpired("python", 1)

    monkeypatch.setattr(window.subprocess, "run", hang)

    assert not window.can_open_window()
