from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from napari_vertseg.errors import OutputRefused, RecordingUnreadable
from napari_vertseg.pictures import write_animation
from napari_vertseg.pictures.colours import colour_of
from napari_vertseg.pictures.film import Frame, write_film
from napari_vertseg.pictures.walk_frames import WalkFilm
from napari_vertseg.pictures.walk_story import WalkStory
from napari_vertseg.recording import RecordingHeader, TakenBack, recorded, replay, scan_sha256
from napari_vertseg.traversal import (
    Event,
    OraclePredictor,
    TraversalConfig,
    VertebraFound,
    traverse,
)
from napari_vertseg.volume import Grid, Scan, Zyx

CONFIG = TraversalConfig(spacing_mm=1.0, patch_shape=Zyx(40, 64, 64), search_min_hu=None)
SECONDS = 0.1
HEIGHT = 300


@pytest.fixture
def labels(segmentation: Callable[..., Any]) -> np.ndarray:
    return segmentation().label_map().astype(np.int16)


@pytest.fixture
def record(labels: np.ndarray, scan: Scan, tmp_path: Path) -> Callable[..., Path]:
    """A walk of the bent column by the oracle, written down."""

    def make(incomplete: tuple[int, ...] = (), direction: str = "down") -> Path:
        config = replace(CONFIG, direction=direction)
        header = RecordingHeader.of(
            scan_sha256=scan_sha256(scan.voxels),
            grid=scan.grid,
            model_name="oracle",
            model_sha256="",
            config=config,
        )
        path = tmp_path / f"walk{len(incomplete)}{direction}.jsonl"
        events = traverse(labels, OraclePredictor(labels, incomplete=incomplete), config)
        list(recorded(events, path, header))
        return path

    return make


@pytest.fixture
def film(record: Callable[..., Path], scan: Scan) -> WalkFilm:
    return WalkFilm(WalkStory.of(replay(record()), scan.grid), scan, HEIGHT)


def _share_of(colour: tuple[float, float, float], pixels: np.ndarray) -> float:
    """Pixels that have a colour's hue."""
    rgb = pixels.astype(float) / 255
    spread = rgb - rgb.min(axis=-1, keepdims=True)
    hue = np.array(colour) - min(colour)
    length = np.linalg.norm(spread, axis=-1)
    alike = (spread @ hue) / np.maximum(length * np.linalg.norm(hue), 1e-9)
    return float(np.mean((alike > 0.995) & (length > 0.15)))


def _images(path: Path) -> list[np.ndarray]:
    with Image.open(path) as film:
        images = []
        for index in range(film.n_frames):
            film.seek(index)
            images.append(np.asarray(film.convert("RGB")))
        return images


def test_a_recording_becomes_a_film_in_which_vertebrae_appear_one_by_one(
    record: Callable[..., Path], scan: Scan, tmp_path: Path
) -> None:
    write_animation(record(), scan, tmp_path / "walk.gif", height_px=HEIGHT)
    images = _images(tmp_path / "walk.gif")
    first = [
        next(i for i, image in enumerate(images) if _share_of(colour_of(n), image) > 0.002)
        for n in (1, 2, 3, 4)  # the fifth is too like the first
    ]
    assert images[0].shape[0] == HEIGHT
    assert first == sorted(set(first))
    assert first[0] > 0
    assert len(images) > first[-1]


def test_colours_stay_those_of_the_other_pictures_in_every_frame(film: WalkFilm) -> None:
    pixels = [frame.pixels for frame in film.frames(SECONDS, 1, 1.0)]
    shares = np.array([[_share_of(colour_of(n), image) for n in (1, 2, 3)] for image in pixels])
    for share in shares.T:
        seen = np.flatnonzero(share > 0.002)
        # From its first frame on, a vertebra is there and is not recoloured.
        assert list(seen) == list(range(seen[0], len(pixels)))


def test_the_patch_is_drawn_where_the_walk_was(film: WalkFilm, labels: np.ndarray) -> None:
    centers = [e.window.center for e in traverse(labels, OraclePredictor(labels), CONFIG)]
    boxes = []
    for _ in film.frames(SECONDS, 0, 1.0):
        boxes.append([axes.patches[0].get_bbox().bounds for axes in film.sheet.views])
    assert len(boxes) == len(centers)
    for center, views in zip(centers, boxes, strict=True):
        top = (center.z - 20) * 2.0
        assert views[0] == pytest.approx((center.y - 32, top, 64, 80))
        assert views[1] == pytest.approx((center.x - 32, top, 64, 80))


