"""Every walk is recorded, and can be seen again without a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_vertseg.pictures.walk_story import WalkStory
from napari_vertseg.recording import mask_of, read_header, replay_all, scan_sha256
from napari_vertseg.ui.exports import FilmJob, export_picture, overview, solid_bodies
from napari_vertseg.ui.marks import Role
from napari_vertseg.ui.messages import Note
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.replay_control import ReplayControl
from napari_vertseg.ui.running import Ended
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.wishes import Until, WalkRequest
from napari_vertseg.volume import Scan

from .conftest import scan_of, spine, start_at_once

pytestmark = pytest.mark.usefixtures("on_scan")


@pytest.fixture
def control(session: Session) -> ReplayControl:
    session.play()
    return ReplayControl(session)


def tape(session: Session) -> Path:
    return session.walk.tapes[-1].file


def shown(control: ReplayControl) -> np.ndarray:
    layer = control.session.work.spine.layer(Role.REPLAY)
    return np.asarray(layer.data)


def test_every_walk_leaves_a_recording_of_this_scan(session: Session, scan: Scan) -> None:
    session.play()

    assert read_header(tape(session)).scan_sha256 == scan_sha256(scan.voxels)
    assert np.array_equal(mask_of(tape(session)), session.walk.job.state.memory.labels)
    assert session.walk.tapes[-1].words.startswith("down: 5 vertebrae")


def test_what_was_taken_back_is_taken_back_in_the_recording(session: Session) -> None:
    session.play(Until.VERTEBRA)
    session.play(Until.VERTEBRA)
    session.walk.back()
    session.play()

    assert session.walk.tapes[-1].vertebrae == 5
    assert np.array_equal(mask_of(tape(session)), session.walk.job.state.memory.labels)


def test_a_tape_goes_with_its_file_when_it_is_thrown_away(session: Session) -> None:
    session.play()
    file = tape(session)
    assert file.is_file()
    session.walk.tapes[-1].throw_away()

    assert not file.exists()


def test_a_full_disk_ends_the_recording_and_not_the_walk(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    from napari_vertseg.errors import OutputRefused
    from napari_vertseg.recording import RecordingWriter

    lines: list[str] = []
    session.logged.connect(lines.append)

    def full(self: Any, event: Any) -> None:
        raise OutputRefused("The recording could not be written on (no space).")

    monkeypatch.setattr(RecordingWriter, "write", full)
    session.play()

    assert len(session.work.chain) == 5
    assert sum("recorded no further" in line for line in lines) == 1


def test_a_replay_shows_the_walk_again_from_nothing_to_all(
    control: ReplayControl, scan: Scan
) -> None:
    control.open(tape(control.session))
    assert control.replay.place == 0
    assert not shown(control).any()
    assert not control.session.work.spine.layer(Role.VERTEBRAE).visible

    counts = []
    control.play()
    while control.is_playing:
        control.tick()
        counts.append(len(np.unique(shown(control))) - 1)
    assert counts == sorted(counts)
    assert counts[-1] == 5
    assert np.array_equal(shown(control), scan.voxels)

    control.close()
    assert control.session.work.spine.layer(Role.REPLAY) is None
    assert control.session.work.spine.layer(Role.VERTEBRAE).visible


def test_any_moment_can_be_gone_to_and_back(control: ReplayControl) -> None:
    control.open(tape(control.session))
    forth = []
    for place in range(control.replay.last + 1):
        control.seek(place)
        forth.append((control.replay.words, shown(control).copy()))
    for place in reversed(range(control.replay.last + 1)):
        control.seek(place)
        assert control.replay.words == forth[place][0]
        assert np.array_equal(shown(control), forth[place][1])
    trail = control.session.work.spine.layer(Role.TRAIL)
    assert len(trail.data) == 1


def test_the_patch_and_what_the_network_saw_are_shown(control: ReplayControl) -> None:
    control.open(tape(control.session))
    story = control.replay.story
    place = next(i for i, m in enumerate(story.moments) if m.fragment is not None)
    control.seek(place)
    seen = control.session.work.spine.layer(Role.PROBABILITY)

    assert seen.visible
    assert np.count_nonzero(seen.data) == story.moments[place].fragment.voxels


def test_a_walk_that_begins_closes_the_replay(control: ReplayControl) -> None:
    control.open(tape(control.session))
    control.session.clear()
    control.session.play()

    assert control.replay is None
    assert control.session.work.spine.layer(Role.REPLAY) is None
    assert len(control.session.work.chain) == 5


def test_a_recording_of_another_scan_is_refused_with_words(
    control: ReplayControl, session: Session
) -> None:
    file = tape(session)
    failures: list[Ended] = []
    session.failed.connect(failures.append)
    session.show_scan(scan_of(spine(2), "other"))
    control.open(file)

    assert "another scan" in str(failures[0].error)
    assert control.replay is None
    assert control.reason_against() is None


@pytest.mark.parametrize("follows", [True, False])
def test_the_view_turns_to_the_moment_where_it_shall_follow(
    control: ReplayControl, session: Session, follows: bool
) -> None:
    control.open(tape(session))
    session.follow(follows)
    depth = session.work.spine.depth_axis()
    turned = []
    for place in (1, control.replay.last):
        control.seek(place)
        control.look()
        turned.append(session.viewer.dims.point[depth])

    assert (turned[0] != turned[1]) == follows


@pytest.mark.parametrize("role", [Role.REPLAY, Role.PATCH, Role.TRAIL, Role.SCAN])
def test_a_layer_deleted_during_a_replay_does_no_harm(
    control: ReplayControl, session: Session, role: Role
) -> None:
    control.open(tape(session))
    control.seek(2)
    session.viewer.layers.remove(session.work.spine.layer(role))
    control.seek(5)
    control.step(-1)
    control.close()

    assert control.replay is None


def test_a_film_is_written_from_the_recording(
    session: Session, scan: Scan, tmp_path: Path
) -> None:
    from PIL import Image

    session.play(Until.VERTEBRA)
    job = FilmJob(tape(session), scan, tmp_path / "walk.gif", 10.0)
    notes = [m.text for m in job.run() if isinstance(m, Note)]

    assert job.share == 1.0
    assert notes[-1] == "Saved walk.gif."
    with Image.open(tmp_path / "walk.gif") as film:
        assert film.n_frames > 1


def test_a_film_given_up_leaves_nothing(session: Session, scan: Scan, tmp_path: Path) -> None:
    session.play(Until.VERTEBRA)
    job = FilmJob(tape(session), scan, tmp_path / "walk.gif", 10.0)
    job.give_up()
    notes = [m.text for m in job.run() if isinstance(m, Note)]

    assert "nothing was written" in notes[-1]
    assert list(tmp_path.glob("walk*")) == []


@pytest.mark.parametrize("draw", [solid_bodies, overview])
def test_pictures_are_drawn_from_the_table(
    session: Session, scan: Scan, tmp_path: Path, draw: Any
) -> None:
    from PIL import Image

    session.play()
    list(export_picture(draw, session.work.chain.segmentation(), scan, tmp_path / "picture.png"))
    with Image.open(tmp_path / "picture.png") as picture:
        assert min(picture.size) > 200


def test_a_story_leaves_out_what_was_taken_back(session: Session) -> None:
    session.play(Until.VERTEBRA)
    session.play(Until.VERTEBRA)
    session.walk.back()
    session.walk.stop()
    story = WalkStory.of(replay_all(tape(session)), read_header(tape(session)).grid)

    assert [v.number for v in story.vertebrae.values()] == [1]
    assert any("did not stay" in moment.words for moment in story.moments)


@pytest.fixture
def panel(make_napari_viewer: Any, qtbot: Any, load: Callable[..., Loaded], scan: Scan) -> Any:
    """The panel of a viewer in which work is done at once."""
    from napari_vertseg.ui.replay_panel import ReplayPanel

    session = Session(make_napari_viewer(), start=start_at_once, load=load)
    panel = ReplayPanel(session)
    qtbot.addWidget(panel)
    assert "open one" in panel.show_walk.toolTip()
    session.show_scan(scan)
    session.ask_for(WalkRequest(model="oracle"))
    return panel


def test_the_panel_replays_the_last_walk_at_the_speed_asked_for(panel: Any, qtbot: Any) -> None:
    assert "walk first" in panel.show_walk.toolTip()
    panel.session.play()
    panel.speed.setValue(100)
    assert panel.timer.interval() == round(1000 / 60)
    assert "choose one" in panel.play.toolTip()
    panel.show_walk.click()
    panel.play.click()
    qtbot.waitUntil(
        lambda: panel.control.replay.place == panel.control.replay.last, timeout=60_000
    )
    assert not panel.timer.isActive()
    assert "finished" in panel.words.text()

    panel.place.setValue(2)
    assert panel.control.replay.place == 2
    panel.back.click()
    assert panel.place.value() == 1
    panel.leave.click()
    assert not panel.place.isEnabled()


def test_the_panel_writes_film_recording_and_figure(
    panel: Any, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qtpy.QtWidgets import QFileDialog

    answers = [tmp_path / name for name in ("walk.gif", "walk.jsonl", "bodies.png")]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(answers.pop(0)), ""))
    assert not panel.figure.isEnabled()
    panel.session.play(Until.VERTEBRA)
    for made in (panel.film, panel.keep, panel.figure):
        assert made.isEnabled(), made.toolTip()
        made.click()

    assert sorted(p.name for p in tmp_path.glob("*.*")) == ["bodies.png", "walk.gif", "walk.jsonl"]
    assert panel.film.text() == "Film…"
    assert panel.film_job is None


def test_a_kept_recording_can_be_opened_again(
    panel: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qtpy.QtWidgets import QFileDialog

    file = tmp_path / "kept.jsonl"
    panel.session.play()
    list(panel.session.walk.tapes[-1].kept(file))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(file), ""))
    panel.open.click()

    assert panel.walks.currentText() == "kept.jsonl"
    assert panel.control.replay.last > 5
    assert "a file of its own" in panel.keep.toolTip()


def test_an_errand_that_is_over_lets_go_of_what_it_knew(session: Session, tmp_path: Path) -> None:
    session.play()
    session.errands.save(tmp_path / "masks.nii.gz", keep_incomplete=True)

    assert (tmp_path / "masks.nii.gz").is_file()
    assert session.errands._running == {}
