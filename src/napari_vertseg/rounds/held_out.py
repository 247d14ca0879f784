"""Scans with their truth that a model is judged on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..anatomy import is_target
from ..cases import Project
from ..errors import CaseIncomplete
from ..evaluation import LabelledPrediction, Reference, evaluate_scan
from ..metrics import ScanScore
from ..metrics.contingency import label_boxes
from ..pipeline import drain, prepare
from ..segmentation import Segmentation
from ..synthesis import make_phantom
from ..volume import Scan, Slices
from .comparison import Kind
from .truth import truth_of

if TYPE_CHECKING:
    from ..network.model import Model

_SILENT_SHARE = 0.5
"""A prediction that lies mostly where nobody vouches for anything is not scored."""
_PHANTOM_SEEDS = 940_000
"""First seed of the phantoms that models are compared on; training draws from other streams."""


@dataclass(frozen=True, eq=False)
class HeldOut:
    """One scan to compare on."""

    case: str
    name: str
    patient: str
    kind: Kind
    scan: Scan
    labels: NDArray[np.uint8]
    """(z, y, x) values of targets and sacrum; ignored vertebrae are not in it."""
    names: Mapping[int, str]
    is_complete: Mapping[int, bool]
    silent: NDArray[np.bool_] | None = None

    @classmethod
    def of_case(cls, project: Project, case_id: str, version: int, kind: Kind) -> HeldOut:
        """A submitted version of a case.

        Raises
        ------
        CaseIncomplete
            The scan is missing or changed, or the version cannot be read.
        """
        case = project.case(case_id)
        truth = truth_of(project, case_id, version)
        ignored = np.isin(truth.labels, list(truth.ignored))
        return cls(
            case=case_id,
            name=case.name,
            patient=case.patient,
            kind=kind,
            scan=replace(project.scan(case), name=case.name),
            labels=np.where(ignored, np.uint8(0), truth.labels),
            names=truth.names,
            is_complete={v: c for v, c in truth.is_complete.items() if v in truth.targets},
            silent=truth.silent,
        )

    @classmethod
    def to_judge(cls, project: Project, case_id: str, version: int, kind: Kind) -> HeldOut:
        """The same, if there is something in it that can be judged.

        Raises
        ------
        CaseIncomplete
            As ``of_case``; or every vertebra is ignored or outside the reviewed range.
        """
        held = cls.of_case(project, case_id, version, kind)
        if not held.is_complete:
            raise CaseIncomplete(
                f"{held.name} has no vertebra that could be scored: all are ignored or outside "
                "its reviewed range."
            )
        return held

    def called(self, name: str) -> HeldOut:
        """The same scan under another name."""
        return replace(self, name=name)

    @classmethod
    def of_phantom(cls, number: int) -> HeldOut:
        """A made scan that no training draws."""
        phantom = make_phantom(_PHANTOM_SEEDS + number)
        name = f"phantom-{number}"
        return cls(
            case=name,
            name=name,
            patient=name,
            kind="made",
            scan=replace(phantom.scan, name=name),
            labels=phantom.labels,
            names={int(level): level.name for level in phantom.levels},
            is_complete={v: bool(c) for v, c in phantom.is_complete.items() if is_target(v)},
        )


def walk(model: Model, held: HeldOut, *, max_steps: int) -> tuple[NDArray[np.uint8], ScanScore]:
    """What a model makes of a scan: its label map, scored.

    Parameters
    ----------
    max_steps : int
        A candidate may have forgotten when to stop; this many steps are enough for any spine.
    """
    began = perf_counter()
    prepared = prepare(held.scan, model.card, model.predictor(), max_steps=max_steps)
    state = drain(prepared.events(), lambda event: None)
    found = prepared.segmentation(state.found)
    seconds = perf_counter() - began
    return found.label_map(keep_incomplete=True), score(held, found, state.step, seconds)


def score(held: HeldOut, found: Segmentation, steps: int, seconds: float) -> ScanScore:
    """Against the truth, without what lies where nobody vouches for anything."""
    labels = without_silent(held, found.label_map(keep_incomplete=True))
    classes = {number: instance.is_complete for number, instance in found.numbered()}
    return score_labels(held, labels, classes, steps=steps, seconds=seconds)


def score_labels(
    held: HeldOut,
    labels: NDArray[Any],
    is_complete: Mapping[int, bool] | None,
    *,
    steps: int | None = None,
    seconds: float | None = None,
) -> ScanScore:
    """A label map without silent instances against the truth.

    Parameters
    ----------
    labels : (z, y, x) integers
        Numbers, incomplete vertebrae included.
    is_complete : mapping, optional
        Class of every number, where there is one.
    """
    return evaluate_scan(
        LabelledPrediction(
            labels=labels,
            spacing_mm=held.scan.grid.spacing_mm,
            is_complete=is_complete,
        ),
        Reference(labels=held.labels, is_complete=held.is_complete, is_exhaustive=True),
        name=held.name,
        steps=steps,
        seconds=seconds,
    )


def without_silent(held: HeldOut, labels: NDArray[Any]) -> NDArray[Any]:
    """The map without the instances that lie mostly where nobody vouches for anything."""
    if held.silent is None:
        return labels
    kept = labels.copy()
    for value, box in label_boxes(labels).items():
        mask = labels[box] == value
        if _is_silent(held, held.silent, box, mask):
            kept[box][mask] = 0
    return kept


def _is_silent(
    held: HeldOut, silent: NDArray[np.bool_], place: Slices, mask: NDArray[np.bool_]
) -> bool:
    # A vertebra that is in the truth speaks, wherever the rest of the mask lies.
    if (held.labels[place][mask] > 0).mean() > 1 - _SILENT_SHARE:
        return False
    return bool(silent[place][mask].mean() > _SILENT_SHARE)
