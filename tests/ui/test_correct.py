"""The tools in the viewer: preview, Apply, Cancel; redo from here; segment anew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_vertseg.anatomy import Level
from napari_vertseg.editing import Plane
from napari_vertseg.ui.correct_control import CorrectControl
from napari_vertseg.ui.correct_redo import open_ones, redo_from_here
from napari_vertseg.ui.correct_resegment import Target, resegment
from napari_vertseg.ui.correct_tools import Tool, ToolWish, draft
from napari_vertseg.ui.marks import Role, find
from napari_vertseg.ui.records import Verdict
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.views import View, show_view
from napari_vertseg.ui.wishes import Way
from napari_vertseg.volume import Scan, Zyx

pytestmark = pytest.mark.usefixtures("walked")


@pytest.fixture
def control(session: Session) -> CorrectControl:
    return CorrectControl(session)


@pytest.fixture
def errors(control: CorrectControl) -> list[str]:
    found: list[str] = []
    control.failed.connect(lambda ended: found.append(str(ended.error)))
    return found


def shown(session: Session, role: Role) -> Any:
    return find(session.viewer.layers, role, session.work.spine.scan_id)


def place(scan: Scan, vertebra: int) -> tuple[float, ...]:
    """Millimetres of a voxel in the body of a vertebra."""
    z, y, x = (int(v) for v in np.argwhere(scan.voxels == vertebra).min(axis=0))
    return tuple((v + 2) * 4.0 for v in (z, y, x))


def plant_merge(session: Session) -> None:
    """Vertebra 3 goes over to 2, as a bad proposal would have it."""
    labels = session.work.spine.labels
    box = (slice(0, labels.shape[0]), slice(0, labels.shape[1]), slice(0, labels.shape[2]))
    session.work.steps.write("planted", box, np.where(labels == 3, 2, labels).astype(np.uint8))


def test_a_preview_changes_nothing_and_apply_is_one_step(
    session: Session, control: CorrectControl, errors: list[str]
) -> None:
    before, count = session.work.spine.labels.copy(), len(session.work.steps.stack)
    control.preview(ToolWish(tool=Tool.MERGE, vertebra=2, other=3))
    assert np.array_equal(session.work.spine.labels, before)
    assert shown(session, Role.PREVIEW) is not None
    assert "Merge vertebra 3 into vertebra 2" in control.words
    control.apply()

    assert errors == []
    assert shown(session, Role.PREVIEW) is None
    assert [r.id for r in session.work.chain] == [1, 2, 4, 5]
    assert session.work.chain.get(2).verdict is Verdict.EDITED
    assert len(session.work.steps.stack) == count + 1
    session.work.undo()
    assert np.array_equal(session.work.spine.labels, before)
    assert [r.id for r in session.work.chain] == [1, 2, 3, 4, 5]


def test_cancel_takes_preview_and_points_away(session: Session, control: CorrectControl) -> None:
    before, layers = session.work.spine.labels.copy(), list(session.viewer.layers)
    control.choose(Tool.SPLIT)
    control.set_point(place(session.work.scan, 2))
    assert shown(session, Role.SEEDS) is not None
    control.preview(ToolWish(tool=Tool.GROW, vertebra=2, amount_mm=4.0))
    control.cancel()

    assert list(session.viewer.layers) == layers
    assert np.array_equal(session.work.spine.labels, before)
    assert control.proposal is None


def test_a_merge_is_split_again_at_two_clicks(
    session: Session, control: CorrectControl, scan: Scan, errors: list[str]
) -> None:
    plant_merge(session)
    assert [r.id for r in session.work.chain] == [1, 2, 4, 5]
    control.choose(Tool.SPLIT)
    control.set_point(place(scan, 2))
    control.set_point(place(scan, 3))
    control.preview(ToolWish(tool=Tool.SPLIT, vertebra=2))
    control.apply()

    assert errors == []
    assert np.array_equal(session.work.spine.labels == 2, scan.voxels == 2)
    assert np.array_equal(session.work.spine.labels == 6, scan.voxels == 3)
    assert [r.id for r in session.work.chain] == [1, 2, 6, 4, 5]
    assert session.work.next_id == 7


def test_a_cut_runs_through_two_clicks_into_the_screen(
    session: Session, control: CorrectControl, scan: Scan, errors: list[str]
) -> None:
    plant_merge(session)
    show_view(session.viewer, View.SAGITTAL)
    assert control.plane() is Plane.SAGITTAL
    control.choose(Tool.CUT)
    between = np.argwhere(scan.voxels == 3).min(axis=0)[0] - 1
    control.set_point((between * 4.0, 8.0, 40.0))
    control.set_point((between * 4.0, 60.0, 40.0))
    control.preview(ToolWish(tool=Tool.CUT, vertebra=2))
    control.apply()

    assert errors == []
    assert np.array_equal(session.work.spine.labels == 6, scan.voxels == 3)


def test_locked_vertebrae_are_refused_in_words(
    session: Session, control: CorrectControl, errors: list[str]
) -> None:
    session.work.judge(2, is_locked=True)
    control.preview(ToolWish(tool=Tool.DELETE, vertebra=2))

    assert control.proposal is None
    assert "locked" in errors[0]


def test_a_preview_that_was_overtaken_is_not_written(
    session: Session, control: CorrectControl, errors: list[str]
) -> None:
    control.preview(ToolWish(tool=Tool.MERGE, vertebra=2, other=3))
    layer = shown(session, Role.VERTEBRAE)
    layer.data_setitem(tuple(np.argwhere(layer.data == 3)[:1].T), 0)
    before = session.work.spine.labels.copy()
    control.apply()

    assert "preview again" in errors[0]
    assert np.array_equal(session.work.spine.labels, before)


def test_the_live_wire_draws_a_vertebra_from_nothing(
    session: Session, control: CorrectControl, scan: Scan, errors: list[str]
) -> None:
    session.work.take_out([3], "planted")
    show_view(session.viewer, View.SAGITTAL)
    session.work.draw_new()
    control.choose(Tool.WIRE)
    low, high = (
        np.argwhere(scan.voxels == 3).min(axis=0),
        np.argwhere(scan.voxels == 3).max(axis=0),
    )
    corners = [(low[0], low[1]), (low[0], 11), (high[0], 11), (high[0], low[1])]
    for x in (int(low[2]), int(high[2])):
        session.viewer.dims.set_point(2, x * 4.0)
        for z, y in corners:
            control.set_point((z * 4.0, y * 4.0, x * 4.0))
            control.hover((z * 4.0, y * 4.0 + 4.0, x * 4.0))
        control.close_contour()
    assert set(control.wire.contours()) == {int(low[2]), int(high[2])}
    control.preview(ToolWish(tool=Tool.WIRE, vertebra=session.work.drawing))
    control.apply()

    assert errors == []
    body = np.zeros(scan.voxels.shape, dtype=bool)
    body[low[0] : high[0] + 1, low[1] : 12, low[2] : high[2] + 1] = True
    drawn = session.work.spine.labels == 6
    assert 2 * np.count_nonzero(drawn & body) / (drawn.sum() + body.sum()) > 0.9
    assert not session.work.chain.get(6).is_from_walk


def test_the_wire_stays_in_the_sagittal_view_and_in_its_slice(
    session: Session, control: CorrectControl, errors: list[str]
) -> None:
    show_view(session.viewer, View.AXIAL)
    control.choose(Tool.WIRE)
    control.set_point((40.0, 40.0, 40.0))
    show_view(session.viewer, View.SAGITTAL)
    control.set_point((40.0, 40.0, 40.0))
    control.set_point((48.0, 40.0, 44.0))
    control.step_back()

    assert "sagittal" in errors[0]
    assert "lies in slice 10" in errors[1]
    assert control.wire is not None
    assert control.wire.anchors() == []


def test_redo_from_here_keeps_what_was_accepted_locked_or_edited(
    session: Session, scan: Scan
) -> None:
    work = session.work
    work.judge(3, verdict=Verdict.ACCEPTED)
    work.judge(4, is_locked=True)
    work.select(2)
    assert [r.id for r in open_ones(work, 2, Way.DOWN)] == [5]
    assert [r.id for r in open_ones(work, 2, Way.UP)] == [1]
    kept = {v: work.spine.labels == v for v in (1, 2, 3, 4)}
    redo_from_here(session, Way.DOWN)

    *others, new = [r.id for r in work.chain]
    assert others == [1, 2, 3, 4]
    assert new > 5
    assert all(np.array_equal(work.spine.labels == v, mask) for v, mask in kept.items())
    assert np.array_equal(work.spine.labels == new, scan.voxels == 5)
    assert work.chain.get(3).verdict is Verdict.ACCEPTED


def test_redo_from_here_walks_on_from_the_corrected_vertebra(
    session: Session, control: CorrectControl, scan: Scan
) -> None:
    """Two vertebrae were taken for one; after the split, the walk finds the rest again."""
    plant_merge(session)
    control.choose(Tool.SPLIT)
    control.set_point(place(scan, 2))
    control.set_point(place(scan, 3))
    control.preview(ToolWish(tool=Tool.SPLIT, vertebra=2))
    control.apply()
    session.work.select(6)
    redo_from_here(session, Way.DOWN)

    assert [r.id for r in session.work.chain] == [1, 2, 6, 7, 8]
    assert np.array_equal(session.work.spine.labels > 0, scan.voxels > 0)
    for _ in range(3):
        session.work.undo()
    assert [r.id for r in session.work.chain] == [1, 2, 6, 4, 5]


@pytest.mark.parametrize(
    "target",
    [
        Target(vertebra=3, above=(2, 1), below=(4, 5)),
        Target(vertebra=3, below=(4, 5)),
        Target(vertebra=3),
        Target(vertebra=3, above=(1,)),
    ],
)
def test_a_vertebra_is_segmented_anew_with_its_neighbours_as_memory(
    session: Session,
    control: CorrectControl,
    scan: Scan,
    errors: list[str],
    target: Target,
) -> None:
    layer = shown(session, Role.VERTEBRAE)
    layer.data_setitem(tuple(np.argwhere(layer.data == 3)[::2].T), 0)
    assert session.work.chain.get(3).measures.volume_mm3 < np.count_nonzero(scan.voxels == 3) * 64
    labels, request, load = control.editable(session.work), session.request, session.loader
    control.draft(lambda: resegment(target, labels, scan, request, load))
    control.apply()

    assert errors == []
    assert np.array_equal(session.work.spine.labels, scan.voxels)


def test_the_chain_is_renamed_in_one_step(session: Session) -> None:
    levels = {1: Level.L1, 2: Level.L2, 3: Level.L3, 4: Level.L4, 5: Level.L5}
    session.work.rename("This is L5", levels)
    assert session.work.chain.has_levels()
    assert session.work.chain.called(5) == "L5"
    session.work.undo()

    assert not session.work.chain.has_levels()


@pytest.mark.parametrize("tool", list(Tool))
def test_every_tool_proposes_or_says_why_not(
    session: Session, control: CorrectControl, tool: Tool
) -> None:
    said: list[str] = []
    control.failed.connect(lambda ended: said.append(str(ended.error)))
    control.preview(ToolWish(tool=tool, vertebra=2, amount_mm=4.0, plane=Plane.AXIAL))

    assert bool(said) is not (control.proposal is not None and control.proposal.voxels > 0)
    assert all(len(sentence) > 20 for sentence in said)


def test_a_cut_needs_two_points(session: Session, control: CorrectControl) -> None:
    from napari_vertseg.errors import EditImpossible

    wish = ToolWish(tool=Tool.CUT, vertebra=2, places=(Zyx(1, 1, 1),))
    with pytest.raises(EditImpossible, match="click twice"):
        draft(wish, control.editable(session.work), session.work.scan.voxels)


def test_free_hand_and_wire_make_one_contour(
    session: Session, control: CorrectControl, scan: Scan, errors: list[str]
) -> None:
    """Dragged along the front, then wire, then from corner to corner, and straight home."""
    show_view(session.viewer, View.SAGITTAL)
    control.choose(Tool.WIRE)
    control.draw([(z * 4.0, 20.0, 40.0) for z in range(10, 20)])
    control.set_point((76.0, 48.0, 40.0))
    control.draw([(40.0, 48.0, 40.0)])
    assert control.wire.anchors() == [Zyx(19, 5, 10), Zyx(19, 12, 10), Zyx(10, 12, 10)]
    control.step_back()
    control.draw([(60.0, 48.0, 40.0), (40.0, 48.0, 40.0)])
    control.close_contour(straight=True)
    (contour,) = control.wire.contours()[10]
    mask = contour.mask((scan.grid.shape.z, scan.grid.shape.y))

    assert errors == []
    assert mask[10:20, 5].all()
    assert mask[10:20, 12].all()
    assert mask[10:20, 5:13].mean() > 0.8
    assert not mask[:10].any()


def test_free_hand_outside_of_the_scan_is_said(session: Session, control: CorrectControl) -> None:
    lines: list[str] = []
    session.logged.connect(lines.append)
    show_view(session.viewer, View.SAGITTAL)
    control.choose(Tool.WIRE)
    control.draw([(-400.0, -400.0, 40.0)])

    assert lines == ["That line was outside the scan."]
    assert control.wire is None
