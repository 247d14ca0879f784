from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.image import imread

from napari_vertseg.anatomy import Level
from napari_vertseg.errors import OutputRefused
from napari_vertseg.pictures import overview_picture
from napari_vertseg.pictures.overview import overview_sheet
from napari_vertseg.segmentation import Segmentation
from napari_vertseg.volume import Grid, Scan

LUMBAR = (Level.L1, Level.L2, Level.L3, Level.L4, Level.L5)


def _words(sheet):
    figure = sheet.figure
    texts = [text.get_text() for text in figure.texts]
    texts += [text.get_text() for axes in figure.axes for text in axes.texts]
    return texts + [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def _colourfulness(picture):
    return (picture[..., :3].max(axis=-1) - picture[..., :3].min(axis=-1)).mean()


def test_the_picture_shows_both_views_in_true_proportions(scan, segmentation):
    sagittal, coronal = overview_sheet(scan, segmentation()).views
    for axes, width_mm in ((sagittal, 80.0), (coronal, 100.0)):
        box = axes.get_window_extent()
        assert box.width / box.height == pytest.approx(width_mm / 180.0, rel=1e-6)
        assert axes.get_xlim() == (0.0, width_mm)
        assert axes.get_ylim() == (180.0, 0.0)


def test_every_vertebra_is_numbered_in_both_views_and_in_the_legend(scan, segmentation):
    words = _words(overview_sheet(scan, segmentation()))
    for number in "12345":
        assert words.count(number) == 2
        assert f"{number}  0.97" in words
    assert "1 = topmost" in words
    assert "Research use only, not a medical device" in words


def test_known_levels_are_written_instead_of_numbers(scan, segmentation):
    words = _words(overview_sheet(scan, segmentation(levels=LUMBAR)))
    assert words.count("L3") == 2
    assert "1 = topmost" not in words


def test_incomplete_ones_are_paler_and_named(scan, segmentation, tmp_path):
    overview_picture(scan, segmentation(), tmp_path / "whole.png")
    overview_picture(scan, segmentation(incomplete=(1, 2, 3, 4, 5)), tmp_path / "cut.png")
    whole, cut = (imread(tmp_path / f"{name}.png") for name in ("whole", "cut"))
    assert _colourfulness(cut) < 0.75 * _colourfulness(whole)
    words = _words(overview_sheet(scan, segmentation(incomplete=(1,))))
    assert "1  0.25  incomplete" in words
    assert "hatched: judged incomplete" in words


def test_numbers_stand_on_their_vertebra(scan, segmentation):
    made = segmentation()
    for axes, axis in zip(overview_sheet(scan, made).views, (1, 2), strict=True):
        written = {text.get_text(): text.get_position() for text in axes.texts}
        for number, instance in made.numbered():
            across, down = written[str(number)]
            z = int(down / 2.0) - instance.start.z
            column = int(across) - instance.start[axis]
            assert instance.mask.any(axis=3 - axis)[z, column]


def test_what_the_plane_misses_is_still_outlined(scan, segmentation):
    made = segmentation()
    far = replace(made.instances[0], id=9, start=made.instances[0].start._replace(z=36, x=75))
    sheet = overview_sheet(scan, replace(made, instances=(*made.instances, far)))
    assert _words(sheet).count("6") == 2


def test_no_vertebra_is_a_picture_that_says_so(scan, grid, tmp_path):
    overview_picture(scan, Segmentation(grid, ()), tmp_path / "none.png")
    assert imread(tmp_path / "none.png").std() > 0
    assert "no vertebra found" in _words(overview_sheet(scan, Segmentation(grid, ())))


def test_any_name_can_be_written(scan, segmentation, tmp_path):
    odd = replace(scan, name="Rücken 脊椎 $x_2$ _{")
    overview_picture(odd, segmentation(), tmp_path / "odd.png")
    assert any(
        word.startswith("Rücken □□ $x_2$ _{")
        for word in _words(overview_sheet(odd, segmentation()))
    )


def test_nothing_but_the_picture_is_in_the_file(scan, segmentation, tmp_path):
    overview_picture(scan, segmentation(), tmp_path / "bent.png")
    data = (tmp_path / "bent.png").read_bytes()
    assert b"tEXt" not in data
    assert str(tmp_path).encode() not in data


def test_an_existing_picture_is_kept_unless_asked(scan, segmentation, tmp_path):
    path = tmp_path / "bent.png"
    path.write_text("mine")
    with pytest.raises(OutputRefused):
        overview_picture(scan, segmentation(), path)
    assert path.read_text() == "mine"
    overview_picture(scan, segmentation(), path, overwrite=True)
    assert imread(path).ndim == 3
    assert list(tmp_path.iterdir()) == [path]


def test_a_scan_on_another_grid_is_refused(segmentation, tmp_path):
    other = Grid.canonical((90, 80, 100), (1.0, 1.0, 1.0))
    scan = Scan.from_canonical(np.zeros(other.shape, dtype=np.int16), other)
    with pytest.raises(ValueError, match="different grids"):
        overview_picture(scan, segmentation(), tmp_path / "x.png")


def test_two_threads_draw_what_one_draws(scan, segmentation, tmp_path):
    overview_picture(scan, segmentation(), tmp_path / "alone.png")
    paths = [tmp_path / f"thread{i}.png" for i in range(2)]
    threads = [
        threading.Thread(target=overview_picture, args=(scan, segmentation(), path))
        for path in paths
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone = (tmp_path / "alone.png").read_bytes()
    assert all(path.read_bytes() == alone for path in paths)


def test_real_labels_make_a_picture(shared_data, tmp_path):
    from napari_vertseg.io import read_labels, read_scan
    from napari_vertseg.pictures import comparison_picture

    folder = shared_data / "ct-labelled" / "l3-cutout"
    scan = read_scan(folder / "ct.nii.gz")
    labels, _ = read_labels(folder / "vertebrae.nii.gz", like=scan)
    comparison_picture(scan, Segmentation(scan.grid, ()), labels, tmp_path / "l3.png")
    assert imread(tmp_path / "l3.png").std() > 0.05
