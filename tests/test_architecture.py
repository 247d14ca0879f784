"""The shape of the house: what lies where, and who may know whom."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
ROOTS = {"napari_vertseg": REPO / "src", "vertseg_trainer": REPO / "trainer"}
MODULES = {
    ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): file
    for name, root in ROOTS.items()
    for file in sorted((root / name).rglob("*.py"))
}
QT_AND_NAPARI = ("PyQt5", "PyQt6", "PySide2", "PySide6", "qtpy", "superqt", "magicgui", "napari")


def settings() -> ConfigParser:
    config = ConfigParser()
    config.read(REPO / "setup.cfg", encoding="utf-8")
    return config


def lines_of(section: str, key: str) -> list[str]:
    text = settings()[section][key]
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def tracked_text() -> dict[str, str]:
    """Every tracked file that is text, by its path in the project."""
    if not (REPO / ".git").exists():
        pytest.skip("not a checkout: git knows what belongs to the project")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPO, capture_output=True, check=True, text=True
    )
    files = [name for name in listed.stdout.split("\0") if name and (REPO / name).is_file()]
    blobs = {name: (REPO / name).read_bytes() for name in files}
    return {n: b.decode("utf-8", "replace") for n, b in blobs.items() if b"\0" not in b[:8192]}


def python(code: str) -> str:
    """Standard output of a fresh interpreter that knows the packages as this one does."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_setup_cfg_lists_exactly_the_packages_on_disk() -> None:
    on_disk = {name for name, file in MODULES.items() if file.name == "__init__.py"}

    assert sorted(lines_of("options", "packages")) == sorted(on_disk)


def test_no_module_lies_in_a_folder_without_an_init() -> None:
    # Such a folder would work from the checkout and be missing from the wheel.
    folders = {file.parent for file in MODULES.values()}

    assert [str(f.relative_to(REPO)) for f in folders if not (f / "__init__.py").is_file()] == []


def test_importing_the_package_loads_only_the_standard_library() -> None:
    loaded = json.loads(
        python(
            "import sys; bare = set(sys.modules)\n"
            "import napari_vertseg, json\n"
            "new = {name.partition('.')[0] for name in set(sys.modules) - bare}\n"
            "print(json.dumps(sorted(new - set(sys.stdlib_module_names))))"
        )
    )

    assert loaded == ["napari_vertseg"]


def test_every_module_but_the_ui_imports_without_qt_and_napari() -> None:
    names = [name for name in MODULES if ".ui" not in name]
    python(
        "import importlib, sys\n"
        "class Blocker:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.partition('.')[0] in {QT_AND_NAPARI}:\n"
        "            raise ImportError(f'{name} is blocked')\n"
        "sys.meta_path.insert(0, Blocker())\n"
        f"for name in {names}: importlib.import_module(name)"
    )


def test_every_third_party_import_is_a_declared_dependency() -> None:
    anywhere = declared("dicom", "batch")
    with_napari = declared("dicom", "batch", "all")
    distributions = importlib.metadata.packages_distributions()
    undeclared = {
        f"{module} imports {name}"
        for module, file in MODULES.items()
        for name in imported_by(file) - set(sys.stdlib_module_names) - set(ROOTS)
        if not (with_napari if ".ui" in module else anywhere)
        & {normal(d) for d in distributions.get(name, [name])}
    }

    assert undeclared == set()


def declared(*extras: str) -> set[str]:
    """Names of the distributions in the base list and in some extras."""
    lines = lines_of("options", "install_requires")
    lines += [line for extra in extras for line in lines_of("options.extras_require", extra)]
    return {normal(re.split(r"[\[<>=!~ ]", line)[0]) for line in lines}


def imported_by(file: Path) -> set[str]:
    """Top-level names of the absolute imports in a file, those inside functions too."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    plain = {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    from_ = {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom) and n.level == 0}
    return {name.partition(".")[0] for name in plain | from_}


def normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("napari_vertseg/errors.py", "import napari_vertseg.anatomy", "layers below it"),
        ("napari_vertseg/newcomer.py", '"""In no layer."""', "layers below it"),
        ("napari_vertseg/errors.py", "import vertseg_trainer", "never imports it"),
        ("napari_vertseg/anatomy.py", "def f(): import torch", "torch lives"),
        ("vertseg_trainer/__init__.py", "import qtpy.QtCore", "only in ui"),
        ("napari_vertseg/traversal/planted.py", "import scipy.ndimage", "numpy only"),
    ],
)
def test_the_import_contracts_bite(
    tmp_path: Path, module: str, statement: str, contract: str
) -> None:
    """What is forbidden, planted in a copy, breaks the contract that forbids it."""
    for name, root in ROOTS.items():
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("models"))
    shutil.copy(REPO / "setup.cfg", tmp_path)
    (tmp_path / module).parent.mkdir(exist_ok=True)
    with (tmp_path / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{statement}\n")

    linted = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports as lint; exit(lint())"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    broken = [line for line in linted.stdout.splitlines() if " BROKEN" in line]
    assert any(contract in line for line in broken), linted.stdout + linted.stderr


def test_no_tracked_file_names_a_place_of_one_machine() -> None:
    # Put together here, so that this file does not find itself.
    places = ["/".join(["", *parts, ""]) for parts in (["work"], ["opt", "dev"], ["root"])]
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "download.pytorch" + ".org"]
    hosts += ["deb.debian" + ".org", "registry.npmjs" + ".org"]
    found = {
        f"{name}: {word}"
        for name, text in tracked_text().items()
        for word in places + hosts
        if word in text
    }

    assert found == set()


def test_no_python_file_is_longer_than_400_lines() -> None:
    long = {
        name: text.count("\n")
        for name, text in tracked_text().items()
        if name.endswith(".py") and text.count("\n") > 400
    }

    assert long == {}
