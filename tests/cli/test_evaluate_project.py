"""``vertseg evaluate PROJECT``: what was proposed, or walked, against what was submitted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.cases import (
    CaseVertebra,
    ModelRef,
    Project,
    ReviewedRange,
    Role,
    Verdict,
    WalkFacts,
    import_scan,
)
from napari_vertseg.cli import main
from napari_vertseg.io import read_labels, write_scan
from napari_vertseg.volume import Scan

LEVELS = ("T12", "L1", "L2", "L3")
REF = ModelRef(name="old", weights_sha256="0" * 64)


def _rows(values: tuple[int, ...], *, accepted: bool) -> list[CaseVertebra]:
    walk = WalkFacts(
        completeness=0.9,
        confidence=0.9,
        entropy=0.1,
        last_overlap=0.9,
        steps=2,
        direction="down",
        is_cut_by_patch=False,
    )
    return [
        CaseVertebra(
            id=value,
            order=order,
            level=LEVELS[value - 1] if accepted else None,
            verdict=Verdict.ACCEPTED if accepted else Verdict.PROPOSED,
            is_complete=not accepted or value != 1,
            walk=walk,
        )
        for order, value in enumerate(values, start=1)
    ]


@pytest.fixture
def spines(tmp_path: Path, ct: Callable[..., Scan], bones: NDArray[np.uint8]) -> Project:
    """A case that was proposed without its third vertebra and submitted whole."""
    project = Project.create(tmp_path / "secret place" / "spines")
    _take_in(project, tmp_path, ct("anna"), Role.VALIDATION)
    with project.edit("case-0001", "Ann") as desk:
        desk.propose(np.where(bones == 3, 0, bones), _rows((1, 2, 4), accepted=False), model=REF)
        new = np.where(bones == 3, desk.case.next_id, bones).astype(np.uint16)
        rows = _rows((1, 2, 3, 4), accepted=True)
        desk.save(new, [_moved(r, desk.case.next_id) for r in rows])
        desk.submit(ReviewedRange())
    return project


def _moved(row: CaseVertebra, new: int) -> CaseVertebra:
    return replace(row, id=new) if row.id == 3 else row


def _take_in(project: Project, folder: Path, scan: Scan, role: Role) -> None:
    path = folder / "scans" / f"{scan.name}.nii.gz"
    path.parent.mkdir(exist_ok=True)
    voxels = scan.voxels + np.int16(len(scan.name))  # the same voxels twice are refused
    write_scan(path, Scan.from_canonical(voxels, scan.grid, scan.name))
    import_scan(project, path, annotator="Ann", patient=scan.name, role=role)


def _evaluate(project: Project, out: Path, *words: Any) -> int:
    return main(["evaluate", str(project.folder.path), "-o", str(out), *map(str, words)])


def _summary(folder: Path) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return summary


def test_proposals_are_held_against_what_was_submitted(
    spines: Project, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _evaluate(spines, out) == 0
    assert "case-0001 anna: 3 of 4 found, Dice 0.750" in capsys.readouterr().out
    summary = _summary(out)
    assert (summary["scans"], summary["missed"], summary["false"]) == (1, 1, 0)
    # The model took all for complete; the person says that the first one is cut.
    assert summary["completeness_fp_per_scan"] == 1.0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "segmented with old" in page
    assert "case-0001 anna · L2 · Dice 0.00 · missed" in page
    for file in out.rglob("*.*"):
        assert b"secret place" not in file.read_bytes(), file.name


def test_the_walks_of_a_model_are_compared_with_the_proposals(
    spines: Project, out: Path, model: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--model", model.folder, "--against", "proposals")
    assert _evaluate(spines, out, *words) == 0
    summary = _summary(out)
    assert (summary["found"], summary["missed"]) == (4, 0)
    assert summary["against_missed"] == 1
    assert summary["dice_mean_difference"] > 0.15
    assert summary["steps_mean"] > 4
    assert "tiny (orange) against old (blue)" in (out / "report.html").read_text("utf-8")
    walked, _ = read_labels(out / "masks" / "case-0001_vertebrae.nii.gz")
    assert np.count_nonzero(np.unique(walked)) == 4
    assert _evaluate(spines, out, *words) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert _evaluate(spines, out, *words, "--overwrite") == 0


def test_what_lacks_one_side_is_listed_and_the_exit_code_says_so(
    spines: Project,
    out: Path,
    tmp_path: Path,
    ct: Callable[..., Scan],
    bones: NDArray[np.uint8],
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("only-proposed", "only-submitted", "new"):
        _take_in(spines, tmp_path, ct(name), Role.TRAIN)
    with spines.edit("case-0002", "Ann") as desk:
        desk.propose(bones, _rows((1, 2, 3, 4), accepted=False), model=REF)
    with spines.edit("case-0003", "Ann") as desk:
        desk.save(bones.astype(np.uint16), _rows((1, 2, 3, 4), accepted=True))
        desk.submit(ReviewedRange())
    assert _evaluate(spines, out) == 1
    said = capsys.readouterr().err
    assert "case-0002 only-proposed: has no reference" in said
    assert "case-0003 only-submitted: has no prediction" in said
    assert "case-0004" not in said
    assert _summary(out)["references_without_prediction"] == 1
    assert _evaluate(spines, tmp_path / "validation", "--role", "validation") == 0


def test_a_proposal_made_after_the_submission_proves_nothing(
    spines: Project, out: Path, bones: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_vertseg.cases.proposing.now", lambda: "2999-01-01T00:00:00+00:00")
    with spines.edit("case-0001", "Ann") as desk:
        desk.propose(bones, _rows((1, 2, 3, 4), accepted=False), model=REF)
    assert _evaluate(spines, out) == 0
    assert _summary(out)["missed"] == 1


def test_a_project_in_which_nothing_was_submitted_is_refused(
    tmp_path: Path, out: Path, ct: Callable[..., Scan], capsys: pytest.CaptureFixture[str]
) -> None:
    project = Project.create(tmp_path / "empty")
    _take_in(project, tmp_path, ct("new"), Role.TRAIN)
    assert _evaluate(project, out) == 2
    assert "no case has a submitted correction and a proposal" in capsys.readouterr().err
    assert not (out / "report.html").exists()


def test_what_is_no_project_needs_references(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(tmp_path), "-o", str(out)]) == 2
    assert "is no project; give the references after it" in capsys.readouterr().err
    words = ["evaluate", str(tmp_path), str(tmp_path), "--model", "starter", "-o", str(out)]
    assert main(words) == 2
    assert "--model and --role go with a project" in capsys.readouterr().err
