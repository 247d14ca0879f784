"""Rename the whole chain at one stroke: *this is L5*."""

from __future__ import annotations

from typing import Final

from qtpy.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from ..anatomy import Level, is_target
from ..editing import Spine, rename_chain
from ..editing.chain_names import Reach
from ..errors import EditImpossible
from .running import Ended
from .session import Session
from .widgets import allow, button, row

_ALL, _DOWN, _UP, _ALONE = "and all others", "and those below", "and those above", "it alone"
_REACH: Final[dict[str, Reach]] = {_ALL: "all", _DOWN: "down", _UP: "up", _ALONE: "all"}
_SPINES = {
    "12 thoracic, 5 lumbar": Spine(),
    "13 thoracic (T13)": Spine(thoracic=13),
    "11 thoracic (no T12)": Spine(thoracic=11),
    "6 lumbar (L6)": Spine(lumbar=6),
    "4 lumbar": Spine(lumbar=4),
}


class NameRow(QWidget):
    """Level of the selected vertebra; others follow by their distance."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.level = QComboBox()
        self.level.setToolTip("What the selected vertebra is.")
        for level in sorted((v for v in Level if is_target(int(v))), key=_rank):
            self.level.addItem(level.name, level)
        self.level.setCurrentText("L5")
        self.spine = QComboBox()
        self.spine.setToolTip("How many vertebrae this spine has.")
        for name, spine in _SPINES.items():
            self.spine.addItem(name, spine)
        self.reach = QComboBox()
        self.reach.setToolTip("Who is named with it, by the distance from it.")
        self.reach.addItems(list(_REACH))
        self.rename = button(
            "Rename chain", "Name vertebrae by their distance from this one.", self._rename
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row(QLabel("This is"), self.level, self.reach))
        layout.addLayout(row(self.spine, self.rename))

    def refresh(self) -> None:
        """Enable what is possible now."""
        work = self.session.work
        has = work is not None and work.selected is not None
        allow(self.rename, None if has else "No vertebra is selected: click its row in the table.")

    def _rename(self) -> None:
        work = self.session.work
        if work is None or work.selected is None:
            return
        reach = self.reach.currentText()
        records = [r for r in work.chain if reach != _ALONE or r.id == work.selected]
        try:
            renaming = rename_chain(
                {record.id: record.level for record in records},
                [record.id for record in records],
                work.selected,
                Level(self.level.currentData()),
                spine=self.spine.currentData(),
                reach=_REACH[reach],
                locked=frozenset(work.steps.locked),
            )
        except EditImpossible as error:
            self.session.failed.emit(Ended(error))
            return
        work.rename(renaming.name, renaming.after)


def _rank(level: Level) -> int:
    from ..anatomy import head_to_foot_rank

    return head_to_foot_rank(int(level))
