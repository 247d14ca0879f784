"""A small project, and the hands of a person in it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import psutil

from napari_vertseg.cases import MaskToImport, Project, ReviewedRange, import_scan
from napari_vertseg.io import write_labels, write_scan
from napari_vertseg.ui.marks import Role as LayerRole
from napari_vertseg.ui.project_case import CaseOnScreen
from napari_vertseg.ui.project_control import ProjectControl
from napari_vertseg.ui.records import Verdict

from .conftest import scan_of, spine

WHOLE = ReviewedRange()


def written(folder: Path, name: str, count: int, *, with_mask: bool = True) -> tuple[Path, Path]:
    """A scan file and a mask of its vertebrae."""
    labels = spine(count)
    # The oracle reads the labels from the scan; a scan needs soft tissue and air, too.
    around = np.random.default_rng(count).integers(-900, 0, labels.shape)
    scan = scan_of(np.where(labels > 0, labels, around), name=name)
    file, mask = folder / f"{name}.nii.gz", folder / f"{name}_mask.nii.gz"
    write_scan(file, scan)
    if with_mask:
        write_labels(mask, labels.astype(np.uint8), scan)
    return file, mask


def two_cases(folder: Path) -> Project:
    """One with a proposal of three vertebrae, one with nothing."""
    project = Project.create(folder / "study", who="Ann")
    file, mask = written(folder, "first", 3)
    proposal = MaskToImport(path=mask, values="numbers")
    import_scan(project, file, annotator="Ann", mask=proposal, patient="1")
    file, _ = written(folder, "second", 2, with_mask=False)
    import_scan(project, file, annotator="Ann", patient="2")
    return project


def opened(control: ProjectControl, case_id: str = "case-0001") -> CaseOnScreen:
    control.show_case(case_id)
    assert control.open_case is not None
    assert control.open_case.id == case_id
    return control.open_case


def paint(case: CaseOnScreen, place: tuple[int, int, int], vertebra: int) -> None:
    """A brush stroke of a person."""
    layer = case.work.spine.layer(LayerRole.VERTEBRAE)
    layer.selected_label, layer.brush_size = vertebra, 3
    layer.paint(place, vertebra)


def accept_all(case: CaseOnScreen) -> None:
    for record in list(case.work.chain):
        case.work.judge(record.id, verdict=Verdict.ACCEPTED)


def held_elsewhere(project: Project, case_id: str) -> None:
    """The lock of another process of this machine, which is alive."""
    with project.edit(case_id, "Bob") as desk:
        text = desk.folder.lock.read_text()
    record = json.loads(text)
    parent = os.getppid()
    record |= {"pid": parent, "started": psutil.Process(parent).create_time()}
    project.folder.case(case_id).lock.write_text(json.dumps(record))
