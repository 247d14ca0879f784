"""The table of vertebrae: what it shows, sorts, passes on, and writes as CSV."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_vertseg.measures import measure
from napari_vertseg.ui.chain import Chain
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.proposals import instance_of
from napari_vertseg.ui.records import Verdict, VertebraRecord
from napari_vertseg.ui.saving import export_table
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.vertebra_columns import COLUMNS, LOCK, NUMBER, SUSPICION, VERDICT
from napari_vertseg.ui.wishes import WalkRequest
from napari_vertseg.volume import Grid, Scan, Zyx

from .conftest import start_at_once

GRID = Grid.canonical((400, 40, 40), (2.0, 2.0, 2.0))


def chain_of(count: int, **more: Any) -> Chain:
    chain = Chain(GRID)
    for vertebra in range(1, count + 1):
        mask = np.ones((10 + vertebra, 18, 18), dtype=bool)
        instance = replace(instance_of(vertebra, Zyx(18 * vertebra, 5, 5), mask), **more)
        chain.add(VertebraRecord(instance=instance, measures=measure(instance, GRID)))
    return chain


def test_the_csv_says_what_the_table_shows(tmp_path: Path) -> None:
    chain = chain_of(3, completeness=0.75)
    chain.update(replace(chain.get(2), verdict=Verdict.FLAGGED, is_from_walk=False))
    deque(export_table(tmp_path / "tablé.csv", chain.numbered()), maxlen=0)
    with (tmp_path / "tablé.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert [row["number"] for row in rows] == ["1", "2", "3"]
    assert [row["completeness"] for row in rows] == ["0.75", "", "0.75"]
    assert rows[1]["verdict"] == "flagged"
    assert float(rows[0]["volume_mm3"]) == 11 * 18 * 18 * 8
    assert list(rows[0]) == [column.key for column in COLUMNS]


@pytest.fixture
def model(qtbot: Any) -> Any:
    from napari_vertseg.ui.vertebra_table import VertebraTable

    wishes: list[Any] = []
    model = VertebraTable(lambda record, changes: wishes.append((record.id, changes)))
    model.wishes = wishes
    model.show_chain(chain_of(4))
    return model


def test_unknown_values_are_dashes_and_sort_below_all(model: Any) -> None:
    from napari_vertseg.ui.vertebra_table import SORT_ROLE

    chain = chain_of(1)
    chain.update(replace(chain.get(1), is_from_walk=False))
    model.show_chain(chain)
    cell = model.index(0, 1)

    assert cell.data() == "–"
    assert cell.data(SORT_ROLE) == -1.0


def test_numbers_sort_as_numbers(qtbot: Any, model: Any) -> None:
    from qtpy.QtCore import QSortFilterProxyModel, Qt

    from napari_vertseg.ui.vertebra_table import SORT_ROLE

    model.show_chain(chain_of(12))
    ordered = QSortFilterProxyModel()
    ordered.setSourceModel(model)
    ordered.setSortRole(SORT_ROLE)
    ordered.sort(NUMBER, Qt.SortOrder.DescendingOrder)

    assert [ordered.index(row, NUMBER).data() for row in range(3)] == ["12", "11", "10"]


def test_verdict_and_lock_are_passed_on_as_wishes(model: Any) -> None:
    from qtpy.QtCore import Qt

    model.setData(model.index(1, VERDICT), "accepted", Qt.ItemDataRole.EditRole)
    model.setData(
        model.index(2, LOCK), Qt.CheckState.Checked.value, Qt.ItemDataRole.CheckStateRole
    )
    refused = model.setData(model.index(1, VERDICT), "nonsense", Qt.ItemDataRole.EditRole)

    assert model.wishes == [(2, {"verdict": Verdict.ACCEPTED}), (3, {"is_locked": True})]
    assert refused is False


def test_a_lock_is_ticked_and_said(model: Any) -> None:
    from qtpy.QtCore import Qt

    chain = chain_of(2)
    chain.update(replace(chain.get(2), is_locked=True))
    model.show_chain(chain)

    assert [model.index(row, LOCK).data() for row in range(2)] == [None, "locked"]
    ticks = [model.index(row, LOCK).data(Qt.ItemDataRole.CheckStateRole) for row in range(2)]
    assert ticks == [Qt.CheckState.Unchecked, Qt.CheckState.Checked]


def test_reasons_stand_in_the_tooltip(model: Any) -> None:
    from qtpy.QtCore import Qt

    tip = model.index(0, SUSPICION).data(Qt.ItemDataRole.ToolTipRole)

    assert tip


@pytest.fixture
def panel(qtbot: Any, scan: Scan, load: Callable[..., Loaded]) -> Any:
    viewer = pytest.importorskip("napari").components.ViewerModel()
    from napari_vertseg.ui.vertebra_panel import VertebraPanel

    session = Session(viewer, start=start_at_once, load=load)
    session.ask_for(WalkRequest(model="oracle"))
    panel = VertebraPanel(session)
    qtbot.addWidget(panel)
    session.show_scan(scan)
    session.play()
    return panel


def labels_layer(panel: Any) -> Any:
    from napari_vertseg.ui.marks import Role

    return panel.session.work.spine.layer(Role.VERTEBRAE)


def test_choosing_a_row_selects_the_label_and_shows_it(panel: Any) -> None:
    panel.view.selectRow(3)
    layer = labels_layer(panel)

    assert layer.selected_label == 4
    assert panel.session.work.selected == 4
    point = np.array(panel.session.viewer.dims.point) / np.array(layer.scale)
    assert layer.data[tuple(int(v) for v in np.rint(point))] in (0, 4)


def test_choosing_a_label_selects_its_row(panel: Any) -> None:
    labels_layer(panel).selected_label = 2

    assert panel.session.work.selected == 2
    assert {i.row() for i in panel.view.selectionModel().selectedRows()} == {1}


def test_sorting_keeps_the_selection_on_the_same_vertebra(panel: Any) -> None:
    from qtpy.QtCore import Qt

    panel.view.selectRow(0)
    panel.view.sortByColumn(NUMBER, Qt.SortOrder.DescendingOrder)

    assert panel.session.work.selected == 1
    assert {i.row() for i in panel.view.selectionModel().selectedRows()} == {4}


def test_keys_go_through_the_vertebrae_and_stop_at_the_ends(panel: Any) -> None:
    from napari_vertseg.ui.deeds import TableDeeds

    deeds = TableDeeds(panel.session)
    visited = []
    for _ in range(6):
        deeds.go(1)
        visited.append(panel.session.work.selected)
    deeds.go(-1)

    assert visited == [1, 2, 3, 4, 5, 5]
    assert panel.session.work.selected == 4


def test_the_most_suspicious_come_first_and_judged_ones_not_again(panel: Any) -> None:
    from napari_vertseg.ui.deeds import TableDeeds

    deeds = TableDeeds(panel.session)
    chain = panel.session.work.chain
    worst = sorted(chain, key=lambda r: -r.suspicion)
    deeds.go_to_most_suspicious()
    assert panel.session.work.selected == worst[0].id
    deeds.go_to_most_suspicious()
    assert panel.session.work.selected == worst[1].id
    chain.update_all([replace(r, verdict=Verdict.ACCEPTED) for r in worst[2:]])
    deeds.go_to_most_suspicious()

    assert panel.session.work.selected == worst[0].id


def test_accept_goes_on_and_flag_and_lock_stay(panel: Any) -> None:
    from napari_vertseg.ui.deeds import TableDeeds

    deeds = TableDeeds(panel.session)
    work = panel.session.work
    work.select(2)
    deeds.accept()
    deeds.flag()
    deeds.toggle_lock()

    assert work.selected == 3
    assert [r.verdict.value for r in work.chain][1:3] == ["accepted", "flagged"]
    assert work.chain.get(3).is_locked


def test_buttons_are_off_with_a_reason_while_there_is_nothing(
    qtbot: Any, panel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel.session.clear()

    for made in (panel.save, panel.csv, panel.split, panel.clear):
        assert not made.isEnabled()
        assert "no vertebra yet" in made.toolTip()


def test_the_legend_says_what_the_numbers_mean(panel: Any) -> None:
    assert "1 = topmost" in panel.legend.text()
    assert not panel.legend.isHidden()


def test_saving_from_the_panel_leaves_incomplete_ones_out_unless_asked(
    panel: Any, tmp_path: Path, scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qtpy.QtWidgets import QFileDialog

    from napari_vertseg.io import read_labels

    chain = panel.session.work.chain
    first = chain.get(1)
    chain.update(replace(first, instance=replace(first.instance, is_complete=False)))
    saved = {}
    for ticked in (False, True):
        path = tmp_path / f"mask {ticked}.nii.gz"
        monkeypatch.setattr(
            QFileDialog, "getSaveFileName", lambda *a, path=path, **k: (str(path), "")
        )
        panel.with_incomplete.setChecked(ticked)
        panel.save.click()
        saved[ticked] = read_labels(path, like=scan)[0]

    assert np.array_equal(saved[True], scan.voxels)
    assert np.array_equal(saved[False], np.where(scan.voxels == 1, 0, scan.voxels))
