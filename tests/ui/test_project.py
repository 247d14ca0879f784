"""A project in the viewer: cases opened, judged, saved, submitted; nothing is lost on the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_vertseg.cases import Project, ReviewedRange, Role, Status
from napari_vertseg.ui.marks import Role as LayerRole
from napari_vertseg.ui.marks import find, mark_of
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.project_case import CaseOnScreen
from napari_vertseg.ui.project_control import ProjectControl
from napari_vertseg.ui.project_import import ImportWish
from napari_vertseg.ui.project_rows import HERE, rows_of
from napari_vertseg.ui.project_thumbnail import thumbnail_path
from napari_vertseg.ui.records import Verdict
from napari_vertseg.ui.running import Ended
from napari_vertseg.ui.session import Session

from .project_desk import WHOLE, accept_all, held_elsewhere, opened, paint, written


@pytest.fixture
def failures(control: ProjectControl) -> list[Ended]:
    told: list[Ended] = []
    control.failed.connect(told.append)
    return told


def test_opening_a_project_makes_its_pictures_and_remembers_it(
    control: ProjectControl, project: Project, session: Session
) -> None:
    assert [row.id for row in control.rows] == ["case-0001", "case-0002"]
    assert thumbnail_path(project.folder.case("case-0001")).is_file()
    assert control.recent() == (project.folder.path,)
    assert not control.busy


def test_a_case_opens_with_its_ids_and_its_table(
    control: ProjectControl, project: Project, session: Session
) -> None:
    case = opened(control)

    assert np.array_equal(case.work.spine.labels, project.current_labels(case.case))
    assert [record.id for record in case.work.chain] == [1, 2, 3]
    assert session.work is case.work
    assert case.unsaved == 0
    assert rows_of(project)[0].open_for.startswith("Ann")
    assert control.rows[0].open_for == HERE


def test_saving_makes_a_version_with_annotator_minutes_and_changed_voxels(
    control: ProjectControl, project: Project
) -> None:
    case = opened(control)
    case.work.select(2)
    case.watch.clock.total_minutes, case.watch.clock.minutes = 2.5, {2: 1.5}
    paint(case, (13, 9, 10), 0)
    assert case.unsaved == 1
    control.save()

    saved = project.case("case-0001")
    assert saved.version is not None
    assert (saved.version.annotator, saved.version.minutes) == ("Ann", pytest.approx(2.5, abs=0.1))
    assert saved.version.voxels_changed > 0
    assert saved.vertebra(2).minutes == pytest.approx(1.5, abs=0.1)
    assert saved.vertebra(2).voxels_changed > 0
    assert np.array_equal(project.labels(saved), case.work.spine.labels)
    assert (case.unsaved, case.minutes < 0.1) == (0, True)


def test_verdict_lock_level_and_completeness_are_in_the_file_at_once(
    control: ProjectControl, project: Project
) -> None:
    from napari_vertseg.anatomy import Level

    case = opened(control)
    case.work.select(1)
    control.judge(verdict=Verdict.ACCEPTED)
    control.judge(is_locked=True)
    control.judge(level=Level.L3)
    control.judge(is_complete=False)

    written = project.case("case-0001").vertebra(1)
    assert (written.verdict, written.is_locked, written.level, written.is_complete) == (
        "accepted",
        True,
        "L3",
        False,
    )
    assert case.unsaved == 0
    assert control.close_case()
    assert opened(control).keeper.offers == []


def test_verdicts_about_unsaved_voxels_wait_for_the_version_that_has_them(
    control: ProjectControl, project: Project
) -> None:
    case = opened(control)
    paint(case, (13, 9, 10), 0)
    case.work.judge(2, verdict=Verdict.ACCEPTED)
    assert project.case("case-0001").vertebra(2).verdict == "proposed"
    control.save()

    assert project.case("case-0001").vertebra(2).verdict == "accepted"


def test_submitting_says_what_is_missing_until_nothing_is(
    control: ProjectControl, project: Project, failures: list[Ended]
) -> None:
    case = opened(control)
    assert any("accept or ignore" in one for one in case.missing(WHOLE))
    assert any("reviewed range" in one for one in case.missing(None))
    accept_all(case)
    assert case.missing(WHOLE) == []
    control.submit(ReviewedRange(first=1))

    submitted = project.case("case-0001")
    assert submitted.status is Status.DONE
    assert submitted.reviewed == ReviewedRange(first=1)
    assert submitted.submitted.annotator == "Ann"
    assert failures == []
    assert project.record.patient(submitted.patient).is_role_fixed


def test_submitting_saves_what_is_not_saved_first(
    control: ProjectControl, project: Project
) -> None:
    case = opened(control)
    paint(case, (13, 9, 10), 0)
    accept_all(case)
    control.submit(WHOLE)

    after = project.case("case-0001")
    assert [v.is_submitted for v in after.versions] == [False, True]
    assert np.array_equal(project.labels(after), case.work.spine.labels)
    assert case.unsaved == 0


def test_a_case_that_another_process_has_is_only_looked_at(
    control: ProjectControl, project: Project, session: Session
) -> None:
    held_elsewhere(project, "case-0001")
    lines: list[str] = []
    session.logged.connect(lines.append)
    case = opened(control)
    before = case.work.spine.labels.copy()
    assert "Bob" in case.read_only
    assert "Bob" in control.against_case()

    paint(case, (13, 9, 10), 0)
    case.work.judge(1, verdict=Verdict.ACCEPTED)
    case.work.take_out([2], "delete")
    case.work.clear()
    session.play()
    control.save()

    assert np.array_equal(case.work.spine.labels, before)
    assert [r.verdict for r in case.work.chain] == [Verdict.PROPOSED] * 3
    assert case.unsaved == 0
    assert any("Bob" in line for line in lines)
    assert project.case("case-0001").versions == ()


def test_leaving_with_unsaved_steps_asks_and_the_journal_keeps_them(
    control: ProjectControl, project: Project
) -> None:
    case = opened(control)
    assert control.question_before_leaving() is None
    paint(case, (13, 9, 10), 0)
    edited = case.work.spine.labels.copy()
    assert "1 step is not saved in case-0001" in control.question_before_leaving()
    opened(control, "case-0002")
    again = opened(control)
    (offer,) = again.keeper.offers
    again.keeper.accept(offer)

    assert np.array_equal(again.work.spine.labels, edited)


def test_leaving_with_a_save_goes_on_to_the_other_case(
    control: ProjectControl, project: Project
) -> None:
    case = opened(control)
    paint(case, (13, 9, 10), 0)
    control.save(then=lambda: control.show_case("case-0002"))

    assert control.open_case.id == "case-0002"
    assert len(project.case("case-0001").versions) == 1
    assert rows_of(project)[0].open_for == ""


def test_only_the_open_case_is_in_the_viewer(control: ProjectControl, session: Session) -> None:
    opened(control)
    opened(control, "case-0002")
    scans = [one for one in session.viewer.layers if mark_of(one).role is LayerRole.SCAN]

    assert [one.name for one in scans] == ["second"]
    assert control.close_case()
    assert len(session.viewer.layers) == 0
    assert control.open_case is None


def test_deleting_the_layer_of_the_scan_lets_the_case_go(
    control: ProjectControl, project: Project, session: Session
) -> None:
    case = opened(control)
    session.viewer.layers.remove(find(session.viewer.layers, LayerRole.SCAN, case.scan_id))

    assert control.open_case is None
    assert rows_of(project)[0].open_for == ""


def test_a_walk_in_a_case_is_kept_as_its_prediction(
    control: ProjectControl, project: Project, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    from napari_vertseg.results import ModelRecord

    load = session.loader

    def loaded(request: Any, tell: Any) -> Loaded:

        return replace(load(request, tell), record=ModelRecord(name="m", weights_sha256="ab"))

    session._load = loaded
    case = opened(control, "case-0002")
    session.play()
    kept = project.case("case-0002")

    assert kept.prediction.model.name == "m"
    assert kept.status is Status.PROPOSED
    assert np.array_equal(project.prediction(kept), case.work.spine.labels)
    assert [v.id for v in kept.vertebrae] == [r.id for r in case.work.chain]
    assert case.keeper.new_voxels == 0


def test_ids_of_a_case_are_never_given_twice(
    control: ProjectControl, project: Project, session: Session
) -> None:
    case = opened(control)
    case.work.clear()
    session.play()

    assert min(r.id for r in case.work.chain) > 3


def test_import_takes_what_it_can_and_says_what_it_cannot(
    control: ProjectControl, project: Project, tmp_path: Path, failures: list[Ended]
) -> None:
    good, mask = written(tmp_path, "third", 4)
    bad = tmp_path / "bad.nii.gz"
    bad.write_bytes(b"shopping list")
    control.import_scans(ImportWish(scans=(bad, good), copy=True, role=Role.TEST))

    new = control.rows[-1]
    assert (new.name, new.role) == ("third", Role.TEST)
    assert project.case(new.id).source.is_copied
    assert "bad.nii.gz" in str(failures[0].error)

    other, mask = written(tmp_path, "fourth", 6)
    control.import_scans(ImportWish(scans=(other,), mask=mask, is_reference=True))
    reference = project.case(control.rows[-1].id)
    assert {v.verdict.value for v in reference.vertebrae} == {"accepted"}
    assert not reference.source.is_copied


def test_roles_change_until_a_case_is_submitted(
    control: ProjectControl, project: Project, failures: list[Ended]
) -> None:
    control.set_role("case-0001", Role.VALIDATION)
    assert project.case("case-0001").role is Role.VALIDATION
    case = opened(control)
    accept_all(case)
    control.submit(WHOLE)
    control.close_case()
    control.set_role("case-0001", Role.TRAIN)

    assert "fixed" in str(failures[-1].error)


def test_an_excluded_case_can_be_used_again(control: ProjectControl, project: Project) -> None:
    case = opened(control)
    control.exclude("metal everywhere")
    assert project.case("case-0001").status is Status.EXCLUDED
    assert any("excluded" in one for one in case.missing(WHOLE))
    control.include()

    assert project.case("case-0001").status is Status.PROPOSED


def test_minutes_count_what_a_person_does_and_no_pause(
    control: ProjectControl, session: Session
) -> None:
    from napari_vertseg.cases import WorkClock

    now = [0.0]
    control.show_case("case-0001")
    case = CaseOnScreen(session, control.open_case.case, clock=WorkClock(seconds=lambda: now[0]))
    case.work.select(2)
    for at in (10, 30, 500, 520):
        now[0] = at
        session.viewer.dims.set_point(0, float(at % 50))

    assert case.minutes == pytest.approx(50 / 60)
    assert case.watch.clock.minutes[2] == pytest.approx(50 / 60)
    case.close()


def test_a_person_may_have_another_name_than_the_login(
    control: ProjectControl, project: Project
) -> None:
    control.call_annotator("Dr. Bones")
    case = opened(control)
    paint(case, (13, 9, 10), 0)
    control.save()

    assert project.case("case-0001").version.annotator == "Dr. Bones"


def test_minutes_that_led_to_no_version_stay_with_the_case(
    control: ProjectControl, project: Project
) -> None:
    case = opened(control)
    case.watch.clock.total_minutes = 3.0
    control.close_case()
    closed = project.case("case-0001")

    assert closed.minutes == pytest.approx(3.0, abs=0.1)
    assert closed.versions == ()
    assert closed.status is Status.PROPOSED


def test_a_range_that_was_stated_beside_unsaved_voxels_is_in_the_version(
    control: ProjectControl, project: Project
) -> None:
    case = opened(control)
    paint(case, (13, 9, 10), 0)
    control.state_reviewed(ReviewedRange(first=2))
    assert project.case("case-0001").reviewed is None
    control.save()

    assert project.case("case-0001").reviewed == ReviewedRange(first=2)
    assert case.unsaved == 0


def test_a_vertebra_that_is_being_drawn_counts_at_once(
    control: ProjectControl, project: Project
) -> None:
    case = opened(control)
    case.work.draw_new()
    paint(case, (26, 3, 3), case.work.drawing)

    assert len(case.vertebrae()) == 4
    assert case.missing(WHOLE)
    control.save()
    assert [v.id for v in project.case("case-0001").vertebrae] == [1, 2, 3, 4]


def test_a_case_that_has_used_up_a_byte_of_ids_opens_with_two(
    control: ProjectControl, project: Project
) -> None:
    """Ids are never given to another vertebra, so a case that lives long has high ones."""
    with project.edit("case-0001", "Ann") as desk:
        labels = project.current_labels(desk.case)
        labels[labels == 3] = 299
        kept = [replace(v, id=299) if v.id == 3 else v for v in desk.case.vertebrae]
        desk.save(labels, kept)
    case = opened(control)
    assert np.array_equal(case.work.spine.labels, labels)
    paint(case, (2, 3, 3), case.work.next_id)
    case.keeper.close()
    control.close_case()
    again = opened(control)
    again.keeper.accept(again.keeper.offers[0])
    assert 300 in again.work.chain
    control.save()
    saved = project.current_labels(project.case("case-0001"))

    assert set(np.unique(saved)) == {0, 1, 2, 299, 300}
    assert project.case("case-0001").next_id == 301


def test_what_a_script_wrote_is_in_the_table_after_the_first_save_is_refused(
    control: ProjectControl, project: Project, failures: list[Ended]
) -> None:
    case = opened(control)
    case.work.spine.labels[2:4, 2:4, 2:4] = 9
    control.save()
    assert "voxels but no row" in str(failures[0].error)
    assert 9 in case.work.chain
    control.save()

    assert len(failures) == 1
    assert 9 in project.current_labels(project.case("case-0001"))
