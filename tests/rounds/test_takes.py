"""What a round takes, as the trainer and the window both understand it."""

from __future__ import annotations

from napari_vertseg.rounds.takes import cases_to_train_on


def test_what_the_model_has_not_seen_in_its_newest_version_is_taken() -> None:
    assert cases_to_train_on({"a": 2, "b": 1, "c": 1}, {"a": 1, "b": 1}) == ("a", "c")


def test_where_it_has_seen_everything_all_of_it_is_taken() -> None:
    assert cases_to_train_on({"a": 2, "b": 1}, {"a": 2, "b": 1}) == ("a", "b")


def test_without_corrected_cases_there_is_nothing_to_take() -> None:
    assert cases_to_train_on({}, {"a": 1}) == ()
