"""One step of the search: the next window worth a look (P5, P6, P13)."""

from __future__ import annotations

from functools import partial

from ..volume import Window
from . import telling
from .events import Finished, Searching, SearchOutcome
from .look import focus
from .refine import first_sight
from .route import end_of_way, is_barred, move_on
from .scene import Scene
from .search import constant_patch, may_hold_bone, window_at
from .state import Phase


def search(scene: Scene) -> Searching | Finished | None:
    """Look at the next window that may hold bone; None where the walk turned back."""
    skipped = 0
    while (window := window_at(scene.state.cursor, scene.shape, scene.config)) is not None:
        if _is_worth_a_look(scene, window):
            return _look_at(scene, window, skipped)
        skipped += 1
        move_on(scene)
    return end_of_way(scene)


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
        known = focus(look, scene.config)
        outcome = SearchOutcome.NOTHING if known is None else SearchOutcome.REJECTED_BEFORE
        move_on(scene)
        return telling.searching(scene, stage, outcome, look, known, skipped)
    state.candidate = first_sight(look, fragment)
    state.phase = Phase.REFINE
    return telling.searching(scene, stage, SearchOutcome.FRAGMENT, look, fragment, skipped)
