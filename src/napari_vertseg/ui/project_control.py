"""What the wishes of the Project and Queue panels lead to: one project, one case in the viewer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from psygnal import Signal

from ..cases import (
    ModelRef,
    Project,
    ProjectSettings,
    ReviewedRange,
    Role,
    set_role,
)
from ..errors import VertsegError
from .marks import mark_of
from .permissions import Status
from .project_case import CaseOnScreen
from .project_import import ImportWish, Taken, take_in
from .project_look import ProjectLook
from .project_opening import ReadCase, read_case
from .project_rows import CaseRow
from .project_tasks import ProjectTasks
from .retrain_place import who, workplace_of
from .running import Ended
from .session import Session

_MOST_RECENT: Final = 8
_NO_PROJECT: Final = "No project is open: open one, or make one."


class ProjectControl(ProjectTasks):
    """The project that the panels of one viewer show, and the case that is open in it.

    Files are read and written beside the window; whatever fails is told by ``failed``.
    """

    said = Signal(str)

    def __init__(self, session: Session) -> None:
        self.session = session
        super().__init__(workplace_of(session), session.start)
        self.look = ProjectLook(self.place, session.start)
        self.open_case: CaseOnScreen | None = None
        self._was_walking = False
        self._walked: tuple[CaseOnScreen, ModelRef] | None = None
        """A walk that has ended and is in no file yet."""
        self.look.changed.connect(self._tell)
        self.look.failed.connect(self._fail)
        self.place.changed.connect(self._on_project)
        self.place.moved.connect(self.refresh)
        session.changed.connect(self._on_session)
        session.scan_changed.connect(self._on_scan)
        session.chain_changed.connect(self._tell)
        # Not the chain: the journal has to know of a step before it is written.
        session.steps_changed.connect(self._on_steps)
        session.closed.connect(self._on_closed)

    @property
    def project(self) -> Project | None:
        """The open project."""
        return self.place.project

    @property
    def annotator(self) -> str:
        """Whose name every version gets."""
        return self.session.settings.annotator or who()

    def call_annotator(self, name: str) -> None:
        """From now on; a case that is open keeps the name it was opened with."""
        self.session.remember(replace(self.session.settings, annotator=name.strip()))

    def recent(self) -> tuple[Path, ...]:
        """Projects that were open, the newest first, where they are still there."""
        return tuple(Path(p) for p in self.session.settings.projects if Path(p).is_dir())

    @property
    def rows(self) -> list[CaseRow]:
        """All cases, oldest first, as they were at the last look."""
        return self.look.rows

    def refresh(self) -> None:
        """Look at the project again."""
        case = self.open_case
        self.look.here = case.id if case is not None and not case.read_only else None
        self.look.refresh()

    def against_change(self) -> str | None:
        """Why the project cannot be changed now; None if it can."""
        if self.project is None:
            return _NO_PROJECT
        return f"{self.busy} This takes a moment." if self.busy else None

    def against_case(self) -> str | None:
        """Why the case in the viewer cannot be changed now; None if it can."""
        if self.open_case is None:
            return "No case is open: double-click one in the table."
        if self.open_case.read_only:
            return f"You only look: {self.open_case.read_only}"
        walk = self.session.walk
        if walk is not None and walk.status not in (Status.IDLE, Status.PAUSED):
            return "The walk is running; pause it first."
        return self.against_change()

    def new_project(self, path: Path, *, copy_scans: bool = False) -> None:
        """Make a project and work in it."""
        name = self.annotator
        settings = ProjectSettings(copy_scans=copy_scans)
        self._show_from(
            f"Making {path.name}.", lambda: Project.create(path, settings=settings, who=name)
        )

    def open_project(self, path: Path) -> None:
        """Work in a project that is there."""
        self._show_from(f"Opening {path.name}.", lambda: Project.open(path))

    def make_demo(self, path: Path) -> None:
        """Make a project with four made scans."""
        from ..study.demo_project import make_demo_project

        name = self.annotator
        self._show_from(
            "Making four scans; this takes about a minute.",
            lambda: make_demo_project(path, who=name),
        )

    def import_scans(self, wish: ImportWish) -> None:
        """Take scans in; those that are refused are told, the others come."""
        project = self.project
        if project is None or self.busy:
            return
        refused: list[str] = []

        def told(taken: Taken) -> None:
            if taken.is_error:
                refused.append(taken.words)
            self.said.emit(taken.words)
            if taken.case is not None:
                self.refresh()

        def over() -> None:
            if refused:
                self._fail(Ended(VertsegError("\n".join(refused))))

        name = self.annotator
        self._do("Importing.", lambda: take_in(project, wish, name), told, over)

    def set_role(self, case_id: str, role: Role) -> None:
        """Use the scans of a patient otherwise."""
        project, name = self.project, self.annotator
        if project is None:
            return
        patient = project.case(case_id).patient
        self._ask(f"Changing {case_id}.", lambda: set_role(project, patient, role, who=name))

    def exclude(self, why: str) -> None:
        """Use the open case for nothing."""
        self._with_desk("Excluding the case.", lambda case: case.exclude(why))

    def include(self) -> None:
        """Use the open case again."""
        self._with_desk("Including the case.", lambda case: case.include())

    def question_before_leaving(self) -> str | None:
        """What to ask before another case is opened; None where nothing is at stake."""
        case = self.open_case
        if case is None or not case.unsaved:
            return None
        are = "s are" if case.unsaved > 1 else " is"
        return (
            f"{case.unsaved} step{are} not saved in {case.id}. Save them as a new version? "
            "Without that the journal keeps them: they are offered when you open it again."
        )

    def show_case(self, case_id: str) -> None:
        """Open a case in the viewer; the one that was open is let go, as it is.

        What is not saved in that one stays in its journal.
        """
        project, shown = self.project, self.open_case
        if project is None or self.busy or (shown and shown.id == case_id and not shown.read_only):
            return
        if not self.close_case():
            return
        name = self.annotator

        self._ask(
            f"Opening {case_id}.", lambda: read_case(project, case_id, name), self._show_opened
        )

    def close_case(self) -> bool:
        """Let go of the open case and take its layers away; False while that is not possible."""
        case = self.open_case
        if case is None:
            return True
        walk = self.session.walk
        if self.busy or (walk is not None and walk.status not in (Status.IDLE, Status.PAUSED)):
            reason = (
                "The case cannot be closed while a walk or a save is under way: wait or stop it."
            )
            self._fail(Ended(VertsegError(reason)))
            return False
        case.close()
        layers = self.session.viewer.layers
        for layer in [one for one in layers if _is_of(one, case.scan_id)]:
            layers.remove(layer)
        self._let_go()
        return True

    def save(self, then: Callable[[], None] = lambda: None) -> None:
        """Save the open case as a new version."""
        case = self.open_case
        if case is not None and self._may(self.against_case()):

            def saved() -> None:
                self.said.emit(f"{case.id}: version {len(case.case.versions)} is saved.")
                then()

            self._begin(f"Saving {case.id}.", case.save, saved)

    def submit(self, reviewed: ReviewedRange) -> None:
        """Give the open case to training, what is not saved included."""
        case = self.open_case
        if case is not None and self._may(self.against_case()):
            self._begin(
                f"Submitting {case.id}.",
                lambda over: case.submit(reviewed, over),
                lambda: self.said.emit(f"{case.id} is submitted: models may learn from it."),
            )

    def state_reviewed(self, reviewed: ReviewedRange | None) -> None:
        """Between which vertebrae of the open case none was missed."""
        case = self.open_case
        if case is not None and case.reviewed != reviewed:
            case.reviewed = reviewed
            self._write_table()
            self._tell()

    def paint_ignored(self) -> None:
        """Bring up the layer in which regions without loss are painted."""
        case = self.open_case
        if case is not None and self._may(self.against_case()):
            case.ignore.show()
            self.said.emit(
                "Paint over what shall not count, such as metal; label 0 erases. "
                "Save version keeps it."
            )

    def judge(self, **changes: Any) -> None:
        """Change what the table says of the selected vertebra."""
        case = self.open_case
        if case is not None and case.work.selected is not None:
            case.work.judge(case.work.selected, **changes)

    def sign_of_life(self) -> None:
        """Say that the open case is still worked on; every minute or so."""
        case = self.open_case
        if case is not None and case.keeper.desk is not None and not self.busy:
            self.place.ask(case.keeper.desk.sign_of_life, _ignore, self._fail)

    def _show_from(self, words: str, make: Callable[[], Project]) -> None:
        if not self.busy and self.close_case():
            self._ask(words, make, self.place.show)

    def _on_project(self) -> None:
        project = self.project
        self.close_case()
        if project is not None:
            place = str(project.folder.path)
            others = [p for p in self.session.settings.projects if p != place]
            recent = (place, *others)[:_MOST_RECENT]
            self.session.remember(replace(self.session.settings, projects=recent))
        self.look.forget()
        self.refresh()

    def _show_opened(self, answer: ReadCase) -> None:
        opened, read_only = answer.case, answer.read_only
        self.session.show_case(opened)
        if self.session.work is not None:
            self.session.work.first_id = opened.next_id
            if read_only:
                self.session.work.freeze(read_only)
        case = CaseOnScreen(self.session, opened.case, read_only, ignore=answer.ignore)
        self.open_case = case
        if answer.ignore is not None:
            case.ignore.reveal()
        self.session.show_side()
        self.said.emit(read_only or f"{opened.case.id} is open for {self.annotator}.")
        self._tell()

    def _on_session(self) -> None:
        walk, case = self.session.walk, self.open_case
        is_walking = walk is not None and walk.status is not Status.IDLE
        if self._was_walking and not is_walking and case is not None and walk is not None:
            record = walk.job.model if walk.job is not None else None
            if record is not None and walk.work is case.work:
                self._walked = (
                    case,
                    ModelRef(name=record.name, weights_sha256=record.weights_sha256),
                )
        self._was_walking = is_walking
        self._keep_walk()
        self._tell()

    def _keep_walk(self) -> None:
        """Keep the walk that has ended last as a prediction, once nothing else is under way."""
        if self._walked is not None and not self.busy:
            (case, model), self._walked = self._walked, None
            if case is self.open_case:
                self._begin_quietly(lambda over: case.keep_prediction(model, over))

    def _on_scan(self) -> None:
        """The layer of the case may have been deleted by hand."""
        case = self.open_case
        if case is not None and not self.session.has(case.scan_id):
            self._let_go()

    def _on_steps(self) -> None:
        self._write_table()
        self._tell()

    def _write_table(self) -> None:
        case = self.open_case
        if case is not None and not self.busy and not self.session.is_walking():
            self._begin_quietly(case.write_table)

    def _begin_quietly(self, begin: Callable[[Callable[[Ended], None]], bool]) -> None:
        """Like ``_begin``, of something that the person did not ask for by name."""

        def over(how: Ended) -> None:
            self._over(how)
            if how.error is None:
                self._write_table()  # what was said meanwhile

        if not self.busy:
            self.busy = "The table is being saved."
            if not begin(over):
                self.busy = ""

    def _with_desk(self, words: str, deed: Callable[[Any], object]) -> None:
        case = self.open_case
        if case is not None and self._may(self.against_case()):
            desk = case.keeper.desk
            self._ask(words, lambda: deed(desk))

    def _over(self, how: Ended) -> None:
        if how.error is None and self.open_case is not None:
            self.look.renew(self.open_case.id)
        super()._over(how)
        self._keep_walk()

    def _let_go(self) -> None:
        if self.open_case is not None:
            self.open_case.close()
            self.open_case = None
            self.refresh()
        self._tell()

    def _on_closed(self) -> None:
        self.look.close()
        if self._working is not None:
            self._working.abandon()
        if self.open_case is not None:
            self.open_case.close()
            self.open_case = None


_CONTROLS: Final[WeakKeyDictionary[Any, ProjectControl]] = WeakKeyDictionary()


def control_of(session: Session) -> ProjectControl:
    """The one of a session, which its panels share."""
    made = _CONTROLS.get(session)
    if made is None:
        made = _CONTROLS[session] = ProjectControl(session)
        session.closed.connect(lambda: _CONTROLS.pop(session, None))
    return made


def _is_of(layer: Any, scan_id: str) -> bool:
    mark = mark_of(layer)
    return mark is not None and mark.scan_id == scan_id


def _ignore(answer: object) -> None:
    """Nothing to do with it."""
