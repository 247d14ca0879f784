"""``vertseg study suspicion``: does a high suspicion mean a bad mask?

Phantoms with planted errors always; with a model also what the model makes of
phantoms and, where a folder of them is given, of real validation scans, as it
is and with errors planted into it. Bad is a Dice below 0.8.

What was found in a scan is kept as soon as it is whole: the same command goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from ..anatomy import Level, head_to_foot_rank, is_target
from ..io import write_json_atomic
from ..network.model import Model
from ..segmentation import Segmentation, VertebraInstance
from ..suspicion import Suspicion, gather_all, judge
from ..synthesis import draw_phantom, make_phantom
from ..volume import Zyx, bounding_slices
from .claimed import claim
from .planting import LEAST_MM3, hesitated, plant
from .subject import Subject, cases_of, phantom_subject, read_subject, walk
from .suspicion_facts import facts_of
from .suspicion_report import write_report

BAD_DICE = 0.8
"""Below it a mask needs correction."""
_TALL_PHANTOMS = range(920_000, 920_012)
"""Seeds of the phantoms that errors are planted into: about 150 vertebrae."""
_WALKED_PHANTOMS = range(930_000, 930_012)
_SHORT = 2
"""Phantoms of each kind in the short form; its figures measure nothing."""
_SPACING_MM = (1.6, 1.6, 1.6)
_MOST_STEPS = 400
"""An untrained network may never stop."""


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
    facts: dict[str, float] = field(default_factory=dict)
    """What was known before it was judged, the more doubtful the higher."""


def run_study(
    model: Model | None,
    data: Path | None,
    output: Path,
    tell: Callable[[str], None],
    *,
    weights: str = "",
    is_short: bool = False,
) -> Path:
    """Measure, and write ``suspicion.json``, ``suspicion.png`` and ``suspicion.md``.

    Parameters
    ----------
    model : Model, optional
        Walks phantoms and scans; without it errors are planted into true masks only.
    data : Path, optional
        Folder with a ``manifest.json``; its validation scans are walked.
    output : Path
        Folder; made where it is absent. What it holds of this study is not made again.
    tell : callable
        Told a line per scan.
    weights : str
        Hash of the model's weights: another model needs another folder.
    is_short : bool
        Two phantoms of each kind and no scan: tries the machinery.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    CaseIncomplete
        The folder holds another study; or the data has no manifest.
    """
    claim(output, {"study": "suspicion", "weights": weights, "short": is_short})
    rows: list[Row] = []
    for name, make in _units(model, data, is_short):
        found = _kept(output / "scans" / f"{name}.json", make)
        rows += found
        bad = sum(row.dice < BAD_DICE for row in found)
        tell(f"{name}: {len(found)} vertebrae judged, {bad} bad")
    write_json_atomic(output / "suspicion.json", [asdict(row) for row in rows], overwrite=True)
    known_as = None if model is None else model.card.name
    return write_report(output, rows, BAD_DICE, known_as)


Make = Callable[[], list[Row]]


def _units(model: Model | None, data: Path | None, is_short: bool) -> Iterator[tuple[str, Make]]:
    """One scan at a time: a name for its file, and what makes its rows."""
    most = _SHORT if is_short else None
    for seed in _TALL_PHANTOMS[:most]:
        yield f"planted-{seed}", partial(_planted, seed)
    if model is None:
        return
    for seed in _WALKED_PHANTOMS[:most]:
        yield f"phantom-{seed}", partial(_walked, model, partial(phantom_subject, seed))
    for case, is_exhaustive in cases_of(data, "validation") if data and not is_short else ():
        read = partial(read_subject, case, is_exhaustive=is_exhaustive)
        yield case.name, partial(_walked, model, read)


def _kept(file: Path, make: Make) -> list[Row]:
    """What a file holds; made and written where there is none."""
    if file.is_file():
        known = json.loads(file.read_text(encoding="utf-8"))
        return [Row(**{**row, "reasons": tuple(row["reasons"])}) for row in known]
    rows = make()
    file.parent.mkdir(exist_ok=True)
    write_json_atomic(file, [asdict(row) for row in rows])
    return rows


def _planted(seed: int) -> list[Row]:
    subject = tall_phantom(seed)
    return planted_rows(subject, true_segmentation(subject), "planted", seed)


def _walked(model: Model, read: Callable[[], Subject]) -> list[Row]:
    """What a model makes of a scan, as it is and with errors planted into it."""
    subject = read()
    segmentation = walk(subject, model, max_steps=_MOST_STEPS).segmentation
    rows = rows_of(subject, segmentation, {}, "walked")
    return rows + planted_rows(subject, segmentation, "walked + planted", 0)


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
    known = zip(segmentation.instances, facts_of(chain), judge(chain), alone, strict=True)
    return [
        _row(source, subject, number, dice, errors.get(instance.id), facts, scores)
        for number, (instance, facts, *scores) in enumerate(known, start=1)
        if (dice := _dice(instance, subject)) is not None
    ]


def _row(
    source: str,
    subject: Subject,
    number: int,
    dice: float,
    error: str | None,
    facts: dict[str, float],
    scores: list[Suspicion],
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
        facts=facts,
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
