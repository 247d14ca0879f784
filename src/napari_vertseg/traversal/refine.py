"""Moving the patch until it settles on a vertebra (P7 to P9)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..volume import Window, Zyx
from .config import TraversalConfig
from .fragment import Fragment, dice, next_center
from .look import Look


@dataclass(frozen=True, eq=False, slots=True)
class Followed:
    """What was followed in one evaluation."""

    fragment: Fragment
    window: Window

    def overlap(self, other: Followed) -> float:
        """Dice of both, by their voxels in the scan."""
        return dice(self.fragment, self.window, other.fragment, other.window)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Candidate:
    """A vertebra on its way to being committed; places are those of the scan as walked."""

    look: Look
    """The last evaluation."""
    fragment: Fragment
    """What is followed in it."""
    last_overlap: float
    """Dice of the last two evaluations; 0 after the first. At the midpoint, of the last one and
    whichever of the two before it is more like it: it lies between them."""
    before: Followed | None = None
    """The evaluation before the last one."""
    next_center: Zyx
    """Centre of the fragment's bounding box (P7)."""
    visited: tuple[Zyx, ...]
    """Where the patch has been for it, in order; last, where it is."""
    has_converged: bool
    """The patch stays where it is."""

    @property
    def evaluations(self) -> int:
        """Of this vertebra, the look of the search included."""
        return len(self.visited)

    @property
    def followed(self) -> Followed:
        """What is followed, and where."""
        return Followed(self.fragment, self.look.window)


def first_sight(look: Look, fragment: Fragment) -> Candidate:
    """A fragment that a search has found; at least one more evaluation follows (P8)."""
    return Candidate(
        look=look,
        fragment=fragment,
        last_overlap=0.0,
        next_center=next_center(fragment, look.window),
        visited=(look.window.center,),
        has_converged=False,
    )


def destination(candidate: Candidate, config: TraversalConfig) -> Zyx:
    """Where the candidate is evaluated next.

    The centre of its bounding box; if ``max_refinements`` evaluations do not
    settle it, the midpoint of the last two positions, per axis (P9).
    """
    if not is_unsettled(candidate, config):
        return candidate.next_center
    last = config.max_refinements - 1
    here, before = _position(candidate, last), _position(candidate, last - 1)
    return Zyx(*((a + b) // 2 for a, b in zip(here, before, strict=True)))


def is_unsettled(candidate: Candidate, config: TraversalConfig) -> bool:
    """Whether the next evaluation is the last one, at the midpoint (P9).

    A patch that is back where it was goes round in circles from then on: equal
    input, equal answer. The remaining evaluations are left out, and only they:
    the midpoint is the one that all ``max_refinements`` would have led to.
    """
    is_circling = candidate.next_center in candidate.visited
    return is_circling or candidate.evaluations >= config.max_refinements


def _position(candidate: Candidate, index: int) -> Zyx:
    """Where the patch is at an evaluation, counted from 0, circling on if need be."""
    visited = candidate.visited
    if index < len(visited):
        return visited[index]
    first = visited.index(candidate.next_center)
    return visited[first + (index - first) % (len(visited) - first)]


def follow(
    candidate: Candidate, look: Look, fragment: Fragment, config: TraversalConfig
) -> Candidate:
    """The candidate after one more evaluation.

    It has converged when the new centre differs by at most δ_max on every axis
    from the one *just evaluated* (P8), or when this was the evaluation at the
    midpoint (P9): the mask kept is always the one of the evaluated window.
    """
    center = next_center(fragment, look.window)
    is_last = is_unsettled(candidate, config)
    now, last = Followed(fragment, look.window), candidate.followed
    compared = [last, candidate.before] if is_last and candidate.before else [last]
    return replace(
        candidate,
        look=look,
        fragment=fragment,
        last_overlap=max(now.overlap(earlier) for earlier in compared),
        before=last,
        next_center=center,
        visited=(*candidate.visited, look.window.center),
        has_converged=is_last or is_settled(center, look.window.center, config),
    )


def is_settled(center: Zyx, evaluated: Zyx, config: TraversalConfig) -> bool:
    """Whether the patch would move by at most δ_max on every axis (P8)."""
    furthest = max(abs(a - b) for a, b in zip(center, evaluated, strict=True))
    return furthest * config.spacing_mm <= config.convergence_mm
