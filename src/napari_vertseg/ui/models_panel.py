"""The Models panel: every model of the project, which one is used, and models as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QFileDialog,
    QInputDialog,
    QLabel,
    QPlainTextEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from ..errors import OutputRefused
from ..rounds.models import promote, roll_back
from .compare_judgement import way_back
from .compare_table import Column, RecordView
from .models_panel_rows import ModelRow, details, exported, imported, rows_of_models, short
from .retrain_place import model_to_walk_with, workplace_of
from .running import Ended
from .session import Session
from .sessions import session_of
from .widgets import Complaint, allow, button, disclaimer, row

_FILES: Final = "Models (*.vertseg-model.zip *.zip)"
_SUFFIX: Final = ".vertseg-model.zip"
_NO_PROJECT: Final = "Open a project in the Retrain panel."
_NO_CHOICE: Final = "Choose a model in the table."
_IN_USE: Final = "#009e73"

_COLUMNS: Final = (
    Column(
        title="Model",
        tip="Name of its folder.",
        text=lambda m: m.name,
        colour=lambda m: _IN_USE if m.state == "active" else None,
    ),
    Column(title="State", tip="What was decided about it.", text=lambda m: m.state),
    Column(title="From", tip="Where it comes from.", text=lambda m: m.origin),
    Column(title="Parent", tip="Model it was trained from.", text=lambda m: m.parent or "–"),
    Column(title="Made", tip="Date.", text=lambda m: m.created or "–"),
    Column(
        title="Score",
        tip="Mean Dice of the scans that judged it when it was made: scans of this project, or "
        "others elsewhere. Which of two models is better is seen in Compare.",
        text=lambda m: m.score_words,
        sort=lambda m: -1.0 if m.score is None else m.score,
    ),
    Column(
        title="Data",
        tip="Scans and sources it was trained on; their hashes stand below.",
        text=lambda m: str(len(m.data)),
        sort=lambda m: len(m.data),
    ),
    Column(title="Steps", tip="Of training.", text=lambda m: str(m.steps), sort=lambda m: m.steps),
    Column(
        title="MB",
        tip="Size of its weights.",
        text=lambda m: f"{m.megabytes:.2f}",
        sort=lambda m: m.megabytes,
    ),
    Column(
        title="Weights",
        tip="Beginning of their SHA-256.",
        text=lambda m: short(m.weights_sha256),
    ),
)


class ModelsPanel(QWidget):
    """Lists the models of its viewer's project."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session, self.place = session, workplace_of(session)
        self.rows: list[ModelRow] = []
        self.back_to: str | None = None
        self.is_busy = False
        self.view = RecordView(_COLUMNS, lambda model: self.refresh())
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.use = button("Use", "Use this model from now on.", self._use, name="use")
        self.walk = button(
            "Walk with it",
            "Choose it in the Walk panel, once; the model in use stays.",
            self._walk,
            name="walk",
        )
        self.back = button(
            "Roll back", "Use the model from before.", self._roll_back, name="rollback"
        )
        self.export = button(
            "Export…", "Write it as one file: card and weights.", self._export, name="export"
        )
        self.take = button(
            "Import…",
            "Take a model file in. A file that holds anything else is refused.",
            self._import,
            name="import",
        )
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.complaint = Complaint()
        self._lay_out()
        self.place.changed.connect(self._on_project)
        self.place.moved.connect(self.read)
        self.refresh()
        self.read()

    def read(self) -> None:
        """Look at the models anew."""
        project = self.place.project
        if project is not None:
            self.place.ask(
                lambda: (rows_of_models(project), way_back(project)), self._take, self._complain
            )

    def refresh(self) -> None:
        """Show what is known; what is impossible now says why."""
        self.view.show_records(self.rows)
        chosen = self.chosen()
        project = None if self.place.project else _NO_PROJECT
        busy = "Something is under way." if self.is_busy else None
        none = project or busy or (None if chosen else _NO_CHOICE)
        in_use = "It is in use already." if chosen and chosen.state == "active" else None
        allow(self.use, none or in_use)
        allow(self.walk, none)
        allow(self.export, none)
        allow(self.take, project or busy)
        nothing = None if self.back_to else "No model was promoted in this project."
        allow(self.back, project or busy or nothing)
        self.back.setText(f"Roll back to {self.back_to}" if self.back_to else "Roll back")
        text = details(chosen) if chosen else ""
        if self.details.toPlainText() != text:
            self.details.setPlainText(text)

    def chosen(self) -> ModelRow | None:
        """The model that is selected in the table."""
        return self.view.current()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        parts = QSplitter(Qt.Orientation.Horizontal)
        parts.addWidget(self.view)
        parts.addWidget(self.details)
        parts.setStretchFactor(0, 2)
        layout.addWidget(parts, 1)
        layout.addLayout(row(self.use, self.walk, self.back, self.export, self.take))
        layout.addWidget(self.said)
        layout.addWidget(self.complaint)
        layout.addWidget(disclaimer())

    def _take(self, found: tuple[list[ModelRow], str | None]) -> None:
        chosen = self.chosen()
        self.rows, self.back_to = found
        self.refresh()
        if chosen is not None:
            self.view.select(lambda model: model.name == chosen.name)
            self.refresh()

    def _use(self) -> None:
        project, chosen = self.place.project, self.chosen()
        if project is None or chosen is None:
            return

        def deed() -> str:
            promote(project, chosen.name, who=self.place.annotator())
            return model_to_walk_with(project)

        self._do(deed, lambda model: self._switched(f"{chosen.name} is used from now on.", model))

    def _roll_back(self) -> None:
        project = self.place.project
        if project is None:
            return

        def deed() -> tuple[str, str]:
            change = roll_back(project, who=self.place.annotator())
            return change.after or "The shipped model", model_to_walk_with(project)

        self._do(deed, lambda done: self._switched(f"{done[0]} is used again.", done[1]))

    def _walk(self) -> None:
        chosen = self.chosen()
        if chosen is not None:
            shipped = chosen.origin == "shipped"
            self.place.model_offered.emit(chosen.name if shipped else str(chosen.folder))
            self.said.setText(f"The next walk uses {chosen.name}.")

    def _export(self) -> None:
        chosen = self.chosen()
        if chosen is None:
            return
        name = f"{chosen.name}{_SUFFIX}"
        path, _ = QFileDialog.getSaveFileName(self, "Export a model", name, _FILES)
        if path:
            self._do(lambda: exported(chosen, Path(path)), self.said.setText)

    def _import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Import a model", "", _FILES)
        if path:
            self._import_as(Path(path), None)

    def _import_as(self, path: Path, name: str | None) -> None:
        project = self.place.project
        if project is not None:
            self._do(
                lambda: imported(path, project, name),
                self._imported,
                lambda ended: self._not_imported(path, ended),
            )

    def _not_imported(self, path: Path, ended: Ended) -> None:
        """The name may be taken: then another one is asked for."""
        if not isinstance(ended.error, OutputRefused):
            self._complain(ended)
            return
        words = f"{ended.error}\n\nAnother name:"
        name, is_given = QInputDialog.getText(self, "Import a model", words)
        if is_given and name.strip():
            QTimer.singleShot(0, lambda: self._import_as(path, name.strip()))

    def _imported(self, words: str) -> None:
        self.said.setText(words)
        self.place.moved.emit()

    def _switched(self, words: str, model: str) -> None:
        self.said.setText(words)
        self.place.model_offered.emit(model)
        self.place.moved.emit()

    def _do(
        self,
        deed: Callable[[], Any],
        done: Callable[[Any], Any],
        failed: Callable[[Ended], None] | None = None,
    ) -> None:
        self.complaint.hide()
        self.said.setText("")
        self.is_busy = True
        self.refresh()
        self.place.ask(deed, done, failed or self._complain, self._rest)

    def _rest(self) -> None:
        self.is_busy = False
        self.refresh()

    def _on_project(self) -> None:
        self.rows, self.back_to = [], None
        self.said.setText("")
        self.refresh()
        self.read()

    def _complain(self, ended: Ended) -> None:
        self.complaint.show_error(ended)


def models_panel(viewer: Any) -> ModelsPanel:
    """The Models panel of a viewer."""
    return ModelsPanel(session_of(viewer))
