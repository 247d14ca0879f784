"""One step of the search: the next window worth a look (P5, P6, P13)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ..volume import Window
from . import telling
from .events import Finished, Searching, SearchOutcome, SearchStage, Withdrawn
from .fragment import Fragment
from .look import Look, focus
from .refine import first_sight
from .route import is_barred, move_on
from .scene import Scene
from .search import Sighting, constant_patch, may_hold_bone, row_of, window_at
from .state import Phase
from .turning import end_of_way


def search(scene: Scene) -> Searching | Withdrawn | Finished | None:
    """Look at the next window that may hold bone; None where the walk turned back."""
    skipped = 0
    while not _is_row_seen(scene):
        window = window_at(scene.state.cursor, scene.shape, scene.config)
        if window is None:
            return end_of_way(scene)
        if _is_worth_a_look(scene, window):
            return _look_at(scene, window, skipped)
        skipped += 1
        move_on(scene)
    return _look_at_surest(scene)


def _is_worth_a_look(scene: Scene, window: Window) -> bool:
    if not may_hold_bone(scene.image, window, scene.config):
        return False
    constant = constant_patch(scene.image, scene.memory, window)
    return constant is None or constant not in scene.state.constant_patches


def _look_at(scene: Scene, window: Window, skipped: int) -> Searching:
    state = scene.state
    constant = constant_patch(scene.image, scene.memory, window)
    look = scene.look(window)
    if constant is not None:
        state.constant_patches.append(constant)
    fragment = focus(look, scene.config, is_barred=partial(is_barred, scene))
    stage = state.cursor.stage
    if fragment is None:
        move_on(scene)
        return _nothing(scene, stage, look, skipped)
    if _waits(scene, look, fragment):
        move_on(scene)
        outcome = SearchOutcome.SIGHTED
        return telling.searching(scene, stage, outcome, look, fragment, skipped)
    return _follow(scene, stage, look, fragment, skipped)


def _look_at_surest(scene: Scene) -> Searching:
    """Look once more at the surest window of the row, and follow what is there."""
    state = scene.state
    sighting = state.sightings[-1]
    window = window_at(replace(state.cursor, index=sighting.index), scene.shape, scene.config)
    if window is None:
        raise ValueError(f"{sighting} lies outside the scan")
    look = scene.look(window)  # may raise: only then is the state changed
    state.sightings.pop()
    # Moving on, after a rejection, leads to the next row again, and so to the next surest.
    row = row_of(sighting.index, scene.shape, scene.config)
    state.cursor = replace(state.cursor, index=row.stop - 1)
    fragment = focus(look, scene.config, is_barred=partial(is_barred, scene))
    if fragment is None:
        move_on(scene)
        return _nothing(scene, SearchStage.RASTER, look, 0)
    return _follow(scene, SearchStage.RASTER, look, fragment, 0)


def _is_row_seen(scene: Scene) -> bool:
    """Whether fragments were sighted and no window at their height is left."""
    state = scene.state
    if not state.sightings or state.cursor.stage is not SearchStage.RASTER:
        return False
    return state.cursor.index not in row_of(state.sightings[0].index, scene.shape, scene.config)


def _waits(scene: Scene, look: Look, fragment: Fragment) -> bool:
    """Whether other windows at this height come first; the fragment is noted then."""
    state = scene.state
    if scene.config.follows == "first" or state.cursor.stage is not SearchStage.RASTER:
        return False
    certainty = float(look.probability[fragment.slices][fragment.mask].mean()) / 255.0
    row = row_of(state.cursor.index, scene.shape, scene.config)
    is_surest = all(certainty > other.certainty for other in state.sightings)
    if state.cursor.index == row.stop - 1 and is_surest:
        return False
    state.sightings.append(Sighting(state.cursor.index, certainty))
    # Of equal ones the first goes first.
    state.sightings.sort(key=lambda sighting: (sighting.certainty, -sighting.index))
    return True


def _follow(
    scene: Scene, stage: SearchStage, look: Look, fragment: Fragment, skipped: int
) -> Searching:
    scene.state.candidate = first_sight(look, fragment)
    scene.state.phase = Phase.REFINE
    return telling.searching(scene, stage, SearchOutcome.FRAGMENT, look, fragment, skipped)


def _nothing(scene: Scene, stage: SearchStage, look: Look, skipped: int) -> Searching:
    known = focus(look, scene.config)
    outcome = SearchOutcome.NOTHING if known is None else SearchOutcome.REJECTED_BEFORE
    return telling.searching(scene, stage, outcome, look, known, skipped)
