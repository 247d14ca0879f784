from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from napari_vertseg.errors import OutputRefused
from napari_vertseg.pictures import figure_3d
from napari_vertseg.pictures.depth_buffer import composed
from napari_vertseg.pictures.figure3d import sheet_3d
from napari_vertseg.pictures.relief import (
    FROM_FRONT,
    FROM_LEFT,
    Relief,
    Viewpoint,
    relief_of,
)
from napari_vertseg.segmentation import Segmentation
from napari_vertseg.volume import Grid, Zyx

RED, GREEN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
CUBE = Grid.canonical((60, 60, 60), (1.0, 1.0, 1.0))


def _box(low: Zyx, high: Zyx, view: Viewpoint, **settings: Any) -> Relief:
    mask = np.ones([b - a for a, b in zip(low, high, strict=True)], dtype=bool)
    return relief_of(mask, low, CUBE, view, 1.0, **{"colour": RED, **settings})


def _ball(spacing_mm: tuple[float, float, float]) -> tuple[np.ndarray, Grid]:
    shape = tuple(round(60 / mm) for mm in spacing_mm)
    grid = Grid.canonical(shape, spacing_mm)
    axes = np.ogrid[tuple(slice(0, n) for n in shape)]
    offsets = [(a + 0.5) * mm - 30 for a, mm in zip(axes, spacing_mm, strict=True)]
    return sum(o**2 for o in offsets) <= 20**2, grid


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0, 1.0), (3.0, 0.8, 0.8)])
@pytest.mark.parametrize("view", [FROM_LEFT, FROM_FRONT], ids=lambda v: v.title)
def test_a_ball_is_a_round_disc_as_deep_as_it_is_wide(
    spacing_mm: tuple[float, float, float], view: Viewpoint
) -> None:
    mask, grid = _ball(spacing_mm)
    relief = relief_of(mask, Zyx(0, 0, 0), grid, view, 0.5, colour=RED)
    hit = np.isfinite(relief.depth_mm)
    rows, columns = (np.flatnonzero(hit.any(axis=axis)) for axis in (1, 0))
    # The smoothed surface may stand out by a fraction of a slice.
    assert hit.sum() * 0.25 == pytest.approx(np.pi * 20**2, rel=0.06)
    assert rows.size == pytest.approx(80, abs=6)
    assert columns.size == pytest.approx(80, abs=4)
    depth = relief.depth_mm[hit]
    assert depth.max() - depth.min() == pytest.approx(20, abs=2.5)


def test_what_faces_the_lamp_is_bright_and_what_turns_away_is_dark() -> None:
    mask, grid = _ball((1.0, 1.0, 1.0))
    relief = relief_of(mask, Zyx(0, 0, 0), grid, FROM_FRONT, 0.5, colour=RED)
    hit = np.isfinite(relief.depth_mm)
    rows, columns = np.nonzero(hit)
    shade = relief.shade[hit]
    upper_left = (rows < rows.mean() - 15) & (columns < columns.mean() - 10)
    lower_right = (rows > rows.mean() + 15) & (columns > columns.mean() + 10)
    assert shade.max() > 0.97
    assert shade[upper_left].mean() > 1.4 * shade[lower_right].mean()


