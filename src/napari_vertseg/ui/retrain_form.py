"""Advanced settings of a training, and the order that they make."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QWidget,
)

from ..cases import Role
from ..launch import EXAMPLES, HERE, LaunchTemplate
from ..training import ACTIVE, TrainingRequest
from .retrain_control import Order
from .retrain_standing import Standing, Use
from .widgets import row

_ASKED = TrainingRequest()
_CASE = Qt.ItemDataRole.UserRole


class RetrainForm(QWidget):
    """Start model, scans, budget, and where it runs."""

    changed = Signal()

    def __init__(self, template: LaunchTemplate = HERE) -> None:
        super().__init__()
        self._standing: Standing | None = None
        self._folders = template.folders
        self.base = QComboBox()
        self.base.setToolTip("The model whose knowledge the training begins with.")
        self.preset = QComboBox()
        self.preset.addItems(["small", "tiny", "paper"])
        self.preset.setToolTip("Network to train from nothing; small is that of the starter.")
        self.scans = QListWidget()
        self.scans.setMaximumHeight(100)
        self.scans.setToolTip(
            "Ticked scans are trained on. Validation and test scans never are: they judge."
        )
        self.replay = _spin(
            0.0, 1.0, _ASKED.replay_share, 0.05, "Share of earlier cases and made data."
        )
        self.edited = _spin(
            1.0, 10.0, _ASKED.edited_weight, 0.5, "How much more an edited vertebra weighs."
        )
        self.minutes = _spin(0.0, 1440.0, _ASKED.minutes or 0.0, 5.0, "0 = no limit in minutes.")
        self.minutes.setDecimals(1)
        self.steps = _whole(0, 1_000_000, _ASKED.steps or 0, "0 = as many as the minutes allow.")
        self.validations = _whole(
            1, 100, _ASKED.validations, "How often the candidate walks the scans that judge."
        )
        self.patience = _whole(
            0, 100, _ASKED.patience or 0, "End after so many walks without a gain; 0 = never."
        )
        self.seed = _whole(0, 2**31 - 1, _ASKED.seed, "The same seed and data: the same model.")
        self.made = QCheckBox("made scans judge, too")
        self.made.setChecked(_ASKED.has_gate_phantoms)
        self.made.setToolTip(
            "Walk made scans where there are no earlier cases: they show what is forgotten."
        )
        self.rate = QLineEdit()
        self.rate.setPlaceholderText("as is usual")
        self.rate.setToolTip("Learning rate; empty takes 8e-4 from a model, 1e-3 from nothing.")
        self.name = QLineEdit()
        self.name.setPlaceholderText("round-N")
        self.name.setToolTip("Name of the candidate.")
        self.device = QComboBox()
        self.device.addItems(["auto", "cpu", "cuda", "mps"])
        self.device.setToolTip("A GPU is used only after its answer agreed with the CPU's.")
        self.line = QComboBox()
        self.line.setEditable(True)
        self.line.addItems(list(EXAMPLES.values()))
        for place, what in enumerate(EXAMPLES):
            self.line.setItemData(place, what, Qt.ItemDataRole.ToolTipRole)
        self.line.setCurrentText(template.line)
        self.line.setMinimumContentsLength(16)
        self.line.setToolTip(
            "How the trainer is called: here, on all GPUs, on another machine that sees the same "
            "folder, or through a queue."
        )
        self.python = QLineEdit(template.python or "")
        self.python.setPlaceholderText("the one of this program")
        self.python.setToolTip("Python that has the trainer, where it runs.")
        self.fault = QLabel()
        self.fault.setWordWrap(True)
        self.fault.setStyleSheet("color: #d55e00;")
        self._lay_out()
        self._listen()
        self._tell()

    def show_standing(self, standing: Standing) -> None:
        """Offer the models and scans of the project; what was chosen stays chosen."""
        if standing == self._standing:
            return
        self._standing = standing
        base = self.base.currentData()
        self.base.blockSignals(True)
        self.base.clear()
        self.base.addItem(f"active model ({standing.active})", ACTIVE)
        for name in standing.models:
            if name != standing.active:
                self.base.addItem(name, name)
        self.base.addItem("nothing (random weights)", None)
        if self.base.findData(base) >= 0 and base is not None:
            self.base.setCurrentIndex(self.base.findData(base))
        elif standing.active not in standing.models:
            self.base.setCurrentIndex(self.base.count() - 1)
        self.base.blockSignals(False)
        self._list_scans()

    def chosen(self) -> tuple[str, ...]:
        """Cases that are ticked."""
        items = [self.scans.item(i) for i in range(self.scans.count())]
        ticked = [i for i in items if i.checkState() == Qt.CheckState.Checked]
        return tuple(str(item.data(_CASE)) for item in ticked)

    def order(self) -> Order:
        """What the form asks for.

        Raises
        ------
        ValueError
            The settings contradict each other; the text says how.
        """
        minutes, steps = self.minutes.value() or None, self.steps.value() or None
        request = TrainingRequest(
            base=self.base.currentData(),
            preset=self.preset.currentText(),
            cases=self._asked_cases(),
            replay_share=round(self.replay.value(), 3),
            edited_weight=self.edited.value(),
            minutes=minutes,
            steps=steps,
            learning_rate=_number(self.rate.text()),
            patience=self.patience.value() or None,
            validations=self.validations.value(),
            seed=self.seed.value(),
            name=self.name.text().strip() or None,
            has_gate_phantoms=self.made.isChecked(),
        )
        return Order(
            request=request,
            template=self.template(),
            options=("--polite", "--device", self.device.currentText()),
        )

    def template(self) -> LaunchTemplate:
        """Where it runs; raises ``ValueError`` where the line never calls the trainer."""
        return LaunchTemplate(
            line=self.line.currentText().strip(),
            python=self.python.text().strip() or None,
            folders=self._folders,
        )

    def _asked_cases(self) -> tuple[str, ...] | None:
        """None for what would be taken anyway, so that the record says it was left open."""
        chosen = self.chosen()
        return None if set(chosen) == set(self._by_default()) else chosen

    def _by_default(self) -> list[str]:
        uses = self._standing.uses(self._base_name()) if self._standing else {}
        return [case for case, use in uses.items() if use is Use.CORRECTED]

    def _base_name(self) -> str | None:
        base: str | None = self.base.currentData()
        return self._standing.active if base == ACTIVE and self._standing else base

    def _list_scans(self) -> None:
        self.scans.blockSignals(True)
        self.scans.clear()
        standing = self._standing
        uses = standing.uses(self._base_name()) if standing else {}
        for scan in standing.scans if standing else ():
            use = uses[scan.case]
            why = f" ({scan.why_not})" if scan.why_not else ""
            item = QListWidgetItem(f"{scan.name} · {scan.role} · {use}{why}")
            item.setData(_CASE, scan.case)
            is_free = scan.version is not None and scan.role is Role.TRAIN
            is_ticked = use is Use.CORRECTED
            if is_free:
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Checked if is_ticked else Qt.CheckState.Unchecked)
            else:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.scans.addItem(item)
        self.scans.blockSignals(False)
        self.changed.emit()

    def _tell(self) -> None:
        self.preset.setEnabled(self.base.currentData() is None)
        try:
            self.order()
            self.fault.hide()
        except ValueError as error:
            self.fault.setText(f"{str(error).rstrip('.').capitalize()}.")
            self.fault.show()
        self.changed.emit()

    def _on_base(self) -> None:
        self._list_scans()
        self._tell()

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow("Start from", row(self.base, self.preset))
        form.addRow("Scans", self.scans)
        form.addRow("Replay", row(self.replay, QLabel("edited ×"), self.edited))
        form.addRow("Minutes", row(self.minutes, QLabel("steps"), self.steps))
        form.addRow("Walks", row(self.validations, QLabel("patience"), self.patience))
        form.addRow("Rate", row(self.rate, QLabel("seed"), self.seed))
        form.addRow("Name", row(self.name, QLabel("device"), self.device))
        form.addRow("Judges", self.made)
        form.addRow("Launch", self.line)
        form.addRow("Python", self.python)
        form.addRow(self.fault)

    def _listen(self) -> None:
        self.base.currentIndexChanged.connect(lambda index: self._on_base())
        self.scans.itemChanged.connect(lambda item: self._tell())
        for spin in (self.replay, self.edited, self.minutes):
            spin.valueChanged.connect(lambda value: self._tell())
        for spin in (self.steps, self.validations, self.patience, self.seed):
            spin.valueChanged.connect(lambda value: self._tell())
        for text in (self.rate, self.name, self.python):
            text.textChanged.connect(lambda value: self._tell())
        self.line.currentTextChanged.connect(lambda value: self._tell())


def _spin(low: float, high: float, value: float, step: float, tip: str) -> QDoubleSpinBox:
    made = QDoubleSpinBox()
    made.setRange(low, high)
    made.setSingleStep(step)
    made.setValue(value)
    made.setToolTip(tip)
    return made


def _whole(low: int, high: int, value: int, tip: str) -> QSpinBox:
    made = QSpinBox()
    made.setRange(low, high)
    made.setValue(value)
    made.setToolTip(tip)
    return made


def _number(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no learning rate; write it as 3e-4 or 0.0003") from None
