"""The first vertebra of a row, seen again from the one after it.

Not in the paper. What is found with an empty memory has nothing to lean on: a sliver at the
edge of the scan and the whole vertebra after it are taken for one, a walk up begins with L5
and a part of the sacrum. What comes after it is found all the same; seen from there the first
one is the next of a walk the other way (P27), and what was taken with it comes after that.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from . import telling
from .events import Rejected, RejectReason, VertebraFound
from .found import FoundVertebra
from .fragment import shared_voxels
from .route import chain_of, go_on_from, is_trusted, note_spacing, reject
from .scene import Scene
from .state import Phase

_SAME_SHARE = 0.5
"""Of the smaller one: what both looks have to share to be looks at the same vertebra."""


def first_of_row(scene: Scene) -> tuple[FoundVertebra, FoundVertebra] | None:
    """The vertebra to look back at and the one after it; None where there is nothing to do."""
    state, row = scene.state, chain_of(scene)
    if not scene.config.looks_back or state.is_anchored or len(row) < 2:
        return None
    if row[0].id in state.corrected or not is_trusted(scene):
        return None
    return row[0], row[1]


def earlier_look(scene: Scene) -> FoundVertebra | None:
    """The vertebra that is looked at again, as it was found."""
    again = scene.state.seen_again
    return next((v for v in scene.state.found if v.id == again), None)


def is_same(found: FoundVertebra, other: FoundVertebra) -> bool:
    """Whether both are looks at one vertebra."""
    shared = shared_voxels(found.fragment, found.window, other.fragment, other.window)
    least = min(np.count_nonzero(found.mask), np.count_nonzero(other.mask))
    return bool(shared >= _SAME_SHARE * least)


def settle(scene: Scene, found: FoundVertebra, before: FoundVertebra) -> VertebraFound | Rejected:
    """Keep the surer one of both looks, and go on beyond it."""
    state = scene.state
    # A person may have had a hand in it since the walk turned round.
    is_free = before.id not in state.corrected
    is_surer = is_free and found.confidence > before.confidence and is_same(found, before)
    state.seen_again = None
    if not is_surer:
        event = reject(scene, RejectReason.NO_SURER)
        _go_on(scene, before)
        return event
    better = replace(found, id=before.id)
    state.memory.forget(before.id)
    state.memory.remember(better.window, better.fragment.within(better.window), better.id)
    state.found.remove(before)
    state.found.append(better)
    _go_on(scene, better)
    return telling.vertebra_found(state, better)


def _go_on(scene: Scene, vertebra: FoundVertebra) -> None:
    state = scene.state
    state.candidate = None
    state.rejected.clear()
    state.phase = Phase.SEARCH
    note_spacing(state, vertebra, scene.config)
    go_on_from(scene, vertebra)
