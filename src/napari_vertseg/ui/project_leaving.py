"""The question before another case, or another project, takes the place of the open one."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtWidgets import QMessageBox, QWidget

from .project_control import ProjectControl


def leave_then(parent: QWidget, control: ProjectControl, go: Callable[[], None]) -> None:
    """Go at once where nothing is at stake; otherwise ask, and save first if that is wished."""
    question = control.question_before_leaving()
    if question is None:
        go()
        return
    answers = QMessageBox.StandardButton
    buttons = answers.Save | answers.No | answers.Cancel
    answer = QMessageBox.question(parent, "Leave the case", question, buttons)
    if answer == answers.Save:
        control.save(then=go)
    elif answer != answers.Cancel:
        go()
