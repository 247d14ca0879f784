"""Every reason, triggered alone; what is healthy or excused triggers none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from napari_vertseg.anatomy import Level
from napari_vertseg.suspicion import (
    WALK_KINDS,
    Evidence,
    Reason,
    ReasonKind,
    Suspicion,
    SuspicionRules,
    judge,
)
from napari_vertseg.volume import ZyxFloat

Chain = Callable[..., list[Evidence]]
Change = Callable[..., Evidence]
HERE = 4
"""In the middle of eight."""


def kinds(suspicion: Suspicion) -> list[ReasonKind]:
    return [reason.kind for reason in suspicion.reasons]


def only(suspicion: Suspicion, kind: ReasonKind) -> Reason:
    """The one reason there is."""
    assert kinds(suspicion) == [kind]
    assert suspicion.score == pytest.approx(suspicion.reasons[0].weight)
    assert 0 < suspicion.score <= 1
    return suspicion.reasons[0]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 8, 24])
def test_a_healthy_chain_raises_no_suspicion(chain: Chain, count: int) -> None:
    assert judge(chain(count)) == [Suspicion(0.0)] * count


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ({"completeness": 0.55}, ReasonKind.COMPLETENESS, "completeness 0.55"),
        ({"entropy": 0.45}, ReasonKind.ENTROPY, "0.45 bits"),
        ({"confidence": 0.5}, ReasonKind.CONFIDENCE, "low: 0.50"),
        ({"last_overlap": 0.7}, ReasonKind.UNSETTLED, "Dice 0.70"),
        ({"steps": 20}, ReasonKind.STEPS, "20 steps"),
        ({"is_cut_by_patch": True}, ReasonKind.CUT_BY_PATCH, "edge of what the network saw"),
        ({"turn": 99}, ReasonKind.ORDER, "out of turn"),
    ],
)
def test_what_the_walk_said_is_a_reason_alone(
    chain: Chain, walked: Change, said: dict[str, Any], kind: ReasonKind, words: str
) -> None:
    spine = chain()
    spine[HERE] = walked(spine[HERE], **said)
    judged = judge(spine)
    assert words in only(judged[HERE], kind).sentence
    assert all(s.score == 0 for place, s in enumerate(judged) if place != HERE)
    # An edited mask has lost what the walk said, and with it the reason.
    spine[HERE] = replace(spine[HERE], walk=None)
    assert judge(spine)[HERE].score == 0


@pytest.mark.parametrize(
    ("values", "kind", "words"),
    [
        ({"volume_mm3": 16_000.0}, ReasonKind.VOLUME, "16.0 cm³ is out of line: 31.6 cm³"),
        ({"volume_mm3": 60_000.0}, ReasonKind.VOLUME, "60.0 cm³ is out of line"),
        ({"extent_mm": ZyxFloat(85.0, 76.0, 65.0)}, ReasonKind.EXTENT, "85 mm high, where 47 mm"),
        ({"extent_mm": ZyxFloat(47.0, 38.0, 65.0)}, ReasonKind.EXTENT, "38 mm deep, where 76 mm"),
        ({"extent_mm": ZyxFloat(47.0, 76.0, 110.0)}, ReasonKind.EXTENT, "110 mm wide"),
        ({"mean_hu": 420.0}, ReasonKind.DENSITY, "420 HU is out of line: its neighbours have 2"),
        ({"mean_hu": 0.0}, ReasonKind.DENSITY, "0 HU is not that of a vertebra"),
        ({"mean_hu": 1500.0}, ReasonKind.DENSITY, "metal or cement"),
    ],
)
@pytest.mark.parametrize("is_walked", [True, False])
def test_what_the_mask_measures_is_a_reason_alone_with_or_without_a_walk(
    chain: Chain,
    measured: Change,
    values: dict[str, Any],
    kind: ReasonKind,
    words: str,
    is_walked: bool,
) -> None:
    spine = chain(walked=is_walked)
    spine[HERE] = measured(spine[HERE], **values)
    judged = judge(spine)
    assert words in only(judged[HERE], kind).sentence
    # The odd one does not make its neighbours odd.
    assert all(s.score == 0 for place, s in enumerate(judged) if place != HERE)


def test_a_missing_vertebra_is_told_at_both_sides_of_the_gap(
    chain: Chain, measured: Change
) -> None:
    spine = chain(9)
    del spine[4]
    spine = [replace(e, walk=None) for e in spine]
    judged = judge(spine)
    for place, side in ((3, "below"), (4, "above")):
        sentence = only(judged[place], ReasonKind.SPACING).sentence
        assert sentence.startswith(f"The next vertebra {side} is 55 mm away, where 2")
        assert "one may be missing" in sentence
    assert all(s.score == 0 for place, s in enumerate(judged) if place not in (3, 4))


def test_two_masks_in_one_vertebra_are_too_near_each_other(chain: Chain, measured: Change) -> None:
    spine = chain(walked=False)
    right, anterior, superior = spine[3].measures.centroid_mm
    near = (right, anterior, superior - 10.0)
    judged = judge([*spine[:4], measured(spine[4], centroid_mm=near), *spine[5:]])
    assert ReasonKind.SPACING in kinds(judged[4])
    assert any("two may share one vertebra" in s for s in judged[3].sentences)


def test_in_a_short_chain_a_wide_gap_speaks_for_itself(chain: Chain, measured: Change) -> None:
    spine = chain(2)
    spine[1] = measured(spine[1], centroid_mm=(0.0, 0.0, -75.0))
    for suspicion in judge(spine):
        assert "75 mm away, which is far" in only(suspicion, ReasonKind.SPACING).sentence


@pytest.mark.parametrize(("shift", "is_told"), [((3.0, 0, 0), False), ((9.0, 0, 0), True)])
def test_a_centre_beside_the_line_is_a_reason_alone(
    chain: Chain, measured: Change, shift: tuple[float, float, float], is_told: bool
) -> None:
    spine = chain()
    place = [a + b for a, b in zip(spine[HERE].measures.centroid_mm, shift, strict=True)]
    spine[HERE] = measured(spine[HERE], centroid_mm=tuple(place))
    suspicion = judge(spine)[HERE]
    if is_told:
        assert "9 mm beside the line" in only(suspicion, ReasonKind.ALIGNMENT).sentence
    else:
        assert suspicion.score == 0


def test_a_bent_chain_is_no_reason(chain: Chain, measured: Change) -> None:
    """A lordosis of 250 mm radius."""
    spine = chain()
    for place, evidence in enumerate(spine):
        right, _, superior = evidence.measures.centroid_mm
        bent = (superior + 90.0) ** 2 / 500.0
        spine[place] = measured(evidence, centroid_mm=(right, bent, superior))
    assert all(s.score == 0 for s in judge(spine))


def test_pieces_of_a_complete_vertebra_are_a_reason_alone(chain: Chain, measured: Change) -> None:
    spine = chain()
    volume = spine[HERE].measures.volume_mm3
    spine[HERE] = replace(measured(spine[HERE], components=3), stray_mm3=0.1 * volume)
    sentence = only(judge(spine)[HERE], ReasonKind.PIECES).sentence
    assert "3 pieces: 10.0% lies apart" in sentence


def test_a_cut_vertebra_may_fall_into_body_and_process(chain: Chain, measured: Change) -> None:
    spine = chain()
    volume = spine[0].measures.volume_mm3
    spine[0] = replace(measured(spine[0], components=2), stray_mm3=0.1 * volume, is_complete=False)
    assert judge(spine)[0].score == 0


def test_bone_around_the_mask_is_a_reason_alone(chain: Chain) -> None:
    spine = chain()
    spine[HERE] = replace(spine[HERE], bone_share_around=0.5)
    sentence = only(judge(spine)[HERE], ReasonKind.SURROUNDINGS).sentence
    assert "50% of what lies around the mask (of its neighbours 5%)" in sentence
    (alone,) = judge([replace(chain(1)[0], bone_share_around=0.6)])
    assert "60% of what" in only(alone, ReasonKind.SURROUNDINGS).sentence


def test_bright_surroundings_of_all_are_the_scan_and_no_reason(chain: Chain) -> None:
    assert all(s.score == 0 for s in judge([replace(e, bone_share_around=0.3) for e in chain()]))


def test_incomplete_between_two_complete_ones_is_a_reason_alone(
    chain: Chain, walked: Change
) -> None:
    spine = chain()
    spine[HERE] = replace(walked(spine[HERE], completeness=0.1), is_complete=False)
    sentence = only(judge(spine)[HERE], ReasonKind.CUT_INSIDE).sentence
    assert "judged incomplete (0.10), yet the vertebrae above and below are complete" in sentence


@pytest.mark.parametrize("place", [0, 7])
def test_the_ends_of_a_scan_may_be_cut_and_small_and_do_not_speak_for_others(
    chain: Chain, measured: Change, walked: Change, place: int
) -> None:
    spine = chain()
    cut = measured(
        spine[place],
        volume_mm3=6_000.0,
        extent_mm=ZyxFloat(12.0, 60.0, 50.0),
        centroid_mm=(5.0, 9.0, spine[place].measures.centroid_mm[2] + 12.0),
        mean_hu=380.0,
    )
    spine[place] = replace(walked(cut, completeness=0.03), is_complete=False)
    assert all(s.score == 0 for s in judge(spine))


def test_an_incomplete_one_that_is_too_large_is_still_told(
    chain: Chain, measured: Change, walked: Change
) -> None:
    spine = chain()
    large = measured(spine[0], volume_mm3=60_000.0)
    spine[0] = replace(walked(large, completeness=0.03), is_complete=False)
    only(judge(spine)[0], ReasonKind.VOLUME)


@pytest.mark.parametrize(("volume_mm3", "word"), [(3_000.0, "small"), (160_000.0, "large")])
def test_without_neighbours_a_volume_speaks_for_itself(
    chain: Chain, measured: Change, volume_mm3: float, word: str
) -> None:
    (suspicion,) = judge([measured(chain(1)[0], volume_mm3=volume_mm3)])
    assert f"very {word} for a vertebra" in only(suspicion, ReasonKind.VOLUME).sentence


def test_the_axis_may_be_larger_than_the_vertebrae_below_it(
    chain: Chain, measured: Change
) -> None:
    """Volumes and heights of a real neck: C1 to C7."""
    spine = chain(7)
    volumes = (14.7, 18.9, 13.6, 13.3, 14.8, 15.9, 19.3)
    heights = (29.0, 44.0, 29.0, 29.0, 30.0, 30.0, 34.0)
    for place, (volume, height) in enumerate(zip(volumes, heights, strict=True)):
        extent = spine[place].measures.extent_mm._replace(z=height)
        spine[place] = measured(spine[place], volume_mm3=1000 * volume, extent_mm=extent)
    assert all(s.score < 0.1 for s in judge(spine))


def test_two_wrong_neighbours_do_not_move_the_trend(chain: Chain, measured: Change) -> None:
    spine = chain()
    for place in (2, 5):
        spine[place] = measured(spine[place], volume_mm3=90_000.0)
    judged = judge(spine)
    assert [place for place, s in enumerate(judged) if s.score > 0] == [2, 5]


@pytest.mark.parametrize(
    ("upper", "lower", "is_told"),
    [
        (Level.T11, Level.T12, False),
        (Level.T12, Level.L1, False),
        (Level.T12, Level.T13, False),
        (Level.T13, Level.L1, False),
        (Level.T11, Level.L1, False),  # no T12
        (Level.T10, Level.T12, True),
        (Level.L2, Level.L1, True),
        (Level.L3, Level.L3, True),
    ],
)
def test_levels_have_to_follow_each_other(
    chain: Chain, upper: Level, lower: Level, is_told: bool
) -> None:
    first, second = chain(2, walked=False)
    judged = judge([replace(first, level=upper), replace(second, level=lower)])
    assert judged[0].score == 0
    if is_told:
        sentence = only(judged[1], ReasonKind.ORDER).sentence
        assert sentence == f"{lower.name} does not follow {upper.name}."
    else:
        assert judged[1].score == 0


def test_walks_up_and_both_ways_are_in_order(chain: Chain, walked: Change) -> None:
    up = [walked(e, turn=9 - e.walk.turn, direction="up") for e in chain() if e.walk]
    assert all(s.score == 0 for s in judge(up))
    # From the fifth down, then from the fourth up.
    both = [
        walked(e, turn=i - 3, direction="down") if i > 3 else walked(e, turn=8 - i, direction="up")
        for i, e in enumerate(chain())
    ]
    assert all(s.score == 0 for s in judge(both))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("completeness", (0.95, 0.7, 0.6, 0.5)),
        ("entropy", (0.1, 0.2, 0.3, 0.4)),
        ("confidence", (0.95, 0.9, 0.88, 0.86)),
        ("last_overlap", (0.95, 0.85, 0.7, 0.5)),
        ("steps", (3, 10, 14, 20)),
    ],
)
def test_the_worse_the_value_the_heavier_the_reason(
    chain: Chain, walked: Change, name: str, values: tuple[float, ...]
) -> None:
    scores = [judge([walked(chain(1)[0], **{name: value})])[0].score for value in values]
    assert scores[0] == 0
    assert scores == sorted(set(scores))


def test_several_reasons_weigh_more_than_one_and_never_more_than_one_whole(
    chain: Chain, walked: Change, measured: Change
) -> None:
    spine = chain()
    one = walked(spine[HERE], entropy=0.35)
    two = walked(one, steps=15)
    three = measured(two, volume_mm3=5_000.0)
    scores = []
    for evidence in (one, two, three):
        spine[HERE] = evidence
        scores.append(judge(spine)[HERE].score)
    assert 0 < scores[0] < scores[1] < scores[2] < 1
    reasons = judge(spine)[HERE].reasons
    assert [r.weight for r in reasons] == sorted((r.weight for r in reasons), reverse=True)
    assert len({r.kind for r in reasons}) == len(reasons)


def test_rules_can_be_changed(chain: Chain, walked: Change) -> None:
    spine = [walked(chain(1)[0], is_cut_by_patch=True)]
    assert judge(spine, SuspicionRules(cut_by_patch=0.9))[0].score == pytest.approx(0.9)
    assert judge(spine, SuspicionRules(cut_by_patch=0.0))[0] == Suspicion(0.0)


def test_every_kind_is_tested_here_and_explained() -> None:
    from pathlib import Path

    here = Path(__file__).parent
    text = "".join(f.read_text(encoding="utf-8") for f in sorted(here.glob("test_*.py")))
    page = Path(__file__).resolve().parents[2] / "docs" / "suspicion.md"
    explained = page.read_text(encoding="utf-8")
    assert [kind for kind in ReasonKind if f"ReasonKind.{kind.name}" not in text] == []
    assert [kind for kind in ReasonKind if f"| {kind} |" not in explained] == []
    assert ReasonKind.ORDER not in WALK_KINDS
