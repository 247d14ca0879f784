"""Names of a whole chain from one that is known; no voxel is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ..anatomy import HEAD_TO_FOOT, Level
from ..errors import EditImpossible

Reach = Literal["all", "down", "up"]

_EVERYBODY = frozenset(HEAD_TO_FOOT) - {Level.T13, Level.L6}


@dataclass(frozen=True, slots=True)
class Spine:
    """Which levels a patient has."""

    thoracic: Literal[11, 12, 13] = 12
    lumbar: Literal[4, 5, 6] = 5

    @property
    def levels(self) -> tuple[Level, ...]:
        """All of them, head to foot; the sacrum ends the row."""
        has = set(_EVERYBODY)
        has |= {Level.T13} if self.thoracic == 13 else set()
        has |= {Level.L6} if self.lumbar == 6 else set()
        has -= {Level.T12} if self.thoracic == 11 else set()
        has -= {Level.L5} if self.lumbar == 4 else set()
        return tuple(level for level in HEAD_TO_FOOT if level in has)


@dataclass(frozen=True, slots=True)
class Renaming:
    """Levels before and after, by id; only those that differ."""

    name: str
    """Of the undo step."""
    before: Mapping[int, Level | None]
    after: Mapping[int, Level]


def rename_chain(
    levels: Mapping[int, Level | None],
    order: Sequence[int],
    known: int,
    level: Level,
    *,
    spine: Spine | None = None,
    reach: Reach = "all",
    locked: frozenset[int] = frozenset(),
) -> Renaming:
    """Name every vertebra by its distance from the one that is known.

    Parameters
    ----------
    levels : mapping of int to Level or None
        What every id is called now.
    order : sequence of int
        The ids, head to foot, without a vertebra left out.
    known : int
        Whose level is known.
    level : Level
        Its level.
    spine : Spine, optional
        12 thoracic and 5 lumbar vertebrae if not given.
    reach : {"all", "down", "up"}
        Whether the others are named both ways, towards the feet only or towards the head only.
    locked : frozenset of int
        Ids that keep their level.

    Raises
    ------
    EditImpossible
        The known vertebra is not in the chain, this spine has no such level, the chain is longer
        than the spine, a locked vertebra would get another name, or nothing would change.
    """
    name = f"This is {level.name}"
    if known not in order:
        raise EditImpossible(f"{name}: vertebra {known} is not in the chain; choose one that is")
    wanted = _named(name, order, known, level, spine or Spine(), reach)
    changed = {v: new for v, new in wanted.items() if levels.get(v) is not new}
    for vertebra in changed.keys() & locked:
        old = levels.get(vertebra)
        raise EditImpossible(
            f"{name}: {old.name if old else f'vertebra {vertebra}'} is locked and would become "
            f"{changed[vertebra].name}; unlock it, or rename only up or only down"
        )
    if not changed:
        raise EditImpossible(f"{name}: every vertebra already has its name; no step was made")
    before = {v: levels.get(v) for v in changed}
    return Renaming(name, MappingProxyType(before), MappingProxyType(changed))


def _named(
    name: str, order: Sequence[int], known: int, level: Level, spine: Spine, reach: Reach
) -> dict[int, Level]:
    row, place = spine.levels, order.index(known)
    if level not in row:
        raise EditImpossible(
            f"{name}: a spine of {spine.thoracic} thoracic and {spine.lumbar} lumbar vertebrae "
            "has no such level; change their numbers"
        )
    shift = row.index(level) - place
    first = place if reach == "down" else 0
    last = place if reach == "up" else len(order) - 1
    if first + shift < 0 or last + shift >= len(row):
        end = row[0] if first + shift < 0 else row[-1]
        raise EditImpossible(
            f"{name}: the chain would reach beyond {end.name}; choose another level, or look for "
            "a vertebra that was split in two"
        )
    return {order[i]: row[i + shift] for i in range(first, last + 1)}
