"""Loss and validation of a training as two curves."""

from __future__ import annotations

from typing import Any, Final

import pyqtgraph as pg
from qtpy.QtCore import Qt

from .retrain_curves import Curves, Points

_LOSS: Final = "#56b4e9"
_DICE: Final = "#e69f00"
_BEST: Final = "#009e73"
_BASELINE: Final = "#f0f0f0"
_SMOOTHED_AT: Final = 12


class CurvePlot(pg.GraphicsLayoutWidget):
    """Loss above, Dice of real walks below, with the line of the start model."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(240)
        self.setMaximumHeight(360)
        self.setBackground("#262930")
        self._loss = self._add(0, "loss")
        self._dice = self._add(1, "Dice")
        self._dice.setLabel("bottom", "step")
        self._dice.setXLink(self._loss)
        self._dice.setYRange(0, 1)
        faint = pg.mkPen(_LOSS, width=1, style=Qt.PenStyle.DotLine)
        self.raw = self._loss.plot([], [], pen=faint)
        self.loss = self._loss.plot([], [], pen=pg.mkPen(_LOSS, width=2))
        self.dice = self._dice.plot(
            [], [], pen=pg.mkPen(_DICE, width=2), symbol="o", symbolSize=7, symbolBrush=_DICE
        )
        self.best = self._dice.plot([], [], pen=None, symbol="star", symbolSize=16)
        self.best.setSymbolBrush(_BEST)
        self.baseline = pg.InfiniteLine(
            angle=0,
            pen=pg.mkPen(_BASELINE, width=1, style=Qt.PenStyle.DashLine),
            label="",
            labelOpts={"position": 0.02, "anchors": [(0, 1), (0, 1)], "color": _BASELINE},
        )
        self._dice.addItem(self.baseline)
        self.show_curves(Curves(), "")

    def show_curves(self, curves: Curves, start_model: str, heading: str = "") -> None:
        """Draw what is known.

        Parameters
        ----------
        start_model : str
            How the dashed line is called; empty draws none.
        heading : str
            Which round it is.
        """
        self._loss.setTitle(heading or None, size="9pt")
        _set(self.raw, curves.loss)
        _set(self.loss, smoothed(curves.loss))
        _set(self.dice, curves.dice)
        last = max((points[-1][0] for points in (curves.loss, curves.dice) if points), default=1)
        self._loss.setXRange(0, max(last, 1), padding=0.03)
        _set(self.best, [p for p in curves.dice if p[0] == curves.best_step])
        baseline = curves.baseline if start_model else None
        self.baseline.setVisible(baseline is not None)
        if baseline is not None:
            self.baseline.setValue(baseline)
            self.baseline.label.setText(f"{start_model}: {baseline:.3f}")

    def _add(self, row: int, name: str) -> Any:
        plot = self.addPlot(row=row, col=0)
        plot.setLabel("left", name)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.showGrid(x=True, y=True, alpha=0.2)
        plot.getAxis("left").setWidth(48)
        return plot


def smoothed(points: Points) -> Points:
    """Mean over about a twelfth of the points so far; each is over ten steps already."""
    width = max(len(points) // _SMOOTHED_AT, 1)
    values = [value for _, value in points]
    return [
        (step, sum(part) / len(part))
        for i, (step, _) in enumerate(points)
        if (part := values[max(i + 1 - width, 0) : i + 1])
    ]


def _set(line: Any, points: Points) -> None:
    line.setData([step for step, _ in points], [value for _, value in points])