def test_the_patch_glides_between_two_places(film: WalkFilm) -> None:
    tops = []
    for _ in film.frames(SECONDS, 3, 1.0):
        tops.append(film.sheet.views[0].patches[0].get_bbox().y0)
    leaps = np.abs(np.diff(tops))
    jumping = np.abs(np.diff([m.window.center.z * 2.0 for m in film._story.moments]))
    assert leaps.max() == pytest.approx(jumping.max() / 4)


def test_steps_are_counted_in_every_frame(film: WalkFilm) -> None:
    told = []
    for _ in film.frames(SECONDS, 1, 1.0):
        (words,) = [t.get_text() for t in film.sheet.figure.texts if "step" in t.get_text()]
        told.append(words)
    numbers = [int(words.split()[1]) for words in told]
    assert numbers == sorted(numbers)
    assert (
        told[-1] == f"step {numbers[-1]} of {numbers[-1]}  ·  finished: end of spine, 5 vertebrae"
    )
    assert any("found 3: complete (1.00)" in words for words in told)


def test_new_vertebrae_and_the_end_are_held(film: WalkFilm) -> None:
    seconds = [frame.seconds for frame in film.frames(SECONDS, 1, 2.0)]
    assert seconds[-1] == 2.0
    assert seconds.count(0.4) == 5
    assert set(seconds) == {SECONDS, 0.4, 2.0}


