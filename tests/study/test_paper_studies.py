"""The paper's two experiments, from scans to a page, broken off anywhere and gone on with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.study import paper_studies
from napari_vertseg.study.cohorts import PLANS
from napari_vertseg.study.paper_studies import PaperStudy
from napari_vertseg.study.study_form import StudyForm
from napari_vertseg.study.study_settings import StudyStart
from napari_vertseg.study.subject import Subject

CHEST = ["final", "preliminary"]


@pytest.fixture(autouse=True)
def _made_of_soap(monkeypatch: pytest.MonkeyPatch, soap: Subject) -> None:
    """Scans of soap instead of phantoms, which take longer to make."""

    def made(plan: Any, role: str, number: int, **size: Any) -> Subject:
        return replace(soap, scan=replace(soap.scan, name=f"{role}-{number + 1:02d}"))

    monkeypatch.setattr(paper_studies, "made_subject", made)


def _study(name: str, folder: Path, trainer: Any, **changes: Any) -> PaperStudy:
    told: list[str] = changes.pop("told", [])
    return PaperStudy(
        plan=PLANS[name],
        form=StudyForm.short(name),
        folder=folder,
        train=trainer,
        tell=told.append,
        **changes,
    )


def _manifest(folder: Path) -> dict[str, str]:
    entries = json.loads((folder / "manifest.json").read_text())
    return {entry["path"]: entry["role"] for entry in entries}


def test_spine_ct_trains_once_and_walks_down(tmp_path: Path, trainer: Any) -> None:
    page = _study("spine-ct", tmp_path, trainer).run()
    assert page == tmp_path / "report" / "report.html"
    assert trainer.runs == ["final"]
    assert _manifest(trainer.data[0][0]) == {
        "../../scans/train-01": "train",
        "../../scans/train-02": "train",
    }
    record = json.loads((tmp_path / "walks/report/test-01_vertebrae.json").read_text())
    assert record["settings"]["traversal"]["direction"] == "down"
    assert record["model"]["name"] == "spine-ct-final"


def test_the_steps_are_stated_and_an_undertrained_network_is_labelled(
    tmp_path: Path, trainer: Any
) -> None:
    page = _study("spine-ct", tmp_path, trainer).run()
    assert page is not None
    text = page.read_text(encoding="utf-8")
    assert "UNDERTRAINED: the network (tiny) saw 20 steps" in text
    assert "Short form" in text
    summary = json.loads((tmp_path / "report" / "summary.json").read_text())
    assert (summary["steps_trained"], summary["is_undertrained"]) == (20, True)
    assert summary["scans"] == 1


def test_what_the_networks_began_as_is_stated(
    tmp_path: Path, trainer: Any, mine: StudyStart
) -> None:
    study = _study("spine-ct", tmp_path, trainer)
    page = replace(study, form=replace(study.form, start=mine)).run()
    assert page is not None
    text = page.read_text(encoding="utf-8")
    assert "saw 29020 steps, 29000 of them as mine" in text
    assert "Trained for 20 steps (began as mine)" in text
    summary = json.loads((tmp_path / "report" / "summary.json").read_text())
    assert summary["started_from"] == "mine"
    assert trainer.configs[0].window_hu == mine.window_hu
    with pytest.raises(CaseIncomplete, match=r"differs in .*start"):
        study.run()


def test_chest_ct_goes_the_papers_own_way(tmp_path: Path, trainer: Any) -> None:
    page = _study("chest-ct", tmp_path, trainer).run()
    assert page is not None
    assert trainer.runs == ["preliminary", "final"]
    by_hand, final = (_manifest(data[0]) for data in trainer.data)
    assert by_hand == {"../../scans/validation-01": "train"}
    assert final == {
        "../../corrected/train-01": "train",
        "../../corrected/train-02": "train",
        "../../scans/validation-01": "validation",
    }
    record = json.loads((tmp_path / "walks/report/test-01_vertebrae.json").read_text())
    assert record["settings"]["traversal"]["direction"] == "up"
    summary = json.loads((tmp_path / "report" / "summary.json").read_text())
    assert (summary["corrected_scans"], summary["corrected_vertebrae"]) == (2, 6)
    assert "compared_scans" in summary


def test_a_study_goes_on_where_its_time_was_up(tmp_path: Path, trainer: Any) -> None:
    trainer.reaches = 3
    told: list[str] = []
    assert _study("chest-ct", tmp_path, trainer, told=told).run() is None
    assert "3 of 10 steps; the same command goes on from here" in "\n".join(told)
    trainer.reaches = None
    assert _study("chest-ct", tmp_path, trainer).run() is not None
    assert trainer.runs == ["preliminary", "preliminary", "final"]


def test_what_is_whole_is_not_done_again(tmp_path: Path, trainer: Any) -> None:
    assert _study("chest-ct", tmp_path, trainer).run() is not None
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "walks").rglob("*.nii.gz")}
    told: list[str] = []
    assert _study("chest-ct", tmp_path, trainer, told=told).run() is not None
    assert trainer.runs == ["preliminary", "final"]
    assert not [line for line in told if line.startswith("making")]
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "walks").rglob("*.nii.gz")} == before


def test_another_form_in_the_same_folder_is_refused(tmp_path: Path, trainer: Any) -> None:
    assert _study("spine-ct", tmp_path, trainer).run() is not None
    study = _study("spine-ct", tmp_path, trainer)
    with pytest.raises(CaseIncomplete, match="other settings"):
        replace(study, form=replace(study.form, steps=21)).run()


def test_real_scans_take_part_by_their_roles(tmp_path: Path, trainer: Any, soap: Subject) -> None:
    data = tmp_path / "real"
    for part in ("training", "test"):
        name = f"sub-{part}"
        _write_verse(data / f"dataset-{part}", name, soap)
    page = _study("spine-ct", tmp_path / "out", trainer, data=data).run()
    assert page is not None
    assert _manifest(trainer.data[0][0])["../../real-scans/sub-training"] == "train"
    summary = json.loads((tmp_path / "out" / "report-real" / "summary.json").read_text())
    assert summary["scans"] == 1
    assert (tmp_path / "out" / "walks" / "report-real" / "sub-test_vertebrae.nii.gz").is_file()


def _write_verse(root: Path, name: str, subject: Subject) -> None:
    from napari_vertseg.io import write_labels, write_scan

    for kind in ("rawdata", "derivatives"):
        (root / kind / name).mkdir(parents=True)
    write_scan(root / "rawdata" / name / f"{name}_ct.nii.gz", subject.scan)
    labels = root / "derivatives" / name / f"{name}_seg-vert_msk.nii.gz"
    write_labels(labels, subject.labels, subject.scan)
