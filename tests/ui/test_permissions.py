"""Which button is off, and the sentence that says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from napari_vertseg.ui.permissions import Action, Situation, Status, reason_against
from napari_vertseg.ui.wishes import StartFrom, Way

READY = Situation(has_scan=True, has_model=True)


def allowed(now: Situation) -> set[Action]:
    return {action for action in Action if reason_against(action, now) is None}


def test_without_a_scan_every_button_says_that_there_is_none() -> None:
    reasons = {reason_against(action, Situation(has_model=True)) for action in Action}

    assert len(reasons) == 1
    assert "no scan" in reasons.pop()


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (READY, {Action.PLAY, Action.PATCH, Action.VERTEBRA}),
        (replace(READY, status=Status.RUNNING), {Action.PAUSE, Action.STOP}),
        (replace(READY, status=Status.PAUSING), set()),
        (replace(READY, status=Status.STOPPING), set()),
        (
            replace(READY, status=Status.PAUSED, found_by_walk=1, has_selection=True),
            {
                Action.PLAY,
                Action.PATCH,
                Action.VERTEBRA,
                Action.BACK,
                Action.GO_ON,
                Action.STOP,
            },
        ),
        (
            replace(READY, found_by_walk=2),
            {Action.PLAY, Action.PATCH, Action.VERTEBRA, Action.BACK},
        ),
        (replace(READY, has_model=False, has_selection=True), set()),
    ],
)
def test_what_can_be_pressed(now: Situation, expected: set[Action]) -> None:
    assert allowed(now) == expected


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (replace(READY, way=Way.BOTH), "place to begin"),
        (replace(READY, start=StartFrom.CLICK), "clicked"),
        (replace(READY, start=StartFrom.SELECTED), "selected"),
        (replace(READY, has_model=False), "model"),
    ],
)
def test_a_walk_that_cannot_begin_says_what_is_missing(now: Situation, words: str) -> None:
    assert words in (reason_against(Action.PLAY, now) or "")


def test_a_paused_walk_goes_on_whatever_the_form_says_now() -> None:
    paused = replace(READY, status=Status.PAUSED, way=Way.BOTH, has_model=False)

    assert reason_against(Action.PLAY, paused) is None
