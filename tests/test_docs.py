"""The pages say what is so: links resolve, named modules exist, commands and examples run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest

from napari_vertseg.io import write_scan
from napari_vertseg.synthesis import make_phantom

REPO = Path(__file__).resolve().parents[1]
FOLDERS = ("docs", "changes", "trainer", "benchmarks")
PAGES = sorted([*REPO.glob("*.md"), *(p for f in FOLDERS for p in (REPO / f).rglob("*.md"))])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def name_of(page: Path) -> str:
    return page.relative_to(REPO).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    """What stands between fences of one language."""
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [text for kind, text in found if kind == language]


def anchors(page: Path) -> set[str]:
    """The places of a page that a link can name, spelled as forges spell them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ +(.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    lost = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        outside = re.match(r"[a-z]+:", link)
        if not outside and not (target.exists() and (not anchor or anchor in anchors(target))):
            lost.append(link)

    assert lost == []


def test_every_module_that_the_table_of_the_paper_names_exists() -> None:
    text = (REPO / "docs" / "paper.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in text.splitlines() if re.match(r"\| P\d+ ", line)]
    places = [name for row in rows for name in re.findall(r"`([\w.]+)`", row[3])]
    missing = [name for name in places if not is_module(name)]

    assert [row[1].strip() for row in rows] == [f"P{n}" for n in range(1, 29)]
    assert missing == []


def is_module(name: str) -> bool:
    """Whether a dotted name is a file or a folder of one of the roots."""
    root = REPO / ("trainer" if name.startswith("vertseg_trainer") else "src/napari_vertseg")
    path = root.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=name_of)
def test_the_examples_of_a_page_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In order, as one program, in a folder with a made scan."""
    write_scan(tmp_path / "scan.nii.gz", make_phantom(5, spacing_mm=(3.0, 2.0, 2.0)).scan)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks(page, "python"):
        exec(compile(block, name_of(page), "exec"), names)


def commands() -> list[str]:
    """Every line that the pages tell somebody to type."""
    return sorted({ln for page in PAGES for b in blocks(page, "console") for ln in b.splitlines()})


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_pages_knows_its_options(command: str) -> None:
    assert command.startswith("$ ")
    assert unknown_options(command.removeprefix("$ ")) == set()


def test_the_options_that_the_readme_explains_exist() -> None:
    text = (REPO / "README.md").read_text(encoding="utf-8")
    options = re.findall(r"^\| `(--[a-z-]+[^`]*)` \|", text, re.MULTILINE)

    assert options
    assert unknown_options(f"vertseg segment {' '.join(options)}") == set()


def unknown_options(command: str) -> set[str]:
    """Options of one of our own commands that its help does not name."""
    words = shlex.split(command, comments=True)
    module = {"vertseg": "napari_vertseg.cli", "vertseg-train": "vertseg_trainer.__main__"}
    if words[0] not in module:
        return set()
    # Commands have commands of their own; an argument before --help does no harm.
    subcommand = list(takewhile(lambda word: not word.startswith("-"), words[1:]))
    code = f"import sys; from {module[words[0]]} import main; sys.exit(main(sys.argv[1:]))"
    helped = subprocess.run(
        [sys.executable, "-c", code, *subcommand, "--help"], capture_output=True, text=True
    )
    assert helped.returncode == 0, helped.stderr
    known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", helped.stdout))
    return {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)} - known