@pytest.mark.parametrize(
    ("view", "axis", "is_first_near"), [(FROM_FRONT, 1, True), (FROM_LEFT, 2, False)]
)
def test_the_nearer_one_covers_the_one_behind(
    view: Viewpoint, axis: int, is_first_near: bool
) -> None:
    """Arrays run from front to back and from right to left: from the left, high x is near."""
    low, high = [20, 20, 20], [40, 40, 40]
    low[axis], high[axis] = 5, 15
    first = _box(Zyx(*low), Zyx(*high), view, colour=RED)
    low[axis], high[axis] = 30, 40
    second = _box(Zyx(*low), Zyx(*high), view, colour=GREEN)
    near = 0 if is_first_near else 1
    for order in ([first, second], [second, first]):
        picture = composed(order)
        middle = picture[picture.shape[0] // 2, picture.shape[1] // 2]
        assert middle[near] > 0.3
        assert middle[1 - near] == 0


def test_half_transparent_ones_tint_what_is_behind_and_hide_behind_what_is_in_front() -> None:
    def middle(*reliefs: Relief) -> np.ndarray:
        picture = composed(reliefs)
        return np.asarray(picture[picture.shape[0] // 2, picture.shape[1] // 2])

    front, back = (Zyx(20, 5, 20), Zyx(40, 15, 40)), (Zyx(20, 30, 20), Zyx(40, 40, 40))
    solid = _box(*back, FROM_FRONT, colour=GREEN)
    tinted = middle(solid, _box(*front, FROM_FRONT, is_glass=True))
    assert min(tinted[0], tinted[1]) > 0.2
    hidden = middle(_box(*front, FROM_FRONT, colour=GREEN), _box(*back, FROM_FRONT, is_glass=True))
    assert hidden[0] == 0
    # In their own layer the nearest one alone is seen, so two are not twice as thick.
    both = middle(
        _box(*front, FROM_FRONT, is_glass=True),
        _box(*back, FROM_FRONT, is_glass=True, colour=GREEN),
    )
    alone = middle(_box(*front, FROM_FRONT, is_glass=True))
    assert both[1] == 0
    assert both == pytest.approx(alone, abs=0.05)


def test_left_is_on_the_right_from_the_front_and_front_is_on_the_left_from_the_left() -> None:
    """A body with a horn towards the patient's left, and one towards the front."""
    mask = np.zeros((20, 40, 40), dtype=bool)
    mask[:, 15:25, 15:25] = True
    mask[:4, 15:25, 25:] = True  # top, left
    mask[16:, :15, 15:25] = True  # bottom, front
    seen = {
        view.title: np.isfinite(
            relief_of(mask, Zyx(0, 0, 0), CUBE, view, 1.0, colour=RED).depth_mm
        )
        for view in (FROM_FRONT, FROM_LEFT)
    }

    def lopsided(hit: np.ndarray, rows: slice) -> float:
        """Where the hits of some rows lie, from the middle of all: positive is right."""
        inside = hit[hit.any(axis=1)][rows]
        return float(np.nonzero(inside)[1].mean() - hit.shape[1] / 2)

    top, bottom = slice(0, 3), slice(-3, None)
    assert lopsided(seen[FROM_FRONT.title], top) > lopsided(seen[FROM_FRONT.title], bottom) + 4
    assert lopsided(seen[FROM_LEFT.title], bottom) < lopsided(seen[FROM_LEFT.title], top) - 4


def test_the_stored_order_of_the_axes_does_not_matter() -> None:
    mask = np.zeros((20, 30, 40), dtype=bool)
    mask[2:18, 5:25, 5:20] = mask[2:6, 5:25, 20:36] = True
    flipped = Grid(CUBE.shape._replace(z=20, y=30, x=40), CUBE.affine.copy())
    affine = CUBE.affine.copy()
    affine[:3, 3] = CUBE.to_world((19, 0, 39))
    affine[:3, 0] *= -1
    affine[:3, 2] *= -1
    turned = Grid(flipped.shape, affine)
    pictures = [
        composed([relief_of(m, Zyx(0, 0, 0), grid, FROM_FRONT, 1.0, colour=RED)])
        for m, grid in ((mask, flipped), (mask[::-1, :, ::-1], turned))
    ]
    assert np.abs(pictures[0] - pictures[1]).max() < 0.02


def test_the_sheet_shows_both_views_in_true_proportions_and_words(
    segmentation: Callable[..., Segmentation],
) -> None:
    sheet = sheet_3d(segmentation(incomplete=(5,)), "bent")
    for axes in sheet.views:
        box = axes.get_window_extent()
        width, height = axes.get_xlim()[1], axes.get_ylim()[0]
        assert box.width / box.height == pytest.approx(width / height, rel=1e-6)
    words = [text.get_text() for text in sheet.figure.texts]
    words += [text.get_text() for text in sheet.figure.legends[0].get_texts()]
    assert {"bent", "Research use only, not a medical device", "1 = topmost"} <= set(words)
    assert "5  0.25  incomplete" in words
    assert "half transparent: judged incomplete" in words


def test_every_vertebra_is_seen_and_incomplete_ones_are_fainter(
    segmentation: Callable[..., Segmentation], tmp_path: Path
) -> None:
    def colourfulness(incomplete: tuple[int, ...]) -> float:
        path = tmp_path / f"{len(incomplete)}.png"
        figure_3d(segmentation(incomplete=incomplete), path, name="bent")
        picture = imread(path)[..., :3]
        return float((picture.max(axis=-1) - picture.min(axis=-1)).mean())

    whole, one_cut = colourfulness(()), colourfulness((3,))
    assert 0.6 * whole < one_cut < 0.98 * whole


def test_no_vertebra_is_a_picture_that_says_so(grid: Grid, tmp_path: Path) -> None:
    figure_3d(Segmentation(grid, ()), tmp_path / "none.png")
    assert imread(tmp_path / "none.png").std() > 0


def test_an_existing_picture_is_kept_unless_asked(grid: Grid, tmp_path: Path) -> None:
    path = tmp_path / "bent.png"
    path.write_text("mine")
    with pytest.raises(OutputRefused):
        figure_3d(Segmentation(grid, ()), path)
    assert path.read_text() == "mine"
    figure_3d(Segmentation(grid, ()), path, overwrite=True)
    assert b"tEXt" not in path.read_bytes()
