"""Every button of the Replay panel: pressed, and its deed seen."""

from __future__ import annotations

from napari_vertseg.ui.marks import Role
from napari_vertseg.ui.permissions import Status

from .hands import Deed, Hands, do_all, nothing_more


def wait_for_replay(hands: Hands) -> None:
    control = hands.panel.control
    hands.desk.wait_until(lambda: control.replay is not None and not control.is_loading)


def show_walk(hands: Hands) -> None:
    hands.push("Show")
    hands.desk.wait_until(
        lambda: hands.panel.control.replay and not hands.panel.control.is_loading
    )
    assert hands.panel.control.replay.place == 0


def moments(hands: Hands) -> None:
    hands.push("Moment ▶")
    hands.push("Moment ▶")
    assert hands.panel.control.replay.place == 2
    hands.push("◀ Moment")
    assert hands.panel.control.replay.place == 1


def replay(hands: Hands) -> None:
    hands.panel.speed.setValue(100)
    hands.push("replay")
    control = hands.panel.control
    hands.desk.wait_until(lambda: control.replay.place == control.replay.last)
    assert not control.is_playing


def leave(hands: Hands) -> None:
    hands.push("Close")
    assert hands.panel.control.replay is None
    assert hands.desk.layer(Role.VERTEBRAE).visible


def written(button: str, name: str) -> Deed:
    def write(hands: Hands) -> None:
        target = hands.folder / name
        hands.choose("getSaveFileName", target)
        hands.push(button)
        hands.desk.wait_until(lambda: target.is_file() and hands.panel.film_job is None)
        assert target.stat().st_size > 0

    return write


def open_recording(hands: Hands) -> None:
    hands.choose("getOpenFileName", hands.folder / "walk.jsonl")
    hands.push("Open recording…")
    hands.desk.wait_until(
        lambda: hands.panel.control.replay and not hands.panel.control.is_loading
    )
    assert hands.panel.walks.currentText() == "walk.jsonl"


def test_the_replay_panel(hands: Hands) -> None:
    hands.desk.session.show_scan(hands.scan)
    hands.desk.push(hands.desk.walk, "play")
    hands.wait_for(Status.IDLE)
    deeds = {
        "Show": show_walk,
        "Moment ▶": moments,
        "◀ Moment": nothing_more,
        "replay": replay,
        "Close": leave,
        "keep": written("keep", "walk.jsonl"),
        "film": written("film", "walk.gif"),
        "figure": written("figure", "figure.png"),
        "overview": written("overview", "overview.png"),
        "Open recording…": open_recording,
    }
    do_all(hands, hands.desk.replay, deeds)
