"""What has to be said about an image layer of another reader before it can be walked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtWidgets import QComboBox, QFormLayout, QGroupBox

from .foreign import CODES, UNITS_MM, ForeignGeometry, known_unit
from .marks import mark_of
from .widgets import button


class ForeignForm(QGroupBox):
    """Shown while such a layer is active; the unit is asked for only where it is unknown."""

    def __init__(self, take: Callable[[], None]) -> None:
        super().__init__("Image of another reader")
        self.unit = QComboBox()
        self.unit.addItems(list(UNITS_MM))
        self.unit.setToolTip("What one unit of the layer's scale is.")
        self.axes = QComboBox()
        for code, words in CODES.items():
            self.axes.addItem(f"{code}: {words}", code)
        self.axes.setToolTip("Where the layer's axes run in the patient.")
        form = QFormLayout(self)
        form.addRow("Unit", self.unit)
        form.addRow("Axes", self.axes)
        form.addRow(button("Use this layer", "Walk in this image.", take, name="use layer"))

    def show_for(self, layer: Any | None) -> None:
        """Show the form if a layer needs it."""
        is_foreign = layer is not None and layer._type_string == "image" and mark_of(layer) is None
        self.setVisible(is_foreign)
        if layer is not None and is_foreign:
            unit = known_unit(layer)
            self.unit.setEnabled(unit is None)
            if unit is not None:
                self.unit.setCurrentText(unit)
            self.setTitle(f"{layer.name}: image of another reader")

    def geometry_asked(self) -> ForeignGeometry:
        """What was chosen."""
        return ForeignGeometry(unit=self.unit.currentText(), axes=self.axes.currentData())
