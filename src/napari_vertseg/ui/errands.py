"""What is done beside the window for a session, the walk apart: read, take over, save."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..cases import Project
from ..errors import CaseIncomplete, VertsegError
from ..io import read_scan
from .chain import Chain
from .edits import find_edits
from .foreign import ForeignGeometry, check_layer, to_scan
from .journal_keeper import Tally
from .journal_version import OpenedCase, open_case
from .mask_layers import on_scan
from .messages import Edited, Message, Note, Proposed, ScanRead, Turn, Weighed
from .proposals import propose, propose_file
from .records import evidence_of
from .running import Ended, Running, Work
from .saving import export_table, no_record, save_masks

if TYPE_CHECKING:
    from .session import Session
    from .work import SpineWork

Over = Callable[[Ended], None]


class Errands:
    """Starts tasks of one session, and puts what comes of them into the viewer."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._running: dict[object, Running] = {}
        """What is under way; an errand that is over lets go of all it knew."""
        self._busy: list[SpineWork] = []
        self._turning: list[SpineWork] = []

    def open_scan(
        self, path: Path, *, spacing_mm: tuple[float, float, float] | None = None
    ) -> None:
        """Read a scan and show it."""

        def read() -> Generator[Message, None, None]:
            yield Note(f"Reading {path.name}…")
            yield ScanRead(read_scan(path, spacing_mm=spacing_mm))
            yield Turn()

        self._do(read)

    def open_case(self, project: Project, case_id: str, annotator: str) -> None:
        """Open a case of a project for changes; told in words where somebody else has it."""

        def read() -> Generator[Message | OpenedCase, None, None]:
            yield Note(f"Opening {case_id}…")
            yield open_case(project, case_id, annotator)
            yield Turn()

        def show(message: Any) -> None:
            if isinstance(message, OpenedCase):
                self._session.show_case(message)
            else:
                self._take(message)

        self.begin(read, show, self._ended)

    def take_layer(self, layer: Any, geometry: ForeignGeometry) -> None:
        """Work on the scan of another reader's layer; that layer is hidden."""
        try:
            check_layer(layer)
        except VertsegError as error:
            self._session.failed.emit(Ended(error))
            return

        def take() -> Generator[Message, None, None]:
            yield Note(f"Taking over the layer {layer.name}…")
            yield ScanRead(to_scan(layer, geometry))
            yield Turn()

        def show(message: Message) -> None:
            self._take(message)
            if isinstance(message, ScanRead):
                self._session.note_taken_over()
                layer.visible = False

        self._do(take, show)

    def take_mask_file(self, path: Path) -> None:
        """Take a mask file as the proposal for the current scan."""
        work = self._empty_work()
        if work is not None:
            most = work.spine.most_ids
            self._do(lambda: propose_file(path, work.scan, work.next_id, most), self._taker(work))

    def take_mask_layer(self, layer: Any) -> None:
        """Take a labels layer as the proposal for the current scan."""
        work = self._empty_work()
        if work is None:
            return

        def take() -> Generator[Message, None, None]:
            labels = on_scan(layer, work.scan, is_taken_over=work.is_taken_over)
            most, name = work.spine.most_ids, f"the layer {layer.name}"
            yield from propose(labels, work.scan, work.next_id, most, name=name)

        def show(message: Message) -> None:
            self._take(message, work)
            if isinstance(message, Proposed):
                layer.visible = False

        self._do(take, show)

    def save(self, path: Path, *, keep_incomplete: bool) -> None:
        """Write the masks of the current scan, edits by hand included."""
        work, walk = self._session.work, self._session.walk
        if work is None or walk is None:
            return
        records, describe = list(work.chain), walk.job.describe if walk.job else no_record
        keeper = self._session.keeper
        mark = keeper.mark() if keeper is not None else Tally()

        def save() -> Generator[Message, None, None]:
            now = {record.id: record for record in records}
            for message in find_edits(work.spine.labels, records, work.scan):
                if isinstance(message, Edited):
                    now.update({record.id: record for record in message.records})
                    now = {key: r for key, r in now.items() if key not in message.gone}
                yield message
            chain = Chain.of(work.scan.grid, now.values())
            yield from save_masks(
                path,
                chain.segmentation(),
                work.scan,
                keep_incomplete=keep_incomplete,
                describe=describe,
            )

        def ended(how: Ended) -> None:
            self._ended(how)
            if how.error is None and keeper is not None:
                keeper.exported(mark)

        self.begin(save, self._taker(work), ended)

    def export_table(self, path: Path) -> None:
        """Write the table of the current scan as CSV."""
        if self._session.work is not None:
            rows = self._session.work.chain.numbered()
            self._do(lambda: export_table(path, rows))

    def run(
        self, task: Callable[[], Generator[Message, None, None]], over: Over = lambda how: None
    ) -> None:
        """Do something that touches no layer, and log what it says."""

        def ended(how: Ended) -> None:
            self._ended(how)
            over(how)

        self.begin(task, self._take, ended)

    def check_edits(self, work: SpineWork) -> None:
        """See what a hand has changed; called when a stroke has ended."""
        records = list(work.chain)
        places = None if work.is_unsure else work.steps.index.places()
        work.is_unsure = False
        self._do_for(work, lambda: find_edits(work.spine.labels, records, work.scan, places))

    def split_or_join(self, work: SpineWork) -> None:
        """One layer per vertebra or back, each in a turn of its own of the window's loop."""
        steps = work.join() if work.is_split() else work.split()

        def turns() -> Generator[Message, None, None]:
            for _ in range(len(work.chain) + 1):
                yield Turn()

        def take(message: Message) -> None:
            next(steps, None)

        def ended(how: Ended) -> None:
            deque(steps, maxlen=0)  # what a stopped errand left: half of the layers help nobody
            self._turning.remove(work)
            self._ended(how)
            self._session.bring_up_to_date()
            self._session.changed.emit()

        self._turning.append(work)
        self._session.changed.emit()
        self.begin(turns, take, ended)

    def is_turning(self, work: SpineWork) -> bool:
        """Whether single layers are being made or taken away."""
        return any(turning is work for turning in self._turning)

    def weigh(self, work: SpineWork) -> None:
        """Look for doubts about every vertebra, in the scan around it too."""
        records, scan, labels = list(work.chain), work.scan, work.spine.labels

        def weigh() -> Generator[Message, None, None]:
            yield Weighed({r.id: evidence_of(r, scan.grid, scan.voxels, labels) for r in records})

        self._do_for(work, weigh)

    def is_busy_with(self, work: SpineWork) -> bool:
        """Whether table and labels of a scan are being compared now."""
        return any(busy is work for busy in self._busy)

    def abandon(self) -> None:
        """Nobody listens any more."""
        for running in self._running.values():
            running.abandon()

    def _empty_work(self) -> SpineWork | None:
        work = self._session.work
        if work is not None and len(work.chain):
            error = CaseIncomplete(
                "There are vertebrae already, and a mask cannot be taken on top of them; "
                "save them if they are worth it, remove all, and take the mask then."
            )
            self._session.failed.emit(Ended(error))
            return None
        return work

    def begin(self, task: Work, take: Callable[[Any], None], ended: Over) -> None:
        """Start a task; nobody hears of it any more once the viewer has closed."""
        token, is_over = object(), False

        def over(how: Ended) -> None:
            nonlocal is_over
            is_over = True
            self._running.pop(token, None)
            ended(how)

        running = self._session.start(task, take, over)
        if not is_over:  # some starters work at once
            self._running[token] = running

    def _do(
        self,
        task: Callable[[], Generator[Message, None, None]],
        take: Callable[[Message], None] | None = None,
    ) -> None:
        self.begin(task, take or self._take, self._ended)

    def _do_for(self, work: SpineWork, task: Callable[[], Generator[Message, None, None]]) -> None:
        """One comparison at a time; what changes meanwhile is seen to afterwards."""

        def ended(how: Ended) -> None:
            self._busy.remove(work)
            self._ended(how)
            self._session.bring_up_to_date()

        self._busy.append(work)
        self.begin(task, self._taker(work), ended)

    def _taker(self, work: SpineWork) -> Callable[[Message], None]:
        return lambda message: self._take(message, work)

    def _take(self, message: Message, work: SpineWork | None = None) -> None:
        match message:
            case Note(text=text):
                self._session.logged.emit(text)
            case ScanRead(scan=scan):
                self._session.show_scan(scan)
                for warning in scan.warnings:
                    self._session.logged.emit(warning)
            case Turn():
                self._session.show_side()
            case Proposed(records=records) if work is not None:
                work.add_records(records)
            case Edited() if work is not None:
                work.apply_edits(message)
            case Weighed(evidence=evidence) if work is not None:
                work.chain.weigh(evidence)

    def _ended(self, ended: Ended) -> None:
        if ended.error is not None:
            self._session.failed.emit(ended)
