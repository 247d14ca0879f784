"""A chain that the network doubted as a whole, and who may speak for others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from napari_vertseg.suspicion import Evidence, ReasonKind, SuspicionRules, judge

Chain = Callable[..., list[Evidence]]
Change = Callable[..., Evidence]
HERE = 4
"""In the middle of eight."""


@pytest.fixture
def hesitant(chain: Chain, walked: Change) -> list[Evidence]:
    """All but one were found with a confidence of 0.75."""
    return [e if i == HERE else walked(e, confidence=0.75) for i, e in enumerate(chain())]


def test_a_hesitant_chain_is_a_reason_alone_for_the_one_that_looks_sure(
    hesitant: list[Evidence],
) -> None:
    (reason,) = judge(hesitant)[HERE].reasons
    assert reason.kind is ReasonKind.CHAIN
    assert "the whole chain: the median confidence is 0.75" in reason.sentence
    assert 0 < reason.weight < 0.5  # good masks of such a chain are no red ones


def test_an_edited_vertebra_of_a_hesitant_chain_has_lost_the_reason(
    hesitant: list[Evidence],
) -> None:
    hesitant[HERE] = replace(hesitant[HERE], walk=None)
    judged = judge(hesitant)
    assert judged[HERE].score == 0
    assert all(
        ReasonKind.CHAIN in [r.kind for r in s.reasons]
        for place, s in enumerate(judged)
        if place != HERE
    )


def test_edited_ones_do_not_make_a_chain_sure(hesitant: list[Evidence]) -> None:
    """The median is over what the walk still speaks for."""
    for place in range(4):
        hesitant[place] = replace(hesitant[place], walk=None)
    assert [r.kind for r in judge(hesitant)[HERE].reasons] == [ReasonKind.CHAIN]


@pytest.mark.parametrize("count", [1, 2])
def test_two_are_no_chain(chain: Chain, walked: Change, count: int) -> None:
    judged = judge([walked(e, confidence=0.75) for e in chain(count)])
    assert [[r.kind for r in s.reasons] for s in judged] == [[ReasonKind.CONFIDENCE]] * count


def test_a_few_doubtful_ones_are_no_hesitant_chain(chain: Chain, walked: Change) -> None:
    spine = [walked(e, confidence=0.5) if i < 3 else e for i, e in enumerate(chain())]
    assert [s.score for s in judge(spine)][3:] == [0.0] * 5


@pytest.fixture
def half_bad(chain: Chain, measured: Change, walked: Change) -> list[Evidence]:
    """Three good masks above three that are too small, and the network says so."""
    spine = chain(6)
    for place in (3, 4, 5):
        spine[place] = walked(measured(spine[place], volume_mm3=12_000.0), confidence=0.6)
    return spine


def volumes_doubted(chain: list[Evidence], rules: SuspicionRules | None = None) -> list[int]:
    """Places at which the volume is a reason."""
    told = [{reason.kind for reason in s.reasons} for s in judge(chain, rules)]
    return [place for place, kinds in enumerate(told) if ReasonKind.VOLUME in kinds]


def test_doubtful_neighbours_do_not_make_a_good_one_odd(half_bad: list[Evidence]) -> None:
    # The lowest has one speaker within reach, too few; its confidence is its reason.
    assert volumes_doubted(half_bad) == [3, 4]
    # Had the network been sure of them, three would outvote two.
    assert 2 in volumes_doubted([replace(e, walk=None) for e in half_bad])


def test_who_is_trusted_can_be_changed(half_bad: list[Evidence]) -> None:
    assert 2 in volumes_doubted(half_bad, SuspicionRules(trusted_confidence=0.5))


def test_where_the_network_doubted_all_the_better_half_speaks(
    chain: Chain, measured: Change, walked: Change
) -> None:
    spine = [walked(e, confidence=0.7 + 0.001 * i) for i, e in enumerate(chain())]
    spine[2] = measured(spine[2], volume_mm3=60_000.0)
    assert volumes_doubted(spine) == [2]
