"""What somebody gets who installs the wheel."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from email import message_from_bytes
from email.message import Message
from importlib.metadata import EntryPoint
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

REPO = Path(__file__).resolve().parents[1]
WHEEL_LIMIT_BYTES = 14_000_000
"""A starter model of 12 MB and the code."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """The wheel of this checkout, built in a copy so that no build folder is left behind."""
    copy = tmp_path_factory.mktemp("checkout") / "copy"
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info", "runs", "build")
    for name in ("src", "trainer"):
        shutil.copytree(REPO / name, copy / name, ignore=ignore)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "LICENSE-WEIGHTS"):
        shutil.copy(REPO / name, copy)
    code = "from setuptools.build_meta import build_wheel; build_wheel('dist')"
    built = subprocess.run([sys.executable, "-c", code], cwd=copy, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (file,) = (copy / "dist").glob("*.whl")
    assert file.stat().st_size <= WHEEL_LIMIT_BYTES
    return ZipFile(file)


@pytest.fixture(scope="module")
def metadata(wheel: ZipFile) -> Message:
    return message_from_bytes(wheel.read(in_dist_info(wheel, "METADATA")))


def in_dist_info(wheel: ZipFile, name: str) -> str:
    (found,) = (n for n in wheel.namelist() if n.endswith(f".dist-info/{name}"))
    return found


def test_the_wheel_holds_all_that_lies_in_the_packages(wheel: ZipFile) -> None:
    """Every module, the type marker, the models with their cards, and nothing else."""
    packages = (REPO / "src" / "napari_vertseg", REPO / "trainer" / "vertseg_trainer")
    on_disk = {
        file.relative_to(package.parent).as_posix()
        for package in packages
        for file in package.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert packed == on_disk


def test_code_and_weights_each_carry_their_licence(wheel: ZipFile, metadata: Message) -> None:
    assert metadata["License-Expression"] == "BSD-3-Clause AND CC-BY-SA-4.0"
    assert metadata.get_all("License-File") == ["LICENSE", "LICENSE-WEIGHTS"]
    for name in ("LICENSE", "LICENSE-WEIGHTS"):
        assert wheel.read(in_dist_info(wheel, f"licenses/{name}")) == (REPO / name).read_bytes()


def test_napari_finds_the_plugin_by_its_classifier(metadata: Message) -> None:
    assert "Framework :: napari" in metadata.get_all("Classifier", [])


def test_the_base_install_brings_neither_napari_nor_a_qt_binding(metadata: Message) -> None:
    requirements = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    base = {r.name.lower() for r in requirements if r.marker is None}

    assert base & {"napari", "pyqt5", "pyqt6", "pyside2", "pyside6"} == set()
    assert {"numpy", "torch", "qtpy", "superqt"} <= base


def test_torch_releases_with_slow_3d_convolutions_are_refused(metadata: Message) -> None:
    requirements = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    (torch,) = (r for r in requirements if r.name == "torch")

    assert not torch.specifier.contains("2.9.1")
    assert torch.specifier.contains("2.8.0")


def test_both_commands_lead_to_a_function(wheel: ZipFile) -> None:
    config = ConfigParser()
    config.read_string(wheel.read(in_dist_info(wheel, "entry_points.txt")).decode())
    commands = dict(config["console_scripts"])

    assert set(commands) == {"vertseg", "vertseg-train"}
    for name, target in commands.items():
        assert callable(EntryPoint(name, target, "console_scripts").load())


def test_every_declared_dependency_has_a_tested_version_in_its_range() -> None:
    config = ConfigParser()
    config.read(REPO / "setup.cfg", encoding="utf-8")
    extras = config["options.extras_require"]
    lists = [config["options"]["install_requires"], extras["all"], extras["test"], extras["dev"]]
    declared = [
        Requirement(line)
        for text in lists
        for line in text.splitlines()
        if line and not line.startswith(("#", "napari-vertseg["))
    ]
    tested = pins_of_constraints()

    assert [r for r in declared if not r.specifier.contains(tested.get(key(r.name), ""))] == []


def pins_of_constraints() -> dict[str, str]:
    lines = (REPO / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {key(name): version for name, version in pins}


def key(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()
