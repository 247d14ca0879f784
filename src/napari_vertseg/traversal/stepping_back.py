"""Taking back the vertebra found last, exactly: a walk that goes on tells the same again."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from .memory import InstanceMemory
from .state import TraversalState

_KEPT = tuple(f.name for f in fields(TraversalState) if f.name not in ("memory", "next_id"))


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A walk at one moment, without the voxels of its memory: cheap enough for every vertebra."""

    ids: frozenset[int]
    """Vertebrae found by then."""
    state: TraversalState
    """Everything else; its memory holds only the half-space."""

    @classmethod
    def of(cls, state: TraversalState) -> Checkpoint:
        """Note where a walk stands, between two events."""
        plane = InstanceMemory.empty((0, 0, 0))
        plane.half_space = state.memory.half_space
        copied = {name: _copied(getattr(state, name)) for name in _KEPT}
        return cls(
            ids=frozenset(found.id for found in state.found),
            state=replace(state, memory=plane, **copied),
        )

    def restore(self, state: TraversalState) -> list[int]:
        """Take a walk back to this moment, in place.

        ``next_id`` goes on counting: an id is never given twice.

        Returns
        -------
        list of int
            Ids of the vertebrae that are forgotten, in order of discovery.
        """
        newest = {found.id: found for found in state.found}
        forgotten = [found.id for found in state.found if found.id not in self.ids]
        for instance in forgotten:
            state.memory.forget(instance)
        state.memory.half_space = self.state.memory.half_space
        for name in _KEPT:
            setattr(state, name, _copied(getattr(self.state, name)))
        # What was seen again since stays as it was seen last: its voxels are those in the memory.
        # What was withdrawn since has none there, and stays withdrawn.
        state.found = [newest[found.id] for found in state.found if found.id in newest]
        return forgotten


def _copied(value: Any) -> Any:
    """Lists change while the walk goes; all else in a state is frozen."""
    return list(value) if isinstance(value, list) else value
