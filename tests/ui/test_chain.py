"""The rows of the table: order, numbers, colours, doubts."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_vertseg.anatomy import Level
from napari_vertseg.measures import measure
from napari_vertseg.ui.chain import Chain
from napari_vertseg.ui.proposals import instance_of
from napari_vertseg.ui.records import Verdict, VertebraRecord
from napari_vertseg.volume import Grid, Zyx

GRID = Grid.canonical((400, 40, 40), (2.0, 2.0, 2.0))


def record(vertebra: int, z: int, **more: object) -> VertebraRecord:
    instance = instance_of(vertebra, Zyx(z, 5, 5), np.ones((11, 18, 18), dtype=bool))
    instance = replace(instance, **more)
    return VertebraRecord(instance=instance, measures=measure(instance, GRID))


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(12)))
def test_neighbours_never_share_a_colour_and_colours_stay(order: list[int]) -> None:
    """In whatever order a walk, or several, find them."""
    chain = Chain(GRID)
    given_colours: dict[int, int] = {}
    for vertebra, place in enumerate(order, start=1):
        chain.add(record(vertebra, 30 * place))
        now = {r.id: r.colour for r in chain}
        assert all(now[v] == c for v, c in given_colours.items())
        given_colours = now
    colours = [r.colour for r in chain]

    assert all(a != b for a, b in pairwise(colours))
    assert all(a != b for a, b in zip(colours, colours[2:], strict=False)) or len(chain) < 3


def test_numbers_count_from_the_top_whatever_way_the_walk_went() -> None:
    chain = Chain(GRID)
    for vertebra, z in ((1, 300), (2, 200), (3, 100)):
        chain.add(record(vertebra, z))

    assert [(n, r.id) for n, r in chain.numbered()] == [(1, 3), (2, 2), (3, 1)]
    assert not chain.has_levels()


def test_known_levels_are_the_numbers() -> None:
    chain = Chain(GRID)
    chain.add(record(1, 100, level=Level.T12))
    chain.add(record(2, 200, level=Level.L1))

    assert [n for n, _ in chain.numbered()] == [19, 20]
    assert chain.has_levels()


def test_every_change_is_told_once() -> None:
    chain, told = Chain(GRID), []
    chain.changed.connect(lambda: told.append(len(chain)))
    chain.add(record(1, 10))
    chain.add(record(2, 50))
    chain.update_all([replace(r, verdict=Verdict.ACCEPTED) for r in chain])
    chain.remove(1)

    assert told == [1, 2, 2, 1]


def test_a_vertebra_out_of_line_is_doubted_and_says_why() -> None:
    chain = Chain(GRID)
    for vertebra, z in enumerate((40, 55, 70, 85), start=1):
        chain.add(record(vertebra, z))
    assert max(r.suspicion for r in chain) < 0.5
    tiny = instance_of(9, Zyx(100, 5, 5), np.ones((1, 2, 2), dtype=bool))
    chain.add(VertebraRecord(instance=tiny, measures=measure(tiny, GRID)))
    worst = max(chain, key=lambda r: r.suspicion)

    assert worst.id == 9
    assert worst.reasons


def test_a_judgement_of_a_vertebra_that_is_gone_is_left_out() -> None:
    chain = Chain(GRID)
    chain.add(record(1, 10))
    chain.update(record(5, 50))

    assert [r.id for r in chain] == [1]
