"""A candidate passes where nothing gets worse, and nothing is said where nothing is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from napari_vertseg.cases import ModelRef
from napari_vertseg.rounds.comparison import (
    CaseChange,
    Comparison,
    Figures,
    VertebraChange,
    VertebraFigures,
)
from napari_vertseg.rounds.gate import GateRules, Outcome, judge
from napari_vertseg.strict_json import from_jsonable, to_jsonable

CANDIDATE = ModelRef(name="round-1", weights_sha256="ab")


def figures(dice: float) -> Figures:
    return Figures(
        dice=dice,
        asd_mm=1.0,
        found=1,
        missed=0,
        merged=0,
        false=0,
        completeness_right=1,
        completeness_known=1,
    )


def change(
    case: str, before: float, after: float, kind: Any = "validation", patient: str = ""
) -> CaseChange:
    return CaseChange(
        case=case,
        name=f"scan {case}",
        patient=patient or f"p-{case}",
        kind=kind,
        active=figures(before),
        candidate=figures(after),
        vertebrae=(
            VertebraChange(
                case=case,
                value=20,
                name="L1",
                active=vertebra(before),
                candidate=vertebra(after),
            ),
        ),
    )


def vertebra(dice: float) -> VertebraFigures:
    return VertebraFigures(dice=dice, asd_mm=None, outcome="found", is_completeness_right=None)


def comparison(*cases: CaseChange) -> Comparison:
    return Comparison(active=None, candidate=CANDIDATE, cases=cases)


def test_better_everywhere_passes() -> None:
    verdict = judge(comparison(change("a", 0.8, 0.9), change("b", 0.7, 0.7)))

    assert verdict.outcome is Outcome.PASSES
    assert verdict.mean_active == pytest.approx(0.75)
    assert verdict.mean_candidate == pytest.approx(0.8)
    assert verdict.sentences == (
        "The mean Dice of 2 validation scans goes from 0.750 to 0.800; the least gain is +0.000 "
        "(scan b).",
    )


def test_a_fall_of_the_mean_fails() -> None:
    verdict = judge(comparison(change("a", 0.8, 0.79), change("b", 0.7, 0.705)))

    assert verdict.outcome is Outcome.FAILS
    assert "falls from 0.750 to 0.748" in verdict.sentences[0]


def test_one_case_that_falls_fails_though_the_mean_rises() -> None:
    verdict = judge(comparison(change("a", 0.8, 0.95), change("b", 0.9, 0.87)))

    assert verdict.outcome is Outcome.FAILS
    assert verdict.worst is not None
    assert verdict.worst.case == "b"
    assert "scan b (validation) falls from 0.900 to 0.870" in verdict.sentences[0]


@pytest.mark.parametrize(("after", "outcome"), [(0.88, Outcome.PASSES), (0.8799, Outcome.FAILS)])
def test_the_limit_itself_is_allowed(after: float, outcome: Outcome) -> None:
    assert judge(comparison(change("a", 0.5, 0.9), change("b", 0.9, after))).outcome is outcome


@pytest.mark.parametrize("kind", ["earlier", "made"])
def test_a_forgotten_case_fails_and_does_not_enter_the_mean(kind: Any) -> None:
    cases = (change("a", 0.8, 0.8), change("b", 0.8, 0.8), change("old", 0.9, 0.5, kind))

    verdict = judge(comparison(*cases))

    assert verdict.outcome is Outcome.FAILS
    assert verdict.mean_candidate == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        ((), "No validation patient"),
        ((change("a", 0.5, 0.9),), "Only one validation patient"),
        (
            (change("a", 0.5, 0.9, patient="p"), change("b", 0.5, 0.9, patient="p")),
            "Only one validation patient",
        ),
    ],
)
def test_with_too_few_patients_nothing_is_judged(cases: Any, words: str) -> None:
    verdict = judge(comparison(*cases))

    assert verdict.outcome is Outcome.CANNOT_JUDGE
    assert words in verdict.sentences[0]


def test_what_got_worse_is_said_even_where_nothing_can_be_judged() -> None:
    verdict = judge(comparison(change("old", 0.9, 0.5, "earlier")))

    assert verdict.outcome is Outcome.CANNOT_JUDGE
    assert "scan old (an earlier case) falls" in verdict.sentences[1]


def test_the_rules_can_be_others() -> None:
    cases = comparison(change("a", 0.5, 0.9), change("b", 0.9, 0.85))

    assert judge(cases, GateRules(largest_fall=0.1)).outcome is Outcome.PASSES
    assert judge(cases, GateRules(least_patients=3)).outcome is Outcome.CANNOT_JUDGE


def test_worst_regressions_come_first() -> None:
    cases = comparison(change("a", 0.5, 0.9), change("b", 0.9, 0.7), change("c", 0.9, 0.8))

    assert [v.case for v in cases.vertebrae()] == ["b", "c", "a"]


def test_a_comparison_comes_back_from_disk_as_it_was() -> None:
    cases = comparison(change("a", 0.5, 0.9), change("b", 0.9, 0.7, "made"))

    assert from_jsonable(Comparison, to_jsonable(cases)) == cases


def test_the_same_weights_under_another_name_are_no_gain() -> None:
    same = comparison(change("a", 0.8, 0.8), change("b", 0.7, 0.7))
    same = replace(same, active=ModelRef(name="starter", weights_sha256="ab"))

    assert same.is_of_one_model
    assert judge(same).sentences == (
        "Both have the very same weights: the training found nothing better.",
    )


def test_a_scan_without_a_vertebra_to_score_says_nothing_about_either_model() -> None:
    """All ignored: 0 against 0 would count as a patient who lost nothing."""
    empty = replace(change("3", 0.0, 0.0), vertebrae=())

    verdict = judge(comparison(change("1", 0.8, 0.9), empty))
    assert verdict.outcome is Outcome.CANNOT_JUDGE
    assert verdict.patients == 1

    verdict = judge(comparison(change("1", 0.8, 0.9), change("2", 0.7, 0.8), empty))
    assert verdict.mean_candidate == pytest.approx(0.85)
    assert verdict.worst is not None
    assert verdict.worst.case != "3"
