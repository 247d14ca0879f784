from __future__ import annotations

from dataclasses import replace

import pytest
from matplotlib.image import imread

from napari_vertseg.anatomy import Level
from napari_vertseg.pictures import comparison_picture
from napari_vertseg.pictures.colours import STRAY, colour_of
from napari_vertseg.pictures.comparison import comparison_sheet

LUMBAR = (Level.L1, Level.L2, Level.L3, Level.L4, Level.L5)


@pytest.fixture
def reference(segmentation):
    return segmentation(levels=LUMBAR).label_map()


def _legend(sheet):
    (legend,) = sheet.figure.legends
    rows = zip(legend.get_texts(), legend.legend_handles, strict=True)
    return {text.get_text(): patch.get_facecolor()[:3] for text, patch in rows}


def test_a_prediction_wears_the_colour_and_the_name_of_its_reference(
    scan, segmentation, reference
):
    legend = _legend(comparison_sheet(scan, segmentation(), reference))
    assert legend["3  L3  Dice 1.00"] == colour_of(22)
    assert not any(row.startswith("missed") for row in legend)


def test_missed_and_stray_ones_are_named(scan, segmentation, reference):
    made = segmentation()
    stray = replace(made.instances[1], start=made.instances[1].start._replace(z=2, x=78))
    chain = (made.instances[0], stray, *made.instances[2:])
    legend = _legend(comparison_sheet(scan, replace(made, instances=chain), reference))
    assert legend["2  no reference"] == STRAY
    assert "missed: L2" in legend


def test_the_sacrum_is_drawn_but_not_missed(scan, segmentation, reference):
    made = segmentation()
    reference[reference == 24] = 26
    sheet = comparison_sheet(scan, replace(made, instances=made.instances[:4]), reference)
    assert not any(row.startswith("missed") for row in _legend(sheet))
    assert "S1" in [text.get_text() for axes in sheet.views for text in axes.texts]


def test_all_four_views_show_the_same_heights_and_columns(scan, segmentation, reference):
    made = segmentation()
    views = comparison_sheet(scan, replace(made, instances=made.instances[:2]), reference).views
    assert views[0].get_xlim() == views[1].get_xlim()
    assert views[2].get_xlim() == views[3].get_xlim()
    assert {axes.get_ylim() for axes in views} == {(180.0, 0.0)}


def test_it_is_written_whole(scan, segmentation, reference, tmp_path):
    comparison_picture(scan, segmentation(), reference, tmp_path / "pair.png")
    assert imread(tmp_path / "pair.png").shape[2] in (3, 4)
    assert [path.name for path in tmp_path.iterdir()] == ["pair.png"]


def test_a_long_legend_covers_no_view(scan, segmentation, reference):
    """Sixty strays: each is named, and the views stay free."""
    made = segmentation()
    stray = made.instances[0]
    spots = [(z, y, 80) for z in range(2, 50, 6) for y in range(2, 50, 6)]
    mask = stray.mask[:2, :2, :2] | True
    strays = [
        replace(stray, id=100 + n, start=stray.start._replace(z=z, y=y, x=x), mask=mask)
        for n, (z, y, x) in enumerate(spots)
    ]
    sheet = comparison_sheet(scan, replace(made, instances=tuple(strays)), reference)
    (legend,) = sheet.figure.legends
    sheet.figure.canvas.draw()
    left = legend.get_window_extent().x0

    assert len(legend.get_texts()) > 60
    assert all(axes.get_window_extent().x1 <= left for axes in sheet.views)


def test_many_missed_ones_cover_no_view(scan, segmentation, reference):
    """Eighteen names are more than one line of the legend holds."""
    many = reference.copy()
    for n, value in enumerate(range(1, 19)):
        many[2 + 2 * n, 2:5, 2:5] = value
    sheet = comparison_sheet(scan, segmentation(), many)
    (legend,) = sheet.figure.legends
    sheet.figure.canvas.draw()
    left = legend.get_window_extent().x0

    words = " ".join(text.get_text() for text in legend.get_texts())
    assert all(name in words for name in ("C1", "T5", "T11"))
    assert all(axes.get_window_extent().x1 <= left for axes in sheet.views)
