"""Comparing from the panel, without a window: words of the gate, masks in turn, decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from napari_vertseg.cases import (
    MaskToImport,
    Project,
    ReviewedRange,
    Verdict,
    import_scan,
)
from napari_vertseg.pictures.colours import STRAY, colour_of
from napari_vertseg.rounds.compare import mask_files, masks_folder
from napari_vertseg.rounds.gate import Outcome
from napari_vertseg.rounds.ledger import read_round, run_folder
from napari_vertseg.rounds.models import active_name, promote
from napari_vertseg.ui.compare_control import changes_of
from napari_vertseg.ui.compare_judgement import (
    case_words,
    judged_rounds,
    outcome_words,
    read_judgement,
    way_back,
)
from napari_vertseg.ui.compare_masks import Side, load_masks, matched_colours
from napari_vertseg.ui.marks import KEY

from .candidates import add_candidate
from .compare_bench import Bench
from .conftest import scan_of, spine

MakeProject = Callable[..., Project]


@pytest.fixture
def project(spine_project: MakeProject) -> Project:
    return spine_project("train", "validation", "validation")


@pytest.fixture
def bench(project: Project) -> Bench:
    add_candidate(project, {"case-0002": 0.05, "case-0003": -0.01})
    return Bench(project)


# Words


def test_a_passing_candidate_can_be_promoted_without_a_question(project: Project) -> None:
    number = add_candidate(project, {"case-0002": 0.05, "case-0003": -0.01})
    judgement = read_judgement(project, number)

    assert judgement.verdict.outcome is Outcome.PASSES
    assert "from 0.800 to 0.820" in judgement.sentences
    assert judgement.question_before_promoting() is None
    assert judgement.reason_against("promoted") is None


def test_a_fall_is_named_and_asked_about(project: Project) -> None:
    number = add_candidate(project, {"case-0002": 0.05, "case-0003": -0.04})
    judgement = read_judgement(project, number)

    assert judgement.verdict.outcome is Outcome.FAILS
    assert "falls from 0.800 to 0.760" in judgement.sentences
    assert "all the same?" in (judgement.question_before_promoting() or "")


def test_a_fall_is_asked_about_even_where_the_gate_cannot_judge(project: Project) -> None:
    number = add_candidate(project, {"case-0002": -0.3})
    judgement = read_judgement(project, number)

    assert judgement.verdict.outcome is Outcome.CANNOT_JUDGE
    assert "falls from 0.800 to 0.500" in (judgement.question_before_promoting() or "")


def test_a_comparison_with_a_model_no_longer_in_use_says_so(project: Project) -> None:
    first = add_candidate(project, {"case-0002": 0.05, "case-0003": 0.0})
    second = add_candidate(project, {"case-0002": 0.05, "case-0003": 0.0}, seed=2)
    assert "Mind" not in read_judgement(project, first).sentences
    promote(project, f"round-{second}")

    assert "compared with starter" in read_judgement(project, first).sentences
    assert read_judgement(project, second).sentences.startswith("round-2 is in use.")


def test_worst_regressions_come_first(project: Project) -> None:
    number = add_candidate(project, {"case-0002": 0.02, "case-0003": -0.01})
    judgement = read_judgement(project, number)
    changes = changes_of(judgement)

    gains = [change.gain for _, change in changes]
    assert gains == sorted(gains)
    assert changes[0][0].case == "case-0003"
    assert outcome_words(changes[0][1]) == "found"
    assert "missed 1 → 1" in case_words(changes[0][0])


def test_a_lost_vertebra_is_said_in_the_table(project: Project) -> None:
    number = add_candidate(project, {"case-0002": -0.1, "case-0003": 0.0})
    _, worst = changes_of(read_judgement(project, number))[0]

    assert outcome_words(worst) == "found → missed"


def test_a_round_that_broke_off_before_its_comparison_says_so(project: Project) -> None:
    first = add_candidate(project, {"case-0002": 0.0})
    second = add_candidate(project, {"case-0002": 0.0}, seed=2)
    (run_folder(project, second) / "comparison.json").unlink()

    assert [judged.number for judged in judged_rounds(project)] == [second, first]
    assert "not compared yet" in judged_rounds(project)[0].words
    assert "to be decided" in judged_rounds(project)[1].words
    bench = Bench(project)
    assert bench.failures == []
    assert bench.control.judgement is None
    assert bench.control.chosen.number == second


# Masks


def test_a_vertebra_has_the_same_colour_in_all_three_masks(project: Project) -> None:
    number = add_candidate(project, {"case-0002": 0.0})
    case = read_judgement(project, number).comparison.cases[0]
    three = load_masks(project, number, case)

    first = case.vertebrae[0].value
    assert three.colours[Side.REFERENCE][first] == (*colour_of(first), 1.0)
    assert three.colours[Side.ACTIVE][1] == (*colour_of(first), 1.0)
    assert three.colours[Side.CANDIDATE][1] == (*colour_of(first + 1), 1.0)
    assert three.colours[Side.CANDIDATE][max(three.colours[Side.CANDIDATE])] == (*STRAY, 1.0)
    centre = three.centres[first]
    assert three.masks[Side.REFERENCE][tuple(round(c) for c in centre)] == first


def test_colours_of_nothing_and_of_no_reference() -> None:
    nothing = np.zeros((2, 2, 2), dtype=np.uint8)
    one = nothing.copy()
    one[0] = 1

    assert matched_colours(nothing, one) == {}
    assert matched_colours(one, nothing) == {1: (*STRAY, 1.0)}


# In the viewer


def test_the_newest_round_is_shown_when_a_project_is_opened(bench: Bench) -> None:
    assert bench.control.judgement.number == 1
    assert bench.control.back is None
    assert bench.failures == []


def test_a_click_shows_the_three_masks_in_turn_over_their_scan(bench: Bench) -> None:
    control = bench.control
    change = changes_of(control.judgement)[0][1]
    control.look_at(change)

    assert bench.shown == ["scan", "active"]
    assert control.is_blinking
    control.tick()
    assert bench.shown == ["scan", "candidate"]
    control.tick()
    assert bench.shown == ["scan", "correction"]
    control.tick()
    assert bench.shown == ["scan", "active"]

    control.turn(Side.CANDIDATE)
    control.tick()
    assert not control.is_blinking
    assert bench.shown == ["scan", "candidate"]


def test_another_vertebra_of_the_same_scan_moves_the_view_only(bench: Bench) -> None:
    control = bench.control
    case = control.judgement.comparison.cases[0]
    control.look_at(case.vertebrae[0])
    layers, before = list(bench.session.viewer.layers), bench.session.viewer.dims.point
    control.look_at(case.vertebrae[2])

    assert list(bench.session.viewer.layers) == layers
    assert bench.session.viewer.dims.point != before


def test_what_was_hidden_is_shown_again_and_no_layer_is_left(bench: Bench) -> None:
    bench.session.show_scan(scan_of(spine()))
    own = [layer for layer in bench.session.viewer.layers if layer.visible]
    control = bench.control
    control.look_at(changes_of(control.judgement)[0][1])
    assert not any(layer.visible for layer in own)
    assert bench.session.work.scan.name == "blocks"
    control.leave()

    assert bench.shown == []
    assert all(layer.visible for layer in own)
    assert control.layers.case is None


@pytest.mark.parametrize("part", ["scan", "active", "candidate", "correction"])
def test_a_layer_deleted_while_blinking_does_no_harm(bench: Bench, part: str) -> None:
    control = bench.control
    control.look_at(changes_of(control.judgement)[0][1])
    layers = bench.session.viewer.layers
    layers.remove(next(x for x in layers if x.metadata[KEY]["compared"] == part))
    for _ in range(4):
        control.tick()
    control.leave()

    assert len(layers) == 0


def test_masks_that_are_gone_end_in_a_sentence(bench: Bench, project: Project) -> None:
    control = bench.control
    change = changes_of(control.judgement)[0][1]
    mask_files(masks_folder(project, 1), change.case).candidate.unlink()
    control.look_at(change)

    assert "candidate" in str(bench.failures[0].error)
    assert not control.is_loading
    assert bench.shown == []


def test_a_scan_that_is_gone_ends_in_a_sentence(bench: Bench, project: Project) -> None:
    control = bench.control
    change = changes_of(control.judgement)[0][1]
    number = int(change.case[-4:]) - 1
    (project.folder.path.parent / f"spines-{number}.nii.gz").unlink()
    control.look_at(change)

    assert "is not at" in str(bench.failures[0].error)
    assert control.layers.case is None


# Decisions


def test_promote_and_roll_back_change_what_the_next_walk_uses(
    bench: Bench, project: Project
) -> None:
    control = bench.control
    before = active_name(project)
    control.decide("promoted")
    assert active_name(project) == "round-1"
    assert bench.offered[-1] == str(project.folder.models / "round-1")
    assert control.judgement.is_active
    assert control.judgement.reason_against("rejected") is not None
    assert control.back == "the shipped model"

    control.roll_back()
    assert active_name(project) == before
    assert bench.offered[-1] == before
    assert way_back(project) is None
    assert read_round(project, 1).decision == "kept"
    assert bench.failures == []


def test_reject_and_keep_leave_the_model_in_use(bench: Bench, project: Project) -> None:
    before = active_name(project)
    for decision in ("rejected", "kept"):
        bench.control.decide(decision)
        assert read_round(project, 1).decision == decision
        assert active_name(project) == before
    assert bench.control.judgement.reason_against("kept") == "It is kept already."


def test_a_damaged_model_is_not_promoted(bench: Bench, project: Project) -> None:
    before = active_name(project)
    (project.folder.models / "round-1" / "weights.safetensors").write_bytes(b"broken")
    bench.control.decide("promoted")

    assert "safetensors" in str(bench.failures[0].error)
    assert active_name(project) == before


def test_with_one_patient_the_proposals_stand_for_evidence(
    spine_project: MakeProject,
) -> None:
    project = spine_project("train", "validation")
    add_candidate(project, {"case-0002": 0.05})
    bench = Bench(project)

    assert bench.control.judgement.verdict.outcome is Outcome.CANNOT_JUDGE
    assert "Cannot judge yet" in bench.control.judgement.sentences
    assert bench.control.judgement.question_before_promoting() is None
    assert bench.control.evidence == []  # nothing was proposed for these scans


def test_a_proposal_is_held_against_its_correction(
    spine_project: MakeProject, tmp_path: Path
) -> None:
    project = spine_project("train", "validation")
    add_candidate(project, {"case-0002": 0.05})
    scan, mask = tmp_path / "spines-0.nii.gz", tmp_path / "spines-0-mask.nii.gz"
    other = tmp_path / "other.nii.gz"
    voxels = nib.load(scan)
    nib.save(nib.Nifti1Image(np.asanyarray(voxels.dataobj) + 1, voxels.affine), other)
    wish = MaskToImport(path=mask, is_reference=False)
    case = import_scan(project, other, annotator="Ann", mask=wish, patient="new").case
    with project.edit(case.id, "Ann") as desk:
        ids = project.current_labels(desk.case)
        lost = desk.case.vertebrae[0]
        kept = [replace(v, verdict=Verdict.ACCEPTED) for v in desk.case.vertebrae[1:]]
        desk.save(np.where(ids == lost.id, 0, ids), kept, minutes=2.5)
        desk.submit(ReviewedRange())
    bench = Bench(project)

    (found,) = bench.control.evidence
    assert found.case == case.id
    assert found.false == 1
    assert found.dice == 1.0
    assert found.minutes == 2.5


def test_a_damaged_comparison_is_said(bench: Bench, project: Project) -> None:
    (run_folder(project, 1) / "comparison.json").write_text("{}")
    bench.control.refresh()

    assert "comparison of round 1 is damaged" in str(bench.failures[0].error)


def test_another_project_takes_the_masks_away(bench: Bench, spine_project: Any) -> None:
    control = bench.control
    control.look_at(changes_of(control.judgement)[0][1])
    control.place.show(spine_project("train", name="other"))

    assert bench.shown == []
    assert control.judgement is None
