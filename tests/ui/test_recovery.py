"""What was not saved comes back: the journal of a session that ended without a word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_vertseg.cases import MaskToImport, Project, import_scan
from napari_vertseg.errors import CaseLocked
from napari_vertseg.io import write_labels, write_scan
from napari_vertseg.ui.journal_home import recovery_root
from napari_vertseg.ui.journal_version import open_case
from napari_vertseg.ui.marks import Role, find
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.records import Verdict
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.undo_rows import row_of
from napari_vertseg.ui.wishes import WalkRequest
from napari_vertseg.volume import Scan

from .conftest import scan_of, start_at_once


@pytest.fixture
def opened(load: Callable[..., Loaded]) -> Any:
    """Opens sessions; those that were not closed are at the end."""
    sessions: list[Session] = []

    def make(scan: Scan) -> Session:
        viewer = pytest.importorskip("napari").components.ViewerModel()
        session = Session(viewer, start=start_at_once, load=load)
        session.ask_for(WalkRequest(model="oracle"))
        session.show_scan(scan)
        sessions.append(session)
        return session

    yield make
    for session in sessions:
        session.close()


def crash(session: Session) -> None:
    """As after SIGKILL, once the journal has been written: the lock stays, of a dead process."""
    keeper = session.keeper
    assert keeper._writer is not None
    keeper._writer.flush()
    lock = keeper._home.journal.parent / "lock.json"
    lock.write_text(lock.read_text().replace(f'"pid": {_pid(lock)}', '"pid": 999999'))


def _pid(lock: Path) -> int:
    import json

    return int(json.loads(lock.read_text())["pid"])


def state(session: Session) -> tuple[bytes, dict[int, Any]]:
    rows = {record.id: dict(row_of(record)) for record in session.work.chain}
    return session.work.spine.labels.tobytes(), rows


def work_on(session: Session) -> None:
    session.play()
    layer = find(session.viewer.layers, Role.VERTEBRAE, session.work.spine.scan_id)
    layer.selected_label, layer.brush_size = 0, 5
    layer.paint(tuple(int(v) for v in np.argwhere(layer.data == 2).mean(axis=0)), 0)
    session.work.judge(3, verdict=Verdict.ACCEPTED)
    session.work.judge(4, is_locked=True)
    layer.paint((2, 3, 3), 77)
    session.work.undo()


def test_after_a_crash_the_next_start_offers_exactly_what_was_there(
    opened: Callable[[Scan], Session], scan: Scan
) -> None:
    first = opened(scan)
    work_on(first)
    before = state(first)
    crash(first)
    second = opened(scan)
    (offer,) = second.keeper.offers
    assert "not saved" in offer.words
    second.keeper.accept(offer)

    assert state(second) == before
    assert second.keeper.offers == []
    assert not offer.folder.exists()
    assert second.work.next_id == first.work.next_id
    second.work.undo()
    assert not second.work.spine.labels.any()


def test_recovered_work_survives_the_next_crash(
    opened: Callable[[Scan], Session], scan: Scan
) -> None:
    first = opened(scan)
    work_on(first)
    crash(first)
    second = opened(scan)
    second.keeper.accept(second.keeper.offers[0])
    second.work.judge(1, verdict=Verdict.FLAGGED)
    before = state(second)
    crash(second)
    third = opened(scan)
    third.keeper.accept(third.keeper.offers[0])

    assert state(third) == before
    assert third.keeper.offers == []


def test_work_begun_before_the_answer_is_kept_apart(
    opened: Callable[[Scan], Session], scan: Scan
) -> None:
    first = opened(scan)
    work_on(first)
    before = state(first)
    crash(first)
    second = opened(scan)
    second.play()
    other = state(second)
    crash(second)
    third = opened(scan)
    assert len(third.keeper.offers) == 2
    oldest = min(third.keeper.offers, key=lambda offer: offer.folder.name)
    newest = max(third.keeper.offers, key=lambda offer: offer.folder.name)
    third.keeper.accept(oldest)
    assert state(third) == before
    third.keeper.accept(newest)

    assert state(third) == other


def test_refused_work_is_not_offered_again(opened: Callable[[Scan], Session], scan: Scan) -> None:
    first = opened(scan)
    work_on(first)
    crash(first)
    second = opened(scan)
    second.keeper.refuse(second.keeper.offers[0])
    second.close()

    assert opened(scan).keeper.offers == []


def test_saved_work_is_not_offered(
    opened: Callable[[Scan], Session], scan: Scan, tmp_path: Path
) -> None:
    first = opened(scan)
    work_on(first)
    assert first.question_before_closing() is not None
    first.errands.save(tmp_path / "masks.nii.gz", keep_incomplete=True)
    assert first.keeper.words().startswith("Saved ")
    assert first.question_before_closing() is None
    first.close()

    assert opened(scan).keeper.offers == []


def test_work_that_was_left_unsaved_is_offered_after_a_good_end_too(
    opened: Callable[[Scan], Session], scan: Scan
) -> None:
    first = opened(scan)
    work_on(first)
    before = state(first)
    assert "steps are not saved" in (first.question_before_closing() or "")
    first.close()
    second = opened(scan)
    second.keeper.accept(second.keeper.offers[0])

    assert state(second) == before


def test_deleting_the_scan_layer_keeps_the_work_in_the_journal(
    opened: Callable[[Scan], Session], scan: Scan
) -> None:
    session = opened(scan)
    work_on(session)
    before = state(session)
    layer = find(session.viewer.layers, Role.SCAN, session.work.spine.scan_id)
    session.viewer.layers.clear()
    assert session.work is None
    session.show_scan(scan)
    session.keeper.accept(session.keeper.offers[0])

    assert layer not in session.viewer.layers
    assert state(session) == before


@pytest.fixture
def project(tmp_path: Path, scan: Scan) -> Project:
    """A project with one case: the blocks, and their mask as a proposal."""
    ct = scan_of(np.where(scan.voxels > 0, 400 + scan.voxels, -900))
    write_scan(tmp_path / "blocks.nii.gz", ct)
    write_labels(tmp_path / "mask.nii.gz", scan.voxels.astype(np.uint8), ct)
    made = Project.create(tmp_path / "project")
    mask = MaskToImport(path=tmp_path / "mask.nii.gz")
    import_scan(made, tmp_path / "blocks.nii.gz", annotator="one", mask=mask, patient="p")
    return made


def open_in(opened: Callable[[Scan], Session], project: Project, scan: Scan) -> Session:
    """A session that works on the case; its first scan was taken away again."""
    session = opened(scan)
    session.viewer.layers.clear()
    session.show_case(open_case(project, "case-0001", "one"))
    return session


def hit(session: Session, vertebra: int) -> None:
    layer = find(session.viewer.layers, Role.VERTEBRAE, session.work.spine.scan_id)
    layer.selected_label, layer.brush_size = 0, 5
    layer.paint(tuple(int(v) for v in np.argwhere(layer.data == vertebra).mean(axis=0)), 0)


def test_a_case_opens_with_its_vertebrae_and_saves_a_version(
    opened: Callable[[Scan], Session], project: Project, scan: Scan
) -> None:
    session = open_in(opened, project, scan)
    assert len(session.work.chain) == 5
    assert session.saved_words() == "Nothing to save yet."
    assert session.work.steps.stack.next_undo is None
    hit(session, 2)
    session.work.judge(3, verdict=Verdict.ACCEPTED)
    session.keeper.save_version()
    session.work.judge(4, verdict=Verdict.FLAGGED)
    session.keeper._writer.flush()
    case = project.case("case-0001")

    assert [v.verdict for v in case.vertebrae][1:3] == [Verdict.EDITED, Verdict.ACCEPTED]
    assert len(case.versions) == 1
    assert np.array_equal(project.labels(case), session.work.spine.labels)
    assert session.saved_words().endswith("1 step in the journal")


def test_a_case_left_by_a_crash_is_recovered_onto_its_version(
    opened: Callable[[Scan], Session], project: Project, scan: Scan
) -> None:
    first = open_in(opened, project, scan)
    hit(first, 2)
    first.keeper.save_version()
    hit(first, 3)
    first.work.judge(4, is_locked=True)
    before = state(first)
    first.keeper._writer.flush()
    lock = project.case_folder("case-0001").lock
    lock.write_text(lock.read_text().replace(f'"pid": {_pid(lock)}', '"pid": 999999'))
    second = open_in(opened, project, scan)
    (offer,) = second.keeper.offers
    assert len(offer.recovered.changes) == 2
    second.keeper.accept(offer)

    assert state(second) == before


def test_the_second_window_is_told_who_has_the_case(
    opened: Callable[[Scan], Session], project: Project, scan: Scan
) -> None:
    first = open_in(opened, project, scan)
    with pytest.raises(CaseLocked, match="one"):
        open_case(project, "case-0001", "two")
    first.close()

    assert open_case(project, "case-0001", "two").home.desk.annotator == "two"


def test_two_windows_on_one_scan_have_a_journal_each(
    opened: Callable[[Scan], Session], scan: Scan
) -> None:
    first, second = opened(scan), opened(scan)
    work_on(first)
    second.play()

    assert first.keeper._home.journal != second.keeper._home.journal
    assert second.keeper.offers == []


def test_the_status_line_says_what_is_saved(opened: Callable[[Scan], Session], scan: Scan) -> None:
    session = opened(scan)
    assert session.saved_words() == "Nothing to save yet."
    session.play()
    session.keeper._writer.flush()
    assert session.saved_words() == "Not saved yet · 5 steps in the journal"
    session.work.judge(1, verdict=Verdict.ACCEPTED)
    assert session.saved_words() == "Not saved yet · 6 steps in the journal, 1 being written"


def test_a_journal_without_a_place_says_so(
    opened: Callable[[Scan], Session], scan: Scan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("in the way")
    monkeypatch.setenv("VERTSEG_RECOVERY", str(blocked))
    session = opened(scan)
    session.play()

    assert "journal cannot be written" in session.saved_words()
    assert len(session.work.chain) == 5


def test_nothing_of_the_patient_is_in_the_journal(
    opened: Callable[[Scan], Session], scan: Scan
) -> None:
    session = opened(scan)
    work_on(session)
    session.keeper._writer.flush()
    files = [path for path in recovery_root().rglob("*") if path.is_file()]

    assert any(path.suffix == ".journal" for path in files)
    for path in files:
        assert scan.name not in str(path.relative_to(recovery_root()))
        assert scan.name.encode() not in path.read_bytes()
