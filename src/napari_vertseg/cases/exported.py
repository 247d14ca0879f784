"""A case on its way out: ids become the values that other programs know."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..anatomy import Level
from ..errors import CaseIncomplete
from ..io import write_json_atomic
from .case import Case
from .project import Project
from .vertebra import CaseVertebra
from .volumes import Ids

NOTICE: Final = "Research use only, not a medical device"


@dataclass(frozen=True, eq=False)
class ExportedCase:
    """The newest labels of a case with their values outside."""

    case: Case
    labels: NDArray[np.uint8] | NDArray[np.uint16]
    """(z, y, x) values on the canonical grid of the scan."""
    values: dict[int, CaseVertebra]
    """Value → vertebra, head to foot."""
    has_levels: bool
    """Values are VerSe ones; otherwise 1 = topmost."""

    @property
    def stem(self) -> str:
        """For file names: id and, where it can stand in one, the name."""
        name = "".join(c if c.isalnum() or c in "-_" else "-" for c in self.case.name)
        return self.case.id if name == self.case.id else f"{self.case.id}_{name}"

    @property
    def legend(self) -> str:
        """What the values mean."""
        return "VerSe values" if self.has_levels else "1 = topmost"


def export_of(project: Project, case: Case) -> ExportedCase:
    """The newest version of a case, or its prediction, with outside values.

    Raises
    ------
    CaseIncomplete
        It has no vertebra, or a damaged file.
    """
    if not case.vertebrae:
        raise CaseIncomplete(f"{case.id} has no vertebra to export; segment or draw one first.")
    ids = project.current_labels(case)
    levels = [v.anatomical for v in case.vertebrae]
    known = [level for level in levels if level is not None]
    has_levels = len(set(known)) == len(case.vertebrae)
    values = dict(zip(_numbers(known, has_levels, len(levels)), case.vertebrae, strict=True))
    return ExportedCase(case, _renumbered(ids, values), values, has_levels)


def write_legend(path: Path, exported: ExportedCase, *, overwrite: bool) -> None:
    """What every value of a mask means, as JSON beside it."""
    case = exported.case
    write_json_atomic(
        path,
        {
            "schema": 1,
            "kind": "napari-vertseg export",
            "notice": NOTICE,
            "legend": exported.legend,
            "scan": case.name,
            "voxels_sha256": case.source.voxels_sha256,
            "version": case.version.number if case.version else None,
            "annotator": case.version.annotator if case.version else None,
            "vertebrae": [
                {
                    "value": value,
                    "id": v.id,
                    "level": v.level,
                    "verdict": v.verdict,
                    "is_complete": v.is_complete,
                }
                for value, v in exported.values.items()
            ],
        },
        overwrite,
    )


def _numbers(known: list[Level], has_levels: bool, count: int) -> list[int]:
    return [int(level) for level in known] if has_levels else list(range(1, count + 1))


def _renumbered(
    ids: Ids, values: dict[int, CaseVertebra]
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    dtype: Any = np.uint8 if max(values) < 256 else np.uint16
    table = np.zeros(65536, dtype=dtype)
    for value, vertebra in values.items():
        table[vertebra.id] = value
    return np.asarray(table[ids])
