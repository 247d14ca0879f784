"""Which moment of a walk a sample shows: where the patch is, what is done, what is next (P17)."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from napari_vertseg.training import SampleShares

from .view import View

_BRIGHT_SHARE = 0.6
_BRIGHT_HU = 140
_END_SHARE = 0.4
"""Share of targets that are the first or the last vertebra in view."""


@dataclass(frozen=True, eq=False)
class Moment:
    """A drawn state of the walk."""

    center: NDArray[np.float64]
    """(3,) patch centre in voxels of the view."""
    done: tuple[int, ...] = ()
    """Labels already in the memory, in walking order."""
    plane: float | None = None
    """Everything with a smaller z counts as done (P27)."""


def draw_moment(
    rng: np.random.Generator, view: View, shares: SampleShares, spacing_mm: float
) -> Moment:
    """Draw one of the states of ``SampleShares``; places only where no vertebra is in view."""
    if not view.order:
        return Moment(center=_anywhere(rng, view))
    weights = np.array(astuple(shares))
    kind = rng.choice([f.name for f in fields(shares)], p=weights / weights.sum())
    jitter = 1.0 / spacing_mm
    match str(kind):
        case "anywhere":
            return Moment(center=_anywhere(rng, view))
        case "searching":
            return Moment(center=_near(rng, view, _pick(rng, view), (60, 50, 50), jitter))
        case "arriving":
            return _arriving(rng, view, jitter)
        case "settling":
            return _settling(rng, view, jitter)
        case "seeded":
            return _seeded(rng, view, jitter)
        case "redone":
            return _redone(rng, view, jitter)
        case "done":
            return Moment(center=_anywhere(rng, view), done=view.order)
        case _:
            return _beyond(rng, view, jitter)


def _pick(rng: np.random.Generator, view: View) -> int:
    return int(rng.choice(view.order))


def _anywhere(rng: np.random.Generator, view: View) -> NDArray[np.float64]:
    """Uniform over the scan, or about something bright that is no vertebra.

    Ribs, pelvis, a heart full of contrast: uniform places show them too seldom, and
    a walk through a wide field of view settles on them.
    """
    size = np.array(view.image.shape, dtype=np.float64)
    if rng.random() < _BRIGHT_SHARE:
        bright = np.flatnonzero((view.image > _BRIGHT_HU) & (view.labels == 0))
        if bright.size:
            place = np.unravel_index(int(rng.choice(bright)), view.image.shape)
            return np.array(place) + rng.normal(0, 6, 3)
    return rng.uniform(-0.05, 1.05, 3) * size


def _index(rng: np.random.Generator, view: View) -> int:
    """Number of the target in walking order, the ends of the view more often than the rest.

    Most of what goes wrong begins there: the first vertebra is cut by the scan, or only its
    arch is in view, and it is found with an empty memory.
    """
    if rng.random() < _END_SHARE:
        return 0 if rng.random() < 0.7 else len(view.order) - 1
    return int(rng.integers(len(view.order)))


def _near(
    rng: np.random.Generator,
    view: View,
    label: int,
    reach_mm: tuple[float, float, float],
    jitter: float,
) -> NDArray[np.float64]:
    """Around a vertebra's centre."""
    reach = np.array(reach_mm) * jitter
    return view.center(label) + rng.uniform(-reach, reach)


def _arriving(rng: np.random.Generator, view: View, jitter: float) -> Moment:
    """Patch where the last vertebra settled; its successor is the target."""
    index = _index(rng, view)
    if index == 0:
        # Nothing is done yet: the search comes from before the first vertebra.
        center = view.center(view.order[0])
        center[0] -= rng.uniform(0, 60) * jitter
        center[1:] += rng.uniform(-40, 40, 2) * jitter
        return Moment(center=center)
    center = view.center(view.order[index - 1]) + rng.normal(0, 2.5, 3) * jitter
    return Moment(center=center, done=view.order[:index])


def _settling(rng: np.random.Generator, view: View, jitter: float) -> Moment:
    """Patch on its way to the target's centre, mostly close."""
    index = _index(rng, view)
    reach = (5.0, 5.0, 5.0) if rng.random() < 0.6 else (28.0, 18.0, 18.0)
    center = _near(rng, view, view.order[index], reach, jitter)
    return Moment(center=center, done=view.order[:index])


def _redone(rng: np.random.Generator, view: View, jitter: float) -> Moment:
    """As settling, with some vertebrae ahead done too: accepted before a walk is redone."""
    moment = _settling(rng, view, jitter)
    ahead = view.order[len(moment.done) + 1 :]
    return replace(moment, done=moment.done + ahead[: int(rng.integers(1, 4))])


def _seeded(rng: np.random.Generator, view: View, jitter: float) -> Moment:
    """A plane with all behind it done; on it, perhaps, vertebrae found since (P27)."""
    index = int(rng.integers(len(view.order)))
    first = max(index - int(rng.choice([0, 0, 0, 1, 1, 2, 3])), 0)
    box = view.boxes[view.order[first]][0]
    # Behind a finished vertebra the walk puts the plane into its first half.
    low, high = (-0.4, 0.8) if first == index else (0.0, 0.45)
    plane = box.start + rng.uniform(low, high) * (box.stop - box.start)
    center = _near(rng, view, view.order[index], (18, 14, 14), jitter)
    return Moment(center=center, done=view.order[first:index], plane=float(plane))


def _beyond(rng: np.random.Generator, view: View, jitter: float) -> Moment:
    """All is done; the patch looks at the last vertebra or at the sacrum."""
    if view.sacrum_center is not None and rng.random() < 0.5:
        center = np.array(view.sacrum_center) + rng.normal(0, 15, 3) * jitter
        return Moment(center=center, done=view.order)
    center = view.center(view.order[-1]) + rng.normal(0, 4, 3) * jitter
    center[0] += max(rng.normal(0, 20), 0) * jitter
    return Moment(center=center, done=view.order)
