"""Offers work of an earlier session that was not saved."""

from __future__ import annotations

from qtpy.QtWidgets import QFrame, QLabel, QMessageBox, QVBoxLayout

from .session import Session
from .widgets import button, row


class RecoverBar(QFrame):
    """Shown only while there is something to recover."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.setObjectName("recover")
        self.setStyleSheet("QFrame#recover { border: 1px solid #e69f00; border-radius: 3px; }")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.accept = button("Recover", "Bring it back, as one step.", self._accept)
        self.refuse = button("Discard…", "Forget it for good.", self._refuse)
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        layout.addLayout(row(self.accept, self.refuse))
        session.steps_changed.connect(self.refresh)
        session.scan_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the newest offer, or nothing."""
        keeper = self.session.keeper
        offers = keeper.offers if keeper is not None else []
        self.setVisible(bool(offers))
        if offers:
            self.text.setText(offers[0].words)

    def _accept(self) -> None:
        keeper = self.session.keeper
        if keeper is not None and keeper.offers:
            keeper.accept(keeper.offers[0])

    def _refuse(self) -> None:
        keeper = self.session.keeper
        if keeper is None or not keeper.offers:
            return
        yes = QMessageBox.StandardButton.Yes
        question = "Forget the work that was not saved? It cannot be brought back."
        buttons = yes | QMessageBox.StandardButton.Cancel
        if QMessageBox.question(self, "Discard", question, buttons) == yes:
            keeper.refuse(keeper.offers[0])
