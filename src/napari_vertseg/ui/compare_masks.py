"""The three masks of a compared case, ready to be looked at in turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..anatomy import is_target
from ..cases import Project
from ..errors import CaseIncomplete
from ..io import read_labels
from ..pictures.colours import BACKGROUND, STRAY, colour_of
from ..rounds.compare import mask_files, masks_folder
from ..rounds.comparison import CaseChange
from ..rounds.held_out import HeldOut
from ..volume import Scan, ZyxFloat
from .colours import Rgba

Labels = NDArray[np.unsignedinteger]
_PHANTOM = "phantom-"


class Side(StrEnum):
    """Whose mask."""

    ACTIVE = "active"
    CANDIDATE = "candidate"
    REFERENCE = "correction"


@dataclass(frozen=True, eq=False, slots=True)
class ThreeMasks:
    """A compared case."""

    case: str
    scan: Scan
    masks: Mapping[Side, Labels]
    """(z, y, x) each, on the scan's grid."""
    colours: Mapping[Side, Mapping[int, Rgba]]
    """The same vertebra has the same colour in all three; what belongs to none stands out."""
    centres: Mapping[int, ZyxFloat]
    """Voxel in the middle of every vertebra of the reference."""


def load_masks(project: Project, number: int, change: CaseChange) -> ThreeMasks:
    """Read scan and masks of a compared case; takes seconds.

    Raises
    ------
    CaseIncomplete, ScanUnreadable
        A file is gone or changed since the comparison.
    """
    scan = _scan(project, change)
    files = mask_files(masks_folder(project, number), change.case)
    paths = {
        Side.ACTIVE: files.active,
        Side.CANDIDATE: files.candidate,
        Side.REFERENCE: files.reference,
    }
    gone = [side.value for side, path in paths.items() if not path.is_file()]
    if gone:
        raise CaseIncomplete(
            f"the masks of {change.name} ({', '.join(gone)}) are gone from the round's folder; "
            "the table stays. Compare again with vertseg models compare."
        )
    masks = {side: read_labels(path, like=scan)[0] for side, path in paths.items()}
    reference = masks[Side.REFERENCE]
    return ThreeMasks(
        case=change.case,
        scan=scan,
        masks=masks,
        colours={
            Side.REFERENCE: {v: _colour(v) for v in np.unique(reference).tolist() if v},
            Side.ACTIVE: matched_colours(masks[Side.ACTIVE], reference),
            Side.CANDIDATE: matched_colours(masks[Side.CANDIDATE], reference),
        },
        centres=_centres(reference),
    )


def matched_colours(found: Labels, reference: Labels) -> dict[int, Rgba]:
    """Each found vertebra in the colour of the reference that it covers most.

    Parameters
    ----------
    found, reference : (z, y, x) unsigned integer
        0 is background.
    """
    inside = found > 0
    highest = int(reference.max(initial=0)) + 1
    pairs = found[inside].astype(np.int64) * highest + reference[inside]
    shared = np.bincount(pairs, minlength=highest * (int(found.max(initial=0)) + 1))
    table = shared.reshape(-1, highest)[:, 1:]
    colours: dict[int, Rgba] = {}
    for value in np.unique(found[inside]).tolist():
        row = table[value]
        belongs = bool(row.size and row.max() > 0)
        colours[value] = _colour(int(row.argmax()) + 1) if belongs else (*STRAY, 1.0)
    return colours


def _colour(value: int) -> Rgba:
    return (*(colour_of(value) if is_target(value) else BACKGROUND), 1.0)


def _centres(reference: Labels) -> dict[int, ZyxFloat]:
    boxes = ndimage.find_objects(reference.astype(np.int32))
    return {
        value: ZyxFloat(*((part.start + part.stop - 1) / 2 for part in box))
        for value, box in enumerate(boxes, start=1)
        if box is not None
    }


def _scan(project: Project, change: CaseChange) -> Scan:
    if change.kind == "made":
        return HeldOut.of_phantom(int(change.case.removeprefix(_PHANTOM))).scan
    return project.scan(project.case(change.case))
