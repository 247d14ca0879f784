"""The settings of the tools; free of the session."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFormLayout, QLabel, QWidget

from .chain import Chain
from .correct_tools import Tool, ToolWish, needs
from .widgets import choices

_IN_MM = (Tool.GROW, Tool.SHRINK, Tool.SMOOTH)
WITH_POINTS = (Tool.SPLIT, Tool.CUT, Tool.WIRE)


class CorrectForm(QWidget):
    """Which tool, with what; shows only what the tool needs."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.tool = choices(Tool)
        self.tool.setToolTip("What to do with the selected vertebra.")
        self.other = QComboBox()
        self._offered_for: int | None = None
        self.other.setToolTip("This one goes over to the selected vertebra.")
        self.amount = QDoubleSpinBox()
        self.amount.setRange(0.1, 20.0)
        self.amount.setSingleStep(0.5)
        self.amount.setValue(2.0)
        self.amount.setSuffix(" mm")
        self.amount.setToolTip("How far, in millimetres.")
        self.below = QCheckBox("from the next slice instead of the one before")
        self.below.setToolTip("Copy from the slice with the higher number.")
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addRow("Tool", self.tool)
        layout.addRow("Other", self.other)
        layout.addRow("By", self.amount)
        layout.addRow(self.below)
        layout.addRow(self.hint)
        self._layout = layout
        self.tool.currentIndexChanged.connect(lambda _: self._choose())
        self._choose()

    def chosen(self) -> Tool:
        """The tool."""
        return Tool(self.tool.currentData())

    def wish(self, vertebra: int) -> ToolWish:
        """What is asked for; places and slices come from the viewer."""
        other = self.other.currentData()
        return ToolWish(
            tool=self.chosen(),
            vertebra=vertebra,
            other=None if other is None else int(other),
            amount_mm=self.amount.value(),
            from_below=self.below.isChecked(),
        )

    def offer(self, chain: Chain | None, selected: int | None) -> None:
        """Vertebrae to merge with: the neighbours of the selected one come first."""
        before = self.other.currentData() if selected == self._offered_for else None
        self._offered_for = selected
        order = [record.id for record in chain] if chain is not None else []
        place = order.index(selected) if selected in order else 0
        others = sorted(
            (v for v in order if v != selected), key=lambda v: abs(order.index(v) - place)
        )
        self.other.clear()
        for vertebra in others:
            self.other.addItem(chain.called(vertebra) if chain else "", vertebra)
        if before in others:
            self.other.setCurrentIndex(others.index(before))

    def _choose(self) -> None:
        tool = self.chosen()
        self._layout.setRowVisible(self.other, tool is Tool.MERGE)
        self._layout.setRowVisible(self.amount, tool in _IN_MM)
        self._layout.setRowVisible(self.below, tool is Tool.COPY)
        self.hint.setText(needs(tool))
        self.hint.setVisible(bool(needs(tool)))
        self.changed.emit()
