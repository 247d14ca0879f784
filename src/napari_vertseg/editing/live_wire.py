"""A contour that snaps to the edge of a vertebra between anchors (P25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.draw import polygon
from skimage.graph import MCP_Geometric

from ..errors import EditImpossible
from .edge_cost import EdgeRules, edge_cost

_DRAWN = 3.0
"""Price of running along the contour once more: the way home leads round the other side."""

Points = NDArray[np.float64]
"""(n, 2) rows and columns of a slice, in voxels."""


@dataclass(frozen=True, eq=False, slots=True)
class Contour:
    """A closed line in a slice; it belongs to what it encloses."""

    points: Points
    """(n, 2) row and column, in order; the last is joined to the first."""

    def mask(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """(rows, columns) bool: what lies inside or on the line."""
        rows, columns = self.points.T
        mask = np.zeros(shape, dtype=bool)
        # Pixels whose centre lies on the line are in, so those of a wire are.
        mask[polygon(rows, columns, shape)] = True
        return mask


class LiveWire:
    """A contour in the making: anchors, joined along the cheapest way over the edge cost.

    The paper's references were drawn like this in sagittal slices. ``way_to`` is for the
    moving cursor: after the first call from an anchor it only looks the way up. Where the edge
    cannot be seen, ``draw`` takes free-hand points.
    """

    def __init__(
        self,
        image: NDArray[np.int16],
        spacing_mm: tuple[float, float],
        rules: EdgeRules | None = None,
        reach_mm: float = 80.0,
    ) -> None:
        """Begin a contour.

        Parameters
        ----------
        image : (rows, columns) int16 HU
            The slice.
        spacing_mm : tuple of float
            Of rows and columns.
        rules : EdgeRules, optional
            What counts as an edge.
        reach_mm : float
            How far from its anchor the wire may run along either axis.
        """
        self._cost = edge_cost(image, spacing_mm, rules)
        self._spacing_mm = spacing_mm
        self._reach = tuple(max(1, round(reach_mm / mm)) for mm in spacing_mm)
        self._legs: list[Points] = []
        self._search: _Search | None = None

    @property
    def points(self) -> Points:
        """The open line so far."""
        return np.concatenate(self._legs) if self._legs else np.empty((0, 2))

    def anchor(self, point: ArrayLike) -> Points:
        """Set an anchor and lead the wire there; returns the new leg, ending in the anchor.

        Raises
        ------
        EditImpossible
            The point lies outside of the slice or out of reach.
        """
        place = self._pixel(point)
        leg = self.way_to(place) if self._legs else np.array([place], dtype=np.float64)
        return self._append(leg)

    def draw(self, points: ArrayLike) -> Points:
        """Go on by free hand through points; the last is the new anchor.

        Raises
        ------
        EditImpossible
            There is no point, or one lies outside of the slice.
        """
        line = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        if not len(line):
            raise EditImpossible("a free-hand line needs a point")
        for point in line:
            self._pixel(point)
        return self._append(line)

    def way_to(self, point: ArrayLike) -> Points:
        """The leg that ``anchor`` would add, without adding it.

        Raises
        ------
        EditImpossible
            There is no anchor yet, or the point lies outside of the slice or out of reach.
        """
        if not self._legs:
            raise EditImpossible("the contour has no anchor yet; click on the edge first")
        place = self._pixel(point)
        if self._search is None:
            self._search = _Search(
                self._cost_now(), self._pixel(self._legs[-1][-1]), self._reach, self._spacing_mm
            )
        return self._search.way_to(place)

    def back(self) -> None:
        """Take the last leg away, wire or free hand; nothing where there is none."""
        if self._legs:
            self._legs.pop()
        self._search = None

    def close(self) -> Contour:
        """Lead the wire home to the first anchor; the legs stay, so that one may go on.

        Raises
        ------
        EditImpossible
            Fewer than two anchors, or the first one is out of reach.
        """
        if len(self.points) < 3:
            raise EditImpossible(
                "the contour encloses nothing yet; set two more anchors along the edge"
            )
        home = self.way_to(self._legs[0][0])
        return Contour(np.concatenate([self.points, home[:-1]]))

    def close_straight(self) -> Contour:
        """Join the last point to the first by a straight line.

        Raises
        ------
        EditImpossible
            Fewer than three points.
        """
        return contour(self.points)

    def _append(self, leg: Points) -> Points:
        self._legs.append(leg)
        self._search = None
        return leg

    def _pixel(self, point: ArrayLike) -> tuple[int, int]:
        row, column = (int(v) for v in np.rint(np.asarray(point, dtype=np.float64)))
        height, width = self._cost.shape
        if not (0 <= row < height and 0 <= column < width):
            raise EditImpossible(
                f"the point ({row}, {column}) lies outside of the slice of {height} × {width} "
                "pixels"
            )
        return row, column

    def _cost_now(self) -> NDArray[np.float64]:
        cost = self._cost.copy()
        rows, columns = np.rint(self.points).astype(int).T
        cost[rows, columns] += _DRAWN
        return cost


class _Search:
    """All cheapest ways from one anchor within its reach."""

    def __init__(
        self,
        cost: NDArray[np.float64],
        start: tuple[int, int],
        reach: Sequence[int],
        spacing_mm: tuple[float, float],
    ) -> None:
        corner = [max(p - r, 0) for p, r in zip(start, reach, strict=True)]
        near = tuple(slice(c, p + r + 1) for c, p, r in zip(corner, start, reach, strict=True))
        self._corner = np.array(corner)
        self._mcp = MCP_Geometric(cost[near], sampling=spacing_mm)
        self._shape = cost[near].shape
        self._mcp.find_costs([tuple(np.array(start) - self._corner)])

    def way_to(self, place: tuple[int, int]) -> Points:
        """Pixels after the anchor up to the place."""
        inside = np.array(place) - self._corner
        if (inside < 0).any() or (inside >= self._shape).any():
            raise EditImpossible(
                "the wire finds no way: the point is too far from the last anchor; set an anchor "
                "in between, or draw this part by free hand"
            )
        way = np.array(self._mcp.traceback(tuple(inside)), dtype=np.float64)
        leg: Points = (way[1:] if len(way) > 1 else way) + self._corner
        return leg


def contour(points: ArrayLike) -> Contour:
    """A closed contour from free-hand points alone.

    Raises
    ------
    EditImpossible
        Fewer than three points.
    """
    line = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if len(line) < 3:
        raise EditImpossible(f"a contour needs three points, there are {len(line)}")
    return Contour(line)
