"""A data set as nnU-Net (version 2) lays it out, roles and silent voxels included."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..anatomy import HEAD_TO_FOOT, Level
from ..errors import CaseIncomplete
from ..io import write_json_atomic
from ..io.formats import write_stored
from .case import Case
from .exported import NOTICE
from .no_loss import without_loss
from .project import Project
from .states import Role
from .volumes import Ids

_CLASS: Final = "vertebra"


def write_nnunet(
    folder: Path, project: Project, cases: Sequence[Case], *, number: int = 1
) -> list[Path]:
    """Scans and labels of the cases, new folder; nnU-Net needs labels from 1 without gaps.

    Where every level of every case is known, each level is a class. Otherwise
    all vertebrae are one. Voxels that say nothing (see docs/formats.md) have
    nnU-Net's ``ignore`` label; patients of the role test go to ``imagesTs``.

    Parameters
    ----------
    folder : Path
        The data set is made in it.
    number : int
        Of the data set.

    Returns
    -------
    list of Path
        The folder of the data set.

    Raises
    ------
    CaseIncomplete
        No case, one that was never submitted, or a scan that is missing.
    OutputRefused
        It is there already, or cannot be written.
    """
    open_ones = [case.id for case in cases if case.submitted is None]
    if open_ones or not cases:
        names = ", ".join(open_ones) or "none was chosen"
        raise CaseIncomplete(
            f"a data set to train on needs submitted cases ({names}); submit them, or export "
            "masks in another format."
        )
    target = folder / f"Dataset{number:03d}_{_plain(project.record.name)}"
    then = [project.case_at(c.id, c.submitted.number) for c in cases if c.submitted]
    classes = _classes(then)
    write_json_atomic(_made(target) / "dataset.json", _description(then, classes))
    splits = {role: [c.id for c in then if c.role is role] for role in Role}
    split = {"train": splits[Role.TRAIN], "val": splits[Role.VALIDATION]}
    write_json_atomic(target / "splits_final.json", [split])
    for case in then:
        _write_case(target, project, case, classes)
    return [target]


def _write_case(target: Path, project: Project, case: Case, classes: dict[str, int]) -> None:
    scan, version = project.scan(case), len(case.versions)
    ids = project.labels(case, version)
    labels = _as_classes(case, ids, classes)
    labels[without_loss(case, ids, project.ignore(case, version))] = classes["ignore"]
    part = "Ts" if case.role is Role.TEST else "Tr"
    for kind, canonical, name in (
        ("images", scan.voxels, f"{case.id}_0000.nii.gz"),
        ("labels", labels, f"{case.id}.nii.gz"),
    ):
        stored = case.source.orientation.undo(canonical)
        path = _made(target / f"{kind}{part}") / name
        write_stored(path, stored, case.source.stored_grid.affine, overwrite=False)


def _as_classes(case: Case, ids: Ids, classes: dict[str, int]) -> NDArray[np.uint8]:
    table = np.zeros(65536, dtype=np.uint8)
    for vertebra in case.vertebrae:
        is_sacrum = vertebra.level == Level.S1.name  # background, as for our own network
        name = vertebra.level if _CLASS not in classes else _CLASS
        table[vertebra.id] = 0 if is_sacrum or name is None else classes[name]
    return np.asarray(table[ids])


def _classes(cases: Sequence[Case]) -> dict[str, int]:
    """Name → value from 0; ``ignore`` is the highest, as nnU-Net demands."""
    levels = {v.level for case in cases for v in case.vertebrae} - {Level.S1.name}
    names = [_CLASS]
    if None not in levels:
        names = [level.name for level in HEAD_TO_FOOT if level.name in levels]
    return {name: n for n, name in enumerate(["background", *names, "ignore"])}


def _description(cases: Sequence[Case], classes: dict[str, int]) -> dict[str, Any]:
    return {
        "channel_names": {"0": "CT"},
        "labels": classes,
        "numTraining": sum(case.role is not Role.TEST for case in cases),
        "file_ending": ".nii.gz",
        "description": NOTICE,
    }


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _plain(name: str) -> str:
    return "".join(c for c in name if c.isascii() and c.isalnum()) or "Vertebrae"
