"""A folder holds one study with one set of settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.study.claimed import claim


def test_the_same_study_comes_back_to_its_folder(tmp_path: Path) -> None:
    settings = {"study": "spine-ct", "counts": (1, 2)}
    claim(tmp_path / "new", settings)
    claim(tmp_path / "new", settings)


def test_another_one_is_told_what_differs(tmp_path: Path) -> None:
    claim(tmp_path, {"study": "spine-ct", "steps": 20, "seed": 1})
    with pytest.raises(CaseIncomplete, match=r"differs in preset, steps\)"):
        claim(tmp_path, {"study": "spine-ct", "steps": 30, "seed": 1, "preset": "tiny"})


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text("{")
    with pytest.raises(CaseIncomplete, match=r"study\.json cannot be read"):
        claim(tmp_path, {"study": "spine-ct"})
