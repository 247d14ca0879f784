"""``vertseg study suspicion``: does a high suspicion mean a bad mask?

Phantoms with planted errors always; with a model also what the model makes of
phantoms and, where a folder of them is given, of real validation scans, as it
is and with errors planted into it. Bad is a Dice below 0.8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from ..anatomy import Level, head_to_foot_rank, is_target
from ..io import write_json_atomic
from ..network.model import Model
from ..segmentation import Segmentation, VertebraInstance
from ..suspicion import Suspicion, gather_all, judge
from ..synthesis import draw_phantom, make_phantom
from ..volume import Zyx, bounding_slices
from .planting import LEAST_MM3, hesitated, plant
from .subject import Subject, phantom_subject, subjects_of, walk
from .suspicion_report import write_report

BAD_DICE = 0.8
"""Below it a mask needs correction."""
_TALL_PHANTOMS = range(920_000, 920_012)
"""Seeds of the phantoms that errors are planted into: about 150 vertebrae."""
_WALKED_PHANTOMS = range(930_000, 930_012)
_SPACING_MM = (1.6, 1.6, 1.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One vertebra of the study."""

    source: str
    """Where it comes from: ``planted``, ``walked``, ``walked + planted``."""
    name: str
    """Scan."""
    number: int
    """From the head."""
    error: str | None
    """What was planted."""
    dice: float
    """With the reference vertebra that it overlaps most."""
    score: float
    """Suspicion from all that is known."""
    score_of_mask: float
    """Suspicion without what the walk said."""
    reasons: tuple[str, ...]
    """Kinds, heaviest first."""


def run_study(
    model: Model | None, data: Path | None, output: Path, tell: Callable[[str], None]
) -> Path:
    """Measure, and write ``suspicion.json``, ``suspicion.png`` and ``suspicion.md``.

    Parameters
    ----------
    model : Model, optional
        Walks phantoms and scans; without it errors are planted into true masks only.
    data : Path, optional
        Folder with a ``manifest.json``; its validation scans are walked.
    output : Path
        Folder; made where it is absent.
    tell : callable
        Told a line per scan.

    Returns
    -------
    Path
        The page.
    """
    output.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for found in _all_rows(model, data):
        rows += found
        bad = sum(row.dice < BAD_DICE for row in found)
        tell(f"{found[0].source}, {found[0].name}: {len(found)} vertebrae, {bad} bad")
    write_json_atomic(output / "suspicion.json", [asdict(row) for row in rows], overwrite=True)
    name = None if model is None else model.card.name
    return write_report(output, rows, BAD_DICE, name)


def _all_rows(model: Model | None, data: Path | None) -> Iterator[list[Row]]:
    """Those of one scan at a time, none empty."""
    for seed in _TALL_PHANTOMS:
        subject = tall_phantom(seed)
        yield from _filled(planted_rows(subject, true_segmentation(subject), "planted", seed))
    if model is None:
        return
    for subject in _subjects(data):
        segmentation = walk(subject, model).segmentation
        yield from _filled(rows_of(subject, segmentation, {}, "walked"))
        yield from _filled(planted_rows(subject, segmentation, "walked + planted", 0))


def _filled(rows: list[Row]) -> Iterator[list[Row]]:
    if rows:
        yield rows


def _subjects(data: Path | None) -> Iterator[Subject]:
    yield from (phantom_subject(seed) for seed in _WALKED_PHANTOMS)
    if data is not None:
        yield from subjects_of(data, "validation")


def planted_rows(
    subject: Subject, segmentation: Segmentation, source: str, seed: int
) -> list[Row]:
    """Plant errors into a third of the vertebrae, and judge all."""
    rng = np.random.default_rng((seed, 2018))
    planted = plant(segmentation, rng)
    if source == "planted":  # of true masks no walk has said anything
        planted = hesitated(planted, rng)
    return rows_of(subject, planted.segmentation, dict(planted.kinds), source)


def rows_of(
    subject: Subject, segmentation: Segmentation, errors: dict[int, str], source: str
) -> list[Row]:
    """Suspicion and Dice of every vertebra that the reference can judge."""
    chain = gather_all(segmentation, subject.scan)
    alone = judge([replace(evidence, walk=None) for evidence in chain])
    numbered = enumerate(zip(segmentation.instances, judge(chain), alone, strict=True), start=1)
    return [
        _row(source, subject, number, instance, errors.get(instance.id), scores, dice)
        for number, (instance, *scores) in numbered
        if (dice := _dice(instance, subject)) is not None
    ]


def _row(
    source: str,
    subject: Subject,
    number: int,
    instance: VertebraInstance,
    error: str | None,
    scores: list[Suspicion],
    dice: float,
) -> Row:
    full, alone = scores
    return Row(
        source=source,
        name=subject.scan.name,
        number=number,
        error=error,
        dice=round(dice, 4),
        score=round(full.score, 4),
        score_of_mask=round(alone.score, 4),
        reasons=tuple(reason.kind.value for reason in full.reasons),
    )


def _dice(instance: VertebraInstance, subject: Subject) -> float | None:
    """With the best reference; None beyond the labelled range, where nobody knows."""
    under = np.bincount(subject.labels[instance.slices][instance.mask], minlength=256)
    under[0] = 0
    best = int(under.argmax())
    if under[best] == 0 or not is_target(best):
        return 0.0 if subject.is_exhaustive or best == Level.S1 else None
    whole = int(np.count_nonzero(subject.labels == best))
    return float(2 * under[best] / (whole + np.count_nonzero(instance.mask)))


def tall_phantom(seed: int) -> Subject:
    """A phantom of many vertebrae in a narrow field of view, quick to make."""
    drawn = draw_phantom(np.random.default_rng(seed))
    view = drawn.field_of_view
    view = replace(
        view,
        top_rank=min(view.top_rank, 14.0),
        height_mm=max(view.height_mm, 330.0),
        front_mm=min(view.front_mm, 60.0),
        back_mm=min(view.back_mm, 90.0),
        right_mm=min(view.right_mm, 70.0),
        left_mm=min(view.left_mm, 70.0),
    )
    phantom = make_phantom(replace(drawn, field_of_view=view), spacing_mm=_SPACING_MM)
    return Subject(
        scan=replace(phantom.scan, name=f"phantom-{seed}"),
        labels=phantom.labels,
        is_complete={v: bool(c) for v, c in phantom.is_complete.items() if is_target(v)},
        is_exhaustive=True,
    )


def true_segmentation(subject: Subject) -> Segmentation:
    """The reference as if a flawless walk had found it."""
    order = sorted(subject.targets, key=head_to_foot_rank)
    found = [_true_instance(subject, value, turn) for turn, value in enumerate(order, start=1)]
    return Segmentation(subject.scan.grid, tuple(i for i in found if i is not None))


def _true_instance(subject: Subject, value: int, turn: int) -> VertebraInstance | None:
    mask = subject.labels == value
    box = bounding_slices(mask)
    if box is None or np.count_nonzero(mask[box]) * subject.scan.grid.voxel_mm3 < LEAST_MM3:
        return None
    is_complete = subject.is_complete.get(value, True)
    return VertebraInstance(
        id=turn,
        start=Zyx(*(s.start for s in box)),
        mask=mask[box].copy(),
        completeness=float(is_complete),
        is_complete=is_complete,
        confidence=1.0,
        entropy=0.0,
        last_overlap=1.0,
        steps=2,
        is_cut_by_patch=False,
        direction="down",
    )
