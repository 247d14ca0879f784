"""A case read for the viewer: for changes, or only to look where somebody else has it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cases import Project
from ..errors import CaseLocked
from .journal_version import OpenedCase, look_at_case, open_case


@dataclass(frozen=True, slots=True, eq=False)
class ReadCase:
    """A case as it was read."""

    case: OpenedCase
    read_only: str
    """Who has it; empty where it is held for changes."""
    ignore: NDArray[np.bool_] | None
    """(z, y, x) voxels under the ignore brush."""


def read_case(project: Project, case_id: str, annotator: str) -> ReadCase:
    """Hold a case if that is possible, and read it; call it beside the window."""
    try:
        opened, read_only = open_case(project, case_id, annotator), ""
    except CaseLocked as locked:
        opened, read_only = look_at_case(project, case_id), str(locked)
    return ReadCase(opened, read_only, project.ignore(opened.case))