def test_incomplete_vertebrae_are_half_transparent(
    record: Callable[..., Path], scan: Scan
) -> None:
    def last(incomplete: tuple[int, ...]) -> np.ndarray:
        story = WalkStory.of(replay(record(incomplete)), scan.grid)
        return list(WalkFilm(story, scan, HEIGHT).frames(SECONDS, 0, 1.0))[-1].pixels

    def colourfulness(pixels: np.ndarray) -> float:
        inside = pixels[:, : pixels.shape[1] // 2].astype(float)
        return float((inside.max(axis=-1) - inside.min(axis=-1)).mean())

    assert colourfulness(last((1, 2, 3, 4, 5))) < 0.75 * colourfulness(last(()))


def test_an_upward_walk_has_the_same_numbers_and_colours(
    record: Callable[..., Path], scan: Scan
) -> None:
    down, up = (WalkStory.of(replay(record(direction=way)), scan.grid) for way in ("down", "up"))

    def by_height(story: WalkStory) -> list[tuple[int, int, Any]]:
        return sorted((round(v.body.z), v.number, v.colour) for v in story.vertebrae.values())

    assert by_height(up) == by_height(down)
    assert [up.vertebrae[i].number for i in (1, 5)] == [5, 1]


def test_events_and_their_recording_give_the_same_film(
    record: Callable[..., Path], labels: np.ndarray, scan: Scan, tmp_path: Path
) -> None:
    live = traverse(labels, OraclePredictor(labels), CONFIG)
    write_animation(live, scan, tmp_path / "live.gif", height_px=HEIGHT)
    write_animation(record(), scan, tmp_path / "again.gif", height_px=HEIGHT)
    assert (tmp_path / "live.gif").read_bytes() == (tmp_path / "again.gif").read_bytes()


def test_a_vertebra_that_was_taken_back_is_not_shown_beside_its_successor(
    labels: np.ndarray, scan: Scan
) -> None:
    events: list[Event] = list(traverse(labels, OraclePredictor(labels), CONFIG))
    third = next(
        i for i, e in enumerate(events) if isinstance(e, VertebraFound) and e.vertebra.id == 3
    )
    found = events[third]
    assert isinstance(found, VertebraFound)
    again = replace(found, vertebra=replace(found.vertebra, id=9))
    back = TakenBack(vertebrae=(3,))
    story = WalkStory.of([*events[: third + 1], back, again, *events[third + 1 :]], scan.grid)
    assert sorted(story.vertebrae) == [1, 2, 4, 5, 9]
    assert story.vertebrae[9].number == 3
    assert [v.number for v in story.found_by(third)] == [1, 2, 6]
    assert [v.number for v in story.found_by(third + 1)] == [1, 2, 3]
    assert len(story.found_by(len(story.moments) - 1)) == 5
    assert "did not stay" in story.moments[third].words


def test_the_scan_is_shown_at_its_own_resolution_in_its_own_place(
    record: Callable[..., Path], scan: Scan
) -> None:
    fine = scan.grid.resized(scan.grid.spacing_mm._replace(z=1.0, y=0.5, x=0.5))
    voxels = np.zeros(fine.shape, dtype=np.int16)
    story = WalkStory.of(replay(record()), scan.grid)
    marked = Zyx(60, 30, int(story.planes.x[60]))
    at = np.rint(fine.to_voxel(scan.grid.to_world(marked))).astype(int)
    voxels[tuple(slice(v - 2, v + 3) for v in at)] = 1000
    film = WalkFilm(story, Scan.from_canonical(voxels, fine), HEIGHT)
    picture = np.asarray(film.sheet.views[0].images[0].get_array())
    assert picture.shape == (180, 80)
    bright = np.argwhere(picture > 500).mean(axis=0) + 0.5
    assert bright == pytest.approx([(marked.z + 0.5) * 2.0, marked.y + 0.5], abs=1.0)


def test_a_walk_that_was_cut_short_still_makes_a_film(
    record: Callable[..., Path], scan: Scan, tmp_path: Path
) -> None:
    path = record()
    path.write_text(path.read_text(encoding="utf-8")[:-400], encoding="utf-8")
    write_animation(path, scan, tmp_path / "walk.gif", height_px=HEIGHT)
    assert len(_images(tmp_path / "walk.gif")) > 5


def test_a_walk_without_a_word_is_one_picture(scan: Scan, tmp_path: Path) -> None:
    write_animation([], scan, tmp_path / "none.gif", height_px=HEIGHT)
    assert len(_images(tmp_path / "none.gif")) == 1


def test_a_recording_of_another_scan_is_refused(
    record: Callable[..., Path], scan: Scan, tmp_path: Path
) -> None:
    grid = Grid.canonical((45, 80, 100), (4.0, 1.0, 1.0))
    other = Scan.from_canonical(np.zeros(grid.shape, dtype=np.int16), grid, name="other")
    with pytest.raises(RecordingUnreadable, match="of another scan than other"):
        write_animation(record(), other, tmp_path / "walk.gif")


@pytest.mark.parametrize("name", ["walk.avi", "walk"])
def test_other_formats_are_refused(scan: Scan, tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputRefused, match=r"a \.gif or an \.mp4"):
        write_animation([], scan, tmp_path / name)


def test_an_existing_film_is_kept_unless_asked(scan: Scan, tmp_path: Path) -> None:
    path = tmp_path / "walk.gif"
    path.write_text("mine")
    with pytest.raises(OutputRefused):
        write_animation([], scan, path, height_px=HEIGHT)
    assert path.read_text() == "mine"
    write_animation([], scan, path, height_px=HEIGHT, overwrite=True)
    assert list(tmp_path.iterdir()) == [path]


def _bars(count: int) -> list[Frame]:
    frames = []
    for index in range(count):
        pixels = np.zeros((41, 61, 3), dtype=np.uint8)
        pixels[:, : 10 * (index + 1)] = (200, 40, 30)
        frames.append(Frame(pixels, 0.2))
    return frames


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # imageio's reader leaves its pipe open
def test_a_video_shows_each_frame_for_its_time(tmp_path: Path) -> None:
    pytest.importorskip("imageio_ffmpeg")
    import imageio.v2

    path = tmp_path / "bars.mp4"
    write_film(_bars(4), path, frames_per_second=10.0, poster=_bars(1)[0].pixels)
    with imageio.v2.get_reader(path) as film:
        shown = [np.asarray(picture) for picture in film]
    assert len(shown) == 8
    assert shown[0].shape == (40, 60, 3)
    widths = [int((image[20, :, 0] > 100).sum()) for image in shown]
    assert widths == pytest.approx([10, 10, 20, 20, 30, 30, 40, 40], abs=1)


def test_without_an_encoder_the_error_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    monkeypatch.delitem(sys.modules, "imageio.plugins.ffmpeg", raising=False)
    with pytest.raises(OutputRefused, match=r"ends in \.gif, or install one: pip install"):
        write_film(
            _bars(2), tmp_path / "bars.mp4", frames_per_second=10.0, poster=_bars(1)[0].pixels
        )
    assert list(tmp_path.iterdir()) == []


def test_a_failure_in_the_middle_leaves_no_half_film(tmp_path: Path) -> None:
    def broken() -> Any:
        yield from _bars(2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_film(
            broken(), tmp_path / "bars.gif", frames_per_second=10.0, poster=_bars(1)[0].pixels
        )
    assert list(tmp_path.iterdir()) == []
