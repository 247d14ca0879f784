"""The scan as the walker sees it, and the one place where the predictor is called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..prediction import Predictor
from ..volume import OUTSIDE_HU, Window, Zyx
from .config import TraversalConfig
from .heading import Heading
from .look import Look, judged
from .memory import InstanceMemory
from .state import TraversalState


@dataclass(frozen=True, eq=False, slots=True)
class Scene:
    """One walk's surroundings, turned so that the walk goes towards +z."""

    image: NDArray[np.int16]
    """(z, y, x) HU as walked: a view."""
    predict: Predictor
    config: TraversalConfig
    heading: Heading
    state: TraversalState

    @classmethod
    def of(
        cls,
        image: NDArray[np.int16],
        predict: Predictor,
        config: TraversalConfig,
        state: TraversalState,
    ) -> Scene:
        """The scene for the way that a state goes now."""
        return cls(state.heading.array(image), predict, config, state.heading, state)

    @property
    def shape(self) -> Zyx:
        """Of the working grid."""
        return self.state.memory.shape

    @property
    def memory(self) -> InstanceMemory:
        """As walked: a view of its own that shares the voxels of the state's memory."""
        memory = self.state.memory.turned()
        return memory if self.state.direction == "up" else memory.turned()

    def window(self, center: Zyx) -> Window:
        """Patch at a centre."""
        return Window(center, self.config.patch_shape)

    def look(self, window: Window, plane: int | None = None) -> Look:
        """Evaluate a patch; the state changes only once the answer is there.

        Parameters
        ----------
        plane : int, optional
            Slice, as walked, to take instead of the half-space in the memory.
        """
        memory = self.memory
        if plane is not None:
            memory.seed_half_space(plane, "down")  # of this view, where all walks go down
        again = self.state.seen_again
        shown = memory.occupied(window, but=again)
        segmented = memory.segmented(window, but=again)
        prediction = self.predict(window.crop(self.image, OUTSIDE_HU), shown)
        look = judged(prediction, window, segmented, self.shape, self.config)
        self.state.step += 1
        self.state.window = self.heading.window(window)
        return look

    @property
    def plane(self) -> int | None:
        """Slice, as walked, before which everything counts as done."""
        half_space = self.memory.half_space
        return None if half_space is None else half_space.plane

    def place_plane(self, plane: int) -> None:
        """Move the half-space; what was rejected before may now be right."""
        z = self.heading.voxel(Zyx(plane, 0, 0)).z
        self.state.memory.seed_half_space(z, self.state.direction)
        self.state.rejected.clear()
