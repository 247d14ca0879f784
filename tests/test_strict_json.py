"""Settings in JSON are read exactly or refused with the name of what is wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Literal

import numpy as np
import pytest

from napari_vertseg.strict_json import STRICT, MalformedJson, from_jsonable, read_json, to_jsonable
from napari_vertseg.training import LossConfig, SampleShares, TrainingConfig, TrainingEvent
from napari_vertseg.volume import Zyx


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    __pydantic_config__: ClassVar = STRICT
    size: Zyx
    way: Literal["down", "up"] = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    __pydantic_config__: ClassVar = STRICT
    count: int
    share: float = 0.5
    inner: Inner | None = None
    names: tuple[str, ...] = ()
    scores: dict[str, float] | None = None


@dataclass(frozen=True)
class Loose:
    what: Any


def test_to_json_and_back_is_the_same_value() -> None:
    value = Outer(
        count=3,
        share=0.25,
        inner=Inner(size=Zyx(1, 2, 3), way="up"),
        names=("ä", "b"),
        scores={"dice": 0.5},
    )
    back = from_jsonable(Outer, json.loads(json.dumps(to_jsonable(value))))

    assert back == value
    assert back.inner is not None
    assert isinstance(back.inner.size, Zyx)


def test_training_settings_come_back_from_a_file(tmp_path: Path) -> None:
    config = TrainingConfig(
        steps=7, loss=LossConfig(ramp_steps=0), samples=SampleShares(done=3.0), window_hu=(-1, 2)
    )
    path = tmp_path / "config.json"
    path.write_text(json.dumps(to_jsonable(config)), encoding="utf-8")

    assert read_json(TrainingConfig, path) == config


def test_left_out_keys_take_their_defaults() -> None:
    assert from_jsonable(TrainingConfig, {"steps": 5}) == replace(TrainingConfig(), steps=5)


@pytest.mark.parametrize(
    ("jsonable", "named"),
    [
        ({"count": 1, "colour": "red"}, "colour: unknown key"),
        ({"count": 1, "inner": {"size": [1, 2, 3], "depth": 4}}, "inner.depth: unknown key"),
        ({}, "count: is missing"),
        ({"count": 1, "inner": {}}, "inner.size: is missing"),
        ({"count": "1"}, "count: Input should be a valid integer"),
        ({"count": 1.0}, "count: Input should be a valid integer"),
        ({"count": True}, "count: Input should be a valid integer"),
        ({"count": 1, "share": "0.5"}, "share: Input should be a valid number"),
        ({"count": 1, "share": float("nan")}, "share: Input should be a finite number"),
        ({"count": 1, "inner": {"size": [1, 2]}}, "inner.size.2: is missing"),
        ({"count": 1, "inner": {"size": [1, 2, 3], "way": "left"}}, "inner.way: Input should be"),
        ([1], "Input should be an object"),
        (None, "Input should be an object"),
    ],
)
def test_what_does_not_fit_is_named(jsonable: Any, named: str) -> None:
    with pytest.raises(MalformedJson) as caught:
        from_jsonable(Outer, jsonable)

    assert named in str(caught.value)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(MalformedJson, match=r"count: .*; colour: unknown key"):
        from_jsonable(Outer, {"count": None, "colour": "red"})


def test_whole_numbers_serve_as_floats() -> None:
    assert from_jsonable(Outer, {"count": 1, "share": 1}).share == 1.0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"", "is not JSON"),
        (b'{"count": NaN}', "NaN is no number of JSON"),
        (b'{"count": 1, "colour": 2}', "colour: unknown key"),
    ],
)
def test_a_bad_file_is_named_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)

    with pytest.raises(MalformedJson) as caught:
        read_json(Outer, path)

    assert "settings.json" in str(caught.value)
    assert reason in str(caught.value)


def test_numbers_of_numpy_sets_and_paths_have_a_json_form() -> None:
    values = (np.float32(0.5), np.int64(3), {2, 1}, PurePosixPath("a/b"))

    assert to_jsonable(Loose(values))["what"] == [0.5, 3, [1, 2], "a/b"]


@pytest.mark.parametrize("value", [object(), b"bytes", np.zeros(3)])
def test_what_has_no_json_form_is_refused_rather_than_turned_to_text(value: object) -> None:
    with pytest.raises(TypeError, match="has no JSON form"):
        to_jsonable(Loose(value))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_json_cannot_say_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_jsonable(TrainingEvent(kind="step", step=1, seconds=0.0, values={"loss": value}))


@pytest.mark.parametrize("value", [Outer, {"count": 1}, 3])
def test_only_a_dataclass_value_is_written(value: object) -> None:
    with pytest.raises(TypeError, match="not a dataclass value"):
        to_jsonable(value)
