"""The page about the trainer says what the code does."""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from napari_vertseg.network.config import PRESETS
from napari_vertseg.training import TrainingConfig
from vertseg_trainer.cases import _STEMS

PAGE = (Path(__file__).resolve().parents[2] / "trainer" / "README.md").read_text("utf-8")


def rows(pattern: str) -> dict[str, list[str]]:
    """Cells of the table rows whose first cell matches, by that cell."""
    cells = [[c.strip(" `") for c in line.strip("|").split(" | ")] for line in PAGE.splitlines()]
    return {row[0]: row[1:] for row in cells if len(row) > 1 and re.fullmatch(pattern, row[0])}


def defaults(value: Any, prefix: str = "") -> dict[str, Any]:
    """Every setting by its dotted name, with its default as JSON has it."""
    found: dict[str, Any] = {}
    for field in fields(value):
        inner = getattr(value, field.name)
        if is_dataclass(inner):
            found |= defaults(inner, f"{prefix}{field.name}.")
        else:
            found[prefix + field.name] = json.loads(json.dumps(inner))
    return found


def test_every_setting_is_explained_with_its_default() -> None:
    said = re.findall(r"^\| `([a-z_0-9.]+)` \| `(.+?)` \| (.+) \|$", PAGE, re.MULTILINE)

    assert {name: json.loads(default) for name, default, _ in said} == defaults(TrainingConfig())
    assert all(len(meaning) > 5 for *_, meaning in said)


def test_every_preset_is_shown_as_it_is() -> None:
    for name, preset in PRESETS.items():
        filters, patch, grid, _ = rows(name)[name]
        assert filters == ", ".join(str(n) for n in preset.network.filters)
        assert patch == " × ".join(str(n) for n in preset.network.patch_shape)
        assert grid == f"{preset.spacing_mm:g} mm"


def test_every_file_of_a_case_is_named() -> None:
    assert {f"{stem}.nii.gz" for stem in _STEMS} == set(rows(r"[a-z]+\.nii\.gz"))
