"""The demo project has something to try in every state."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_vertseg.cases import Role, Status, check_project
from napari_vertseg.io import read_labels
from napari_vertseg.study.demo_project import make_demo_project
from napari_vertseg.synthesis import make_phantom


def test_the_demo_project_has_a_case_in_every_state(tmp_path: Path) -> None:
    spacing_mm = (6.0, 4.0, 4.0)
    project = make_demo_project(tmp_path / "demo", who="Ann", spacing_mm=spacing_mm)

    cases = project.cases()
    assert [c.status for c in cases] == [
        Status.DONE,
        Status.PROPOSED,
        Status.NEW,
        Status.DONE,
    ]
    assert [c.role for c in cases] == [Role.TRAIN, Role.TRAIN, Role.TRAIN, Role.VALIDATION]
    assert check_project(project) == ()
    truth = make_phantom(2, spacing_mm)
    proposed, _ = read_labels(project.folder.path / "scans" / "demo-2_labels.nii.gz", truth.scan)
    assert (proposed != np.where(truth.labels == 26, 0, truth.labels)).any()
    assert len(cases[1].vertebrae) > 3
