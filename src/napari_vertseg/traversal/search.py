"""Where to look for a fragment, and where not to bother (P5, P13)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from ..volume import Window, Zyx
from .config import TraversalConfig
from .events import SearchStage
from .memory import InstanceMemory


@dataclass(frozen=True, slots=True)
class SearchCursor:
    """The place that the search has reached; all of the scan as walked."""

    stage: SearchStage = SearchStage.RASTER
    index: int = 0
    """Window within the stage."""
    anchor: Zyx | None = None
    """Centre of the patch of the last vertebra; needed by all stages but the raster."""
    raster_index: int = 0
    """Where the raster goes on if it must."""

    def anchored_at(self, center: Zyx, raster_index: int | None = None) -> SearchCursor:
        """After a vertebra: the same patch again (P10).

        Parameters
        ----------
        raster_index : int, optional
            Where the raster goes on if it must, in place of where it is.
        """
        here = self.index if self.stage is SearchStage.RASTER else self.raster_index
        resume_at = here if raster_index is None else raster_index
        return SearchCursor(SearchStage.SAME, 0, center, resume_at)

    def moved_on(self, *, is_trusted: bool) -> SearchCursor:
        """After a window with nothing in it, or with something that was rejected.

        Parameters
        ----------
        is_trusted : bool
            The chain is the spine: look only beyond it. Otherwise the raster
            goes on, with the window that led to the doubtful find (the memory
            has changed since).
        """
        if self.stage is not SearchStage.SAME:
            return replace(self, index=self.index + 1)
        if is_trusted:
            return replace(self, stage=SearchStage.BEYOND, index=0)
        return replace(self, stage=SearchStage.RASTER, index=self.raster_index)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A window of the raster that showed a fragment."""

    index: int
    """Window within the raster."""
    certainty: float
    """Mean probability of the fragment."""


def row_of(index: int, shape: Zyx, config: TraversalConfig) -> range:
    """Windows of the raster at the same height as one of them, or one beyond the last."""
    counts = raster_counts(shape, config)
    length = counts.y * counts.x
    first = index // length * length
    return range(first, first + length)


def window_at(cursor: SearchCursor, shape: Zyx, config: TraversalConfig) -> Window | None:
    """The window that a cursor points to; None where its stage is exhausted.

    Parameters
    ----------
    shape : Zyx
        Of the working grid.
    """
    if cursor.stage is SearchStage.RASTER:
        return _raster_window(cursor.index, shape, config)
    if cursor.anchor is None:
        raise ValueError(f"stage {cursor.stage} needs an anchor")
    if cursor.stage is SearchStage.SAME:
        return Window(cursor.anchor, config.patch_shape) if cursor.index == 0 else None
    return _window_beyond(cursor.anchor, cursor.index, shape, config)


def raster_counts(shape: Zyx, config: TraversalConfig) -> Zyx:
    """Windows along each axis; the last one may overhang."""
    counts = []
    for size, patch, step in zip(shape, config.patch_shape, config.search_step, strict=True):
        counts.append(1 + -(-max(size - patch, 0) // step))
    return Zyx(*counts)


def _raster_window(index: int, shape: Zyx, config: TraversalConfig) -> Window | None:
    """From the corner where the walk begins, x fastest, z slowest (P5)."""
    counts = raster_counts(shape, config)
    if index >= counts.z * counts.y * counts.x:
        return None
    rest, x = divmod(index, counts.x)
    z, y = divmod(rest, counts.y)
    starts = []
    axes = zip((z, y, x), shape, config.patch_shape, config.search_step, strict=True)
    for position, size, patch, step in axes:
        # A scan smaller than the patch lies in its middle.
        starts.append(min(size - patch, 0) // 2 + position * step)
    return Window.from_start(Zyx(*starts), config.patch_shape)


def _window_beyond(anchor: Zyx, index: int, shape: Zyx, config: TraversalConfig) -> Window | None:
    """Sliding on from the last vertebra in walking direction (P13).

    Straight on: a patch is four times as wide as the spine, and between two
    of these windows, half a patch apart, no spine leaves it sideways.
    """
    before = anchor._replace(z=anchor.z + index * config.search_step.z)
    if Window(before, config.patch_shape).stop.z >= shape.z:
        return None
    return Window(before._replace(z=before.z + config.search_step.z), config.patch_shape)


def may_hold_bone(image: NDArray[Any], window: Window, config: TraversalConfig) -> bool:
    """Whether a window is worth a forward pass."""
    region = image[window.inside(image.shape)]
    if region.size == 0:
        return False
    return config.search_min_hu is None or bool(region.max() > config.search_min_hu)


def constant_patch(
    image: NDArray[Any], memory: InstanceMemory, window: Window
) -> tuple[int, ...] | None:
    """What identifies a patch of one value and no memory; None for all other patches.

    The network is a function: of two such patches, air mostly, only one is sent.
    """
    region = image[window.inside(image.shape)]
    if region.size == 0 or region.min() != region.max() or memory.occupied(window).any():
        return None
    inside = window.inside_patch(image.shape)
    return (int(region.flat[0]), *(edge for s in inside for edge in (s.start, s.stop)))
