"""run.py: sets up once, says what it lacks, and hides no failed check."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

REPO = Path(__file__).resolve().parents[1]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """run.py for a project in an empty folder; ``installs`` collects what it would install."""
    spec = importlib.util.spec_from_file_location("run_under_test", REPO / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("constraints.txt", "setup.cfg", "pyproject.toml"):
        (tmp_path / name).write_text("as it was")
    (tmp_path / ".venv").mkdir()
    module.installs = []
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / module.STAMP.name)
    monkeypatch.setattr(module, "starts", lambda python: True)
    monkeypatch.setattr(module, "run", lambda command, **_: module.installs.append(command[-1]))
    return module


def test_the_second_start_installs_nothing(run: ModuleType) -> None:
    run.prepare(extra="dev")
    run.prepare(extra="dev")

    assert len(run.installs) == 1


def test_what_serves_the_tests_serves_the_demo_but_not_the_other_way(run: ModuleType) -> None:
    run.prepare(extra="")
    run.prepare(extra="dev")
    run.prepare(extra="")

    assert [target.endswith("[dev]") for target in run.installs] == [False, True]


def test_a_demo_in_a_window_needs_napari_and_the_one_without_does_not(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(run, "call", lambda command: called.append(command[2:]) or 0)
    monkeypatch.setattr(run.sys, "platform", "linux")
    monkeypatch.setattr(run, "find_library", lambda name: name)
    monkeypatch.setenv("DISPLAY", ":7")
    run.demo(["--headless"])
    run.demo([])
    run.demo([])
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    run.demo([])

    assert [target.endswith("[all]") for target in run.installs] == [False, True]
    assert called == [["--headless"], [], [], []]


def test_a_demo_without_the_libraries_of_qt_still_runs(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "call", lambda command: 0)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(run.sys, "platform", "linux")
    monkeypatch.setattr(run, "find_library", lambda name: None)
    monkeypatch.setenv("DISPLAY", ":7")

    assert run.demo([]) == 0
    assert not run.installs[0].endswith("[all]")


@pytest.mark.parametrize("name", ["constraints.txt", "setup.cfg", "pyproject.toml"])
def test_changed_requirements_are_installed(run: ModuleType, tmp_path: Path, name: str) -> None:
    run.prepare(extra="dev")
    (tmp_path / name).write_text("changed")
    run.prepare(extra="dev")

    assert len(run.installs) == 2


def test_an_interrupted_installation_is_tried_again(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.prepare(extra="")

    def breaks(command: list[str], **_: object) -> None:
        raise subprocess.CalledProcessError(1, command)

    with monkeypatch.context() as patch:
        patch.setattr(run, "run", breaks)
        with pytest.raises(subprocess.CalledProcessError):
            run.prepare(extra="dev")
    run.prepare(extra="")

    assert len(run.installs) == 2


def test_pytest_runs_last_and_a_failed_check_still_counts(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = []

    def call(command: list[object]) -> int:
        called.append(" ".join(map(str, command)))
        return int("mypy" in called[-1])

    monkeypatch.setattr(run, "call", call)

    assert run.test(["-k", "grid"]) == 1
    assert called[-1].endswith("-m pytest -k grid")


def test_without_root_the_missing_system_packages_are_named(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(run.sys, "platform", "linux")
    monkeypatch.setattr(run, "find_library", lambda name: None if name == "EGL" else name)

    with pytest.raises(SystemExit, match=r"sudo apt-get install .* libegl1$"):
        run.need_qt_libraries()
    assert run.installs == []
