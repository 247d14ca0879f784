from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from napari_vertseg.traversal.codec import Undecodable, decode, encode, mask_of_runs, runs_of
from napari_vertseg.volume import Zyx


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, eq=False)
class Thing:
    name: str
    size: float
    count: int
    is_real: bool
    colour: Colour
    way: Literal["down", "up"]
    place: Zyx
    perhaps: float | None
    points: list[Zyx]
    mask: NDArray[np.bool_]
    values: NDArray[np.uint8]


THING = Thing(
    name="Wirbelkörper",
    size=0.1,
    count=3,
    is_real=True,
    colour=Colour.RED,
    way="up",
    place=Zyx(1, 2, 3),
    perhaps=None,
    points=[Zyx(4, 5, 6)],
    mask=np.eye(4, dtype=bool),
    values=np.arange(12, dtype=np.uint8).reshape(3, 4),
)


def written():
    return json.loads(json.dumps(encode(THING)))


def test_a_value_with_arrays_survives_json():
    again = decode(Thing, written())

    assert np.array_equal(again.mask, THING.mask)
    assert np.array_equal(again.values, THING.values)
    assert again.values.dtype == np.uint8
    assert isinstance(again.place, Zyx)
    assert isinstance(again.colour, Colour)
    for name in (
        "name",
        "size",
        "count",
        "is_real",
        "colour",
        "way",
        "place",
        "perhaps",
        "points",
    ):
        assert getattr(again, name) == getattr(THING, name)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"speed": 1}, "unknown key 'speed'"),
        ({"count": 1.5}, "count"),
        ({"count": True}, "count"),
        ({"is_real": 1}, "is_real"),
        ({"size": "big"}, "size"),
        ({"colour": "blue"}, "colour"),
        ({"way": "left"}, "way"),
        ({"place": [1, 2]}, "place"),
        ({"points": [[1, 2, 3], [1, 2, "x"]]}, r"points\[1\]"),
        ({"name": None}, "name"),
        ({"mask": {"shape": [2, 2], "runs": [9, 9]}}, "mask"),
        ({"mask": {"shape": [2, 2], "runs": [1, 1], "more": 1}}, "more"),
        ({"values": {"shape": [9], "dtype": "|u1", "zlib": "AAAA"}}, "values"),
    ],
)
def test_what_does_not_belong_is_named(change, named):
    with pytest.raises(Undecodable, match=named):
        decode(Thing, {**written(), **change})


def test_a_missing_key_is_named():
    record = written()
    del record["size"]

    with pytest.raises(Undecodable, match="'size' is missing"):
        decode(Thing, record)


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=60))
def test_run_lengths_give_the_mask_back(bits):
    mask = np.array(bits, dtype=bool).reshape(1, 1, -1)

    assert np.array_equal(mask_of_runs(runs_of(mask), mask.shape), mask)


def test_runs_begin_with_what_is_false():
    assert runs_of(np.array([True, True, False, True, False])) == [0, 2, 1, 1]
    assert runs_of(np.zeros(4, dtype=bool)) == []
