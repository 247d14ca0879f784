"""Candidate and active model walk the same scans."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..cases import ModelRef, Project
from ..io import write_json_atomic, write_labels
from ..metrics import ScanScore
from ..strict_json import MalformedJson, read_json, to_jsonable
from .comparison import (
    MASKS,
    CaseChange,
    Comparison,
    Figures,
    VertebraChange,
    VertebraFigures,
)
from .held_out import HeldOut, walk
from .ledger import run_folder

if TYPE_CHECKING:
    from ..network.model import Model

COMPARISON: Final = "comparison.json"
MAX_STEPS: Final = 150
"""A whole spine takes about 80."""


@dataclass(frozen=True, slots=True)
class MaskFiles:
    """Label maps of one compared case, for looking at them in turn."""

    active: Path
    candidate: Path
    reference: Path


def compare(
    active: Model | None,
    candidate: Model,
    scans: Iterable[HeldOut],
    *,
    refs: tuple[ModelRef | None, ModelRef],
    masks: Path | None = None,
) -> Generator[CaseChange, None, Comparison]:
    """Walk every scan with both models, telling each as it is done.

    Parameters
    ----------
    active : Model, optional
        None where there was no model before.
    candidate : Model
    scans : iterable of HeldOut
        May be a generator, so that one scan at a time is in memory.
    refs : (ModelRef or None, ModelRef)
        Which weights they are.
    masks : Path, optional
        Folder that takes the label maps, and is deleted where the comparison breaks off; see
        ``mask_files``.

    Yields
    ------
    CaseChange

    Returns
    -------
    Comparison
    """
    done: list[CaseChange] = []
    is_same = Comparison(active=refs[0], candidate=refs[1]).is_of_one_model
    with _deleted_if_broken_off(masks):
        for held in scans:
            before = _nothing(held) if active is None else walk(active, held, max_steps=MAX_STEPS)
            # A training that found nothing better gives back the weights it began with.
            after = before if is_same else walk(candidate, held, max_steps=MAX_STEPS)
            if masks is not None:
                _keep(mask_files(masks, held.case), held, before[0], after[0])
            done.append(_change(held, before[1], after[1]))
            yield done[-1]
    found = Comparison(active=refs[0], candidate=refs[1], cases=tuple(done))
    return found if masks is None else replace(found, masks=masks.name)


@contextmanager
def _deleted_if_broken_off(masks: Path | None) -> Iterator[None]:
    try:
        yield
    except BaseException:
        if masks is not None:
            shutil.rmtree(masks, ignore_errors=True)
        raise


def mask_files(folder: Path, case: str) -> MaskFiles:
    """Where the label maps of a compared case lie; each on the scan's own grid.

    Values of ``active`` and ``candidate`` count from the head, those of ``reference`` are
    ``VertebraChange.value``.
    """
    place = folder / case
    return MaskFiles(*(place / f"{n}.nii.gz" for n in ("active", "candidate", "reference")))


def save_comparison(project: Project, number: int, comparison: Comparison) -> Path:
    """``comparison.json`` of a round, which names its label maps, in place of an older one."""
    path = run_folder(project, number) / COMPARISON
    path.parent.mkdir(parents=True, exist_ok=True)
    older = None
    with suppress(MalformedJson):
        older = masks_folder(project, number)
    write_json_atomic(path, to_jsonable(comparison), overwrite=True)
    if older is not None and older.name != comparison.masks:
        shutil.rmtree(older, ignore_errors=True)
    return path


def read_comparison(project: Project, number: int) -> Comparison | None:
    """The comparison of a round; None before there is one."""
    path = run_folder(project, number) / COMPARISON
    return read_json(Comparison, path) if path.is_file() else None


def masks_folder(project: Project, number: int) -> Path:
    """Where a round keeps the label maps of its comparison."""
    found = read_comparison(project, number)
    return run_folder(project, number) / (MASKS if found is None else found.masks)


def fresh_masks(project: Project, number: int) -> Path:
    """A place of their own for the label maps of a comparison that begins.

    Masks of one comparison beside the figures of another would show what nobody judged.
    """
    return run_folder(project, number) / f"masks-{token_hex(4)}"


def _change(held: HeldOut, before: ScanScore, after: ScanScore) -> CaseChange:
    merged = [_merged(score) for score in (before, after)]
    vertebrae = tuple(
        VertebraChange(
            case=held.case,
            value=old.reference,
            name=held.names.get(old.reference, str(old.reference)),
            active=VertebraFigures.of(old, merged[0]),
            candidate=VertebraFigures.of(new, merged[1]),
        )
        for old, new in zip(before.vertebrae, after.vertebrae, strict=True)
    )
    return CaseChange(
        case=held.case,
        name=held.name,
        patient=held.patient,
        kind=held.kind,
        active=Figures.of(before),
        candidate=Figures.of(after),
        vertebrae=vertebrae,
    )


def _merged(score: ScanScore) -> frozenset[int]:
    return frozenset(label for i in score.instances if i.is_merged for label in i.merges)


def _nothing(held: HeldOut) -> tuple[NDArray[np.uint8], ScanScore]:
    """What no model at all finds."""
    from ..segmentation import Segmentation
    from .held_out import score

    found = Segmentation(held.scan.grid, ())
    return found.label_map(), score(held, found, 0, 0.0)


def _keep(
    files: MaskFiles, held: HeldOut, active: NDArray[np.uint8], candidate: NDArray[np.uint8]
) -> None:
    files.active.parent.mkdir(parents=True, exist_ok=True)
    for path, labels in (
        (files.active, active),
        (files.candidate, candidate),
        (files.reference, held.labels),
    ):
        write_labels(path, labels, held.scan, overwrite=True)
