"""Starts in every vertebra: a click on a vertebra must give that vertebra (P27)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..pipeline import Walk, drain, prepare
from ..segmentation import VertebraInstance
from ..traversal import VertebraFound
from ..volume import Zyx
from .subject import Outcome, Subject, score
from .walked_cases import Walker

Row = dict[str, Any]

_MOST_STEPS = 60
"""To the first vertebra; two to six are usual, twelve planes may be tried."""


def starts_of(subject: Subject, walker: Walker) -> Row:
    """What starts in a scan give, and whether both ways from the middle equal the way down.

    Returns
    -------
    dict
        ``starts``, ``right``, ``wrong`` (label started in → label that came, or None),
        ``from_top`` and ``both_ways`` (labels found).
    """
    whole = prepare(subject.scan, walker.card, walker.predict)
    hurried = replace(whole, config=replace(whole.config, max_steps=_MOST_STEPS))
    came = {label: _first(subject, hurried, label) for label in subject.targets}
    middle = subject.targets[len(subject.targets) // 2]
    return {
        "starts": len(came),
        "right": sum(label == first for label, first in came.items()),
        "wrong": {str(label): first for label, first in came.items() if label != first},
        "from_top": sorted(_found_labels(subject, whole)),
        "both_ways": sorted(_found_labels(subject, whole, inside(subject, middle))),
    }


def inside(subject: Subject, label: int) -> Zyx:
    """A random voxel well inside a vertebra: where a person would click."""
    voxels = np.argwhere(subject.labels == label)
    spacing = np.array(subject.scan.grid.spacing_mm)
    distance = np.linalg.norm((voxels - np.median(voxels, axis=0)) * spacing, axis=1)
    near = voxels[distance <= np.quantile(distance, 0.3)]
    return Zyx(*(int(v) for v in near[np.random.default_rng(label).integers(len(near))]))


def _first(subject: Subject, walk: Walk, label: int) -> int | None:
    """Label under most of the first vertebra that a start in ``label`` gives."""
    first = _first_found(walk, inside(subject, label))
    if first is None:
        return None
    counts = np.bincount(subject.labels[first.slices][first.mask], minlength=256)
    counts[0] = 0
    return int(counts.argmax()) if counts.any() else None


def _first_found(walk: Walk, start: Zyx) -> VertebraInstance | None:
    """The vertebra that comes first; the walk need not go on."""
    for event in walk.events(start=start):
        if isinstance(event, VertebraFound):
            return walk.on_scan(event.vertebra)
    return None


def _found_labels(subject: Subject, walk: Walk, start: Zyx | None = None) -> set[int]:
    state = drain(walk.events(start=start, both=start is not None), lambda event: None)
    outcome = Outcome(walk.segmentation(state.found), state, 0.0)
    return {v.reference for v in score(subject, outcome).vertebrae if v.is_found}
