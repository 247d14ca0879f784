"""What correcting cost, as it is shown."""

from __future__ import annotations

from typing import Any

import pytest

from napari_vertseg.cases import ModelRef
from napari_vertseg.rounds.effort import RoundEffort, effort_by_model
from napari_vertseg.rounds.evidence import ProposalEvidence
from napari_vertseg.ui.effort_series import Cost, in_words, lines, stretches, title_of


def scan(number: int, model: str | None, minutes: float, voxels: int, dice: float) -> Any:
    return ProposalEvidence(
        case=f"case-{number:04d}",
        name=f"scan {number}",
        model=None if model is None else ModelRef(name=model, weights_sha256=model),
        version=1,
        saved=f"2026-03-0{number}T10:00:00Z",
        dice=dice,
        by_vertebra=(),
        missed=0,
        false=0,
        minutes=minutes,
        voxels_changed=voxels,
        vertebrae_touched=3,
    )


@pytest.fixture
def rounds() -> list[RoundEffort]:
    scans = [
        scan(1, None, 20.0, 9000, 0.7),
        scan(2, "starter", 10.0, 4000, 0.8),
        scan(3, "starter", 8.0, 2000, 0.9),
        scan(4, "tuned", 3.0, 900, 0.96),
    ]
    return effort_by_model(scans, {"tuned": 1})


def test_scans_are_numbered_through_and_stand_with_their_model(rounds: list[RoundEffort]) -> None:
    found = stretches(rounds, Cost.MINUTES)

    assert [s.numbers for s in found] == [(1,), (2, 3), (4,)]
    assert [s.values for s in found] == [(20.0,), (10.0, 8.0), (3.0,)]
    assert [s.mean for s in found] == [20.0, 9.0, 3.0]
    assert [s.title for s in found] == ["masks of other tools", "starter", "tuned (round 1)"]


def test_every_cost_has_its_own_values(rounds: list[RoundEffort]) -> None:
    assert stretches(rounds, Cost.VOXELS)[1].values == (4000.0, 2000.0)
    assert stretches(rounds, Cost.DICE)[2].mean == 0.96


def test_the_table_has_means_per_scan(rounds: list[RoundEffort]) -> None:
    assert lines(rounds)[1] == ("starter", "2", "9.0", "3,000", "3.0", "0.850")


def test_the_sentence_claims_no_more_than_a_trend(rounds: list[RoundEffort]) -> None:
    assert "90 % less" in in_words(rounds)
    assert "no proof" in in_words(rounds)
    assert "more voxels" in in_words(list(reversed(rounds)))
    assert "yet" in in_words([])
    assert title_of(rounds[2]) == "tuned (round 1)"


def test_the_panel_draws_what_was_submitted(qtbot: Any, rounds: list[RoundEffort]) -> None:
    viewer = pytest.importorskip("napari").components.ViewerModel()
    from napari_vertseg.ui.effort_panel import EffortPanel
    from napari_vertseg.ui.session import Session

    from .conftest import start_at_once

    session = Session(viewer, start=start_at_once)
    panel = EffortPanel(session)
    qtbot.addWidget(panel)
    assert "No project" in panel.words.text()
    panel.rounds = rounds
    panel.refresh()
    points = [item.getData() for item in panel.plot.listDataItems()]

    assert panel.table.rowCount() == 3
    assert [list(x) for x, _ in points[::2]] == [[1], [2, 3], [4]]
    panel.cost.setCurrentIndex(1)
    assert list(panel.plot.listDataItems()[2].getData()[1]) == [4000.0, 2000.0]
    session.close()
