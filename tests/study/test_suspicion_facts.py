"""Facts beside the suspicion: a guide that is worse than one of them is no guide."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_vertseg.segmentation import Segmentation, VertebraInstance
from napari_vertseg.study.suspicion import Row
from napari_vertseg.study.suspicion_facts import facts_of, facts_table
from napari_vertseg.study.suspicion_report import write_report
from napari_vertseg.suspicion import gather_all
from napari_vertseg.volume import Grid, Zyx


def row(name: str, dice: float, score: float, **facts: float) -> Row:
    return Row(
        source="walked",
        name=name,
        number=1,
        error=None,
        dice=dice,
        score=score,
        score_of_mask=score,
        reasons=(),
        facts=facts,
    )


def test_facts_are_the_more_doubtful_the_higher() -> None:
    sure = VertebraInstance(
        id=1,
        start=Zyx(2, 2, 2),
        mask=np.ones((8, 8, 8), dtype=bool),
        completeness=0.98,
        is_complete=True,
        confidence=0.95,
        entropy=0.05,
        last_overlap=0.99,
        steps=2,
        is_cut_by_patch=False,
        direction="down",
    )
    unsure = replace(
        sure,
        id=2,
        start=Zyx(20, 2, 2),
        confidence=0.6,
        entropy=0.4,
        last_overlap=0.7,
        steps=9,
        completeness=0.5,
        is_cut_by_patch=True,
    )
    grid = Grid.canonical((40, 20, 20), (2.0, 2.0, 2.0))
    first, second = facts_of(gather_all(Segmentation(grid, (sure, unsure))))
    higher = {name for name in first if second[name] > first[name]}
    assert higher == {
        "confidence, low",
        "entropy",
        "overlap of the last two looks, low",
        "steps",
        "completeness near a half",
        "cut by the patch",
    }
    assert first["confidence of the chain, low"] == pytest.approx(-0.775)


def test_what_is_not_known_is_no_fact() -> None:
    assert facts_of([]) == []
    table = facts_table([("walked", [row("a", 0.9, 0.0), row("a", 0.1, 0.0)])], 0.8)
    assert all(line.endswith("| – |") for line in table[2:])


def test_the_table_has_the_best_fact_first() -> None:
    rows = [
        row("a", 0.9, 0.0, entropy=0.1, steps=3.0),
        row("a", 0.9, 0.0, entropy=0.2, steps=9.0),
        row("a", 0.3, 0.0, entropy=0.4, steps=5.0),
    ]
    table = facts_table([("walked", rows)], 0.8)
    assert table[2] == "| entropy | 1.000 |"
    assert "| steps | 0.500 |" in table


def test_the_page_says_how_many_good_ones_are_told_and_where_the_key_leads(
    tmp_path: Path,
) -> None:
    rows = [
        row("a", 0.9, 0.6),
        row("a", 0.2, 0.9),
        row("b", 0.9, 0.4),
        row("b", 0.2, 0.1),
        row("c", 0.9, 0.2),
        row("c", 0.9, 0.3),
    ]
    page = write_report(tmp_path, rows, 0.8, "starter").read_text(encoding="utf-8")
    # One of two bad ones and one of four good ones have 0.5 or more.
    assert "| walked | 6 | 2 | 0.500 | 0.500 | 50% | 25% |" in page
    assert (
        "Of 2 chains with good and bad ones the most suspicious vertebra is a bad one in 1" in page
    )
