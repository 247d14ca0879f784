"""Who may judge a candidate: what no round has learnt, can be read and has something to score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from napari_vertseg.cases import (
    MaskToImport,
    Project,
    ReviewedRange,
    Role,
    RoundRecord,
    Verdict,
    import_scan,
)
from napari_vertseg.cases.removal import remove_patient
from napari_vertseg.rounds.again import compare_again
from napari_vertseg.rounds.compare import mask_files, masks_folder, read_comparison
from napari_vertseg.rounds.gate import Outcome, judge
from napari_vertseg.rounds.judging import default_scans
from napari_vertseg.rounds.ledger import read_round, run_folder
from napari_vertseg.rounds.lineage import round_that_learnt
from napari_vertseg.rounds.models import promote
from napari_vertseg.rounds.truth import truth_of
from vertseg_trainer.__main__ import main

from .a_round import ON_CPU, cancelled_round, events

MakeProject = Callable[..., Project]
Train = Callable[..., tuple[int, RoundRecord]]


def submit_again(
    project: Project, case_id: str, *, shift: int = 0, verdict: Verdict | None = None
) -> None:
    """A later version: other voxels, or other verdicts."""
    case = project.case(case_id)
    labels = np.roll(project.current_labels(case), shift, axis=2)
    rows = tuple(replace(v, verdict=verdict or v.verdict) for v in case.vertebrae)
    with project.edit(case_id, "Ann") as desk:
        desk.save(labels, rows)
        desk.submit(ReviewedRange())


def test_a_scan_that_was_excluded_since_it_was_learnt_judges_nothing(
    spine_project: MakeProject, train: Train
) -> None:
    project = spine_project("train", "validation")
    train(project)
    promote(project, "round-1")
    assert [held.case for held in default_scans(project)] == ["case-0002", "case-0001"]
    with project.edit("case-0001", "Ann") as desk:
        desk.exclude("the labels are wrong")

    assert [held.case for held in default_scans(project)] == ["case-0002"]


def test_a_round_that_was_cancelled_taught_nobody_what_it_saw(
    spine_project: MakeProject,
) -> None:
    project = spine_project("train", "validation")
    case = read_round(project, cancelled_round(project)).cases[0]

    assert case.role is Role.TRAIN
    assert round_that_learnt(project)(case.patient, case.voxels_sha256) is None


def with_unfit_judges(spine_project: MakeProject) -> Project:
    """Both validation scans have nothing to score."""
    project = spine_project("train", "validation", "validation")
    for case_id in ("case-0002", "case-0003"):
        submit_again(project, case_id, verdict=Verdict.IGNORED)
    return project


def test_scans_with_nothing_to_score_are_no_judges(
    spine_project: MakeProject, train: Train
) -> None:
    project = with_unfit_judges(spine_project)

    code, _ = train(project)

    assert code == 0
    comparison = read_comparison(project, 1)
    assert comparison is not None
    assert judge(comparison).outcome is Outcome.CANNOT_JUDGE
    assert not comparison.of_kind("validation")
    said = [e.message for e in events(project, 1) if e.kind == "note"]
    assert any("no vertebra that could be scored" in sentence for sentence in said)


def test_the_check_promises_no_judges_that_have_nothing_to_score(
    spine_project: MakeProject, capsys: Any
) -> None:
    project = with_unfit_judges(spine_project)

    assert main(checked(project)) == 0
    said = capsys.readouterr().out
    assert "0 are held out to judge" in said
    assert "No patient is held out for validation so far" in said


def checked(project: Project, *words: str) -> list[str]:
    place = ["finetune", "--project", str(project.folder.path)]
    asked = ["--base", "nothing", "--preset", "tiny", "--steps", "3", "--check", *ON_CPU]
    return [*place, *asked, *words]


def test_the_check_names_a_name_that_no_model_can_have(
    spine_project: MakeProject, capsys: Any
) -> None:
    main(checked(spine_project("train", "validation"), "--name", "my model"))

    assert "'my model' cannot name a model" in capsys.readouterr().out


def test_a_judge_that_was_moved_is_named_before_and_left_out_after(
    spine_project: MakeProject, train: Train, capsys: Any
) -> None:
    project = spine_project("train", "validation", "validation")
    (project.folder.path.parent / "spines-1.nii.gz").unlink()

    main(checked(project))
    warnings = [line for line in capsys.readouterr().out.splitlines() if "warning" in line]
    assert any("case-0002" in line and "spines-1" in line for line in warnings)

    code, _ = train(project)
    assert code == 0
    comparison = read_comparison(project, 1)
    assert comparison is not None
    assert [case.case for case in comparison.of_kind("validation")] == ["case-0003"]


def test_a_scan_that_was_learnt_does_not_judge_under_another_number(
    spine_project: MakeProject, train: Train
) -> None:
    project = spine_project("train", "train", "validation")
    train(project, cases=("case-0001",))
    promote(project, "round-1")
    remove_patient(project, "case-0001", who="Ann")
    place = project.folder.path.parent
    mask = MaskToImport(path=place / "spines-0-mask.nii.gz", is_reference=True)
    again = import_scan(
        project,
        place / "spines-0.nii.gz",
        annotator="Ann",
        mask=mask,
        patient="another number",
        role=Role.VALIDATION,
    ).case
    with project.edit(again.id, "Ann") as desk:
        desk.submit(ReviewedRange())

    code, _ = train(project, base="active", cases=("case-0002",))

    assert code == 2
    assert "round 1 trained on this patient or scan" in events(project, 2)[-1].message
    said: list[str] = []
    judges = {held.case for held in default_scans(project, tell=said.append)}
    assert again.id not in judges
    assert any(sentence.startswith(f"{again.id} is not compared: round 1") for sentence in said)


def test_earlier_scans_are_judged_by_their_newest_correction(
    spine_project: MakeProject, train: Train
) -> None:
    project = spine_project("train", "validation")
    train(project)
    promote(project, "round-1")
    submit_again(project, "case-0001", shift=1)
    newest = project.case("case-0001").submitted
    assert newest is not None

    held = next(one for one in default_scans(project) if one.case == "case-0001")

    truth = truth_of(project, "case-0001", newest.number)
    np.testing.assert_array_equal(held.labels, truth.labels)


def with_two_models(spine_project: MakeProject, train: Train) -> Project:
    """The second one is in use, the first one a candidate."""
    project = spine_project("train", "validation", "validation")
    train(project)
    train(project, seed=5)
    promote(project, "round-2")
    return project


def test_a_comparison_that_is_stopped_leaves_the_masks_of_before(
    spine_project: MakeProject, train: Train
) -> None:
    project = with_two_models(spine_project, train)
    before = read_comparison(project, 1)
    reference = mask_files(masks_folder(project, 1), "case-0002").reference
    kept = reference.read_bytes()
    submit_again(project, "case-0002", shift=1)

    walks = compare_again(project, "round-1")
    next(walks)
    walks.close()
    assert reference.read_bytes() == kept
    assert read_comparison(project, 1) == before

    list(compare_again(project, "round-1"))
    assert masks_there(project) == [masks_folder(project, 1)]
    reference = mask_files(masks_folder(project, 1), "case-0002").reference
    assert reference.read_bytes() != kept


def masks_there(project: Project) -> list[Path]:
    return list(run_folder(project, 1).glob("masks*"))


def test_two_comparisons_of_one_round_do_not_mix_their_masks(
    spine_project: MakeProject, train: Train
) -> None:
    """Two windows, say; what ends last stands, with all of its masks."""
    project = with_two_models(spine_project, train)

    slow = compare_again(project, "round-1")
    next(slow)
    list(compare_again(project, "round-1"))
    list(slow)

    compared = read_comparison(project, 1)
    assert compared is not None
    assert masks_there(project) == [masks_folder(project, 1)]
    for case in compared.cases:
        assert mask_files(masks_folder(project, 1), case.case).candidate.is_file()


def test_nothing_of_a_withdrawn_patient_stays_with_the_rounds(
    spine_project: MakeProject, train: Train
) -> None:
    project = spine_project("train", "validation")
    train(project)
    assert (masks_folder(project, 1) / "case-0002").is_dir()

    remove_patient(project, "case-0002", who="Ann")

    assert not (masks_folder(project, 1) / "case-0002").exists()
