"""Whether the window stays awake while a walk goes on, and what kept it busy where not."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from qtpy.QtCore import QTimer
from viewer_clicks import answer_with
from viewer_clock import Clock
from viewer_person import Person

from napari_vertseg.ui.deeds import TableDeeds
from napari_vertseg.ui.permissions import Action, Status
from napari_vertseg.ui.replay_panel import ReplayPanel
from napari_vertseg.ui.samples import phantom_labels, phantom_scan
from napari_vertseg.ui.scan_panel import ScanPanel
from napari_vertseg.ui.vertebra_panel import VertebraPanel
from napari_vertseg.ui.views import View

BEAT_MS = 10
GAP_S = 0.25
SLOT_S = 0.1
_CAUSES = {
    "paintGL": "drawing with OpenGL",
    "on_draw": "drawing with OpenGL",
    "draw": "drawing with OpenGL",
    "_screenshot": "drawing with OpenGL",
    "_generate_thumbnail": "thumbnail of a layer",
    "update_thumbnail": "thumbnail of a layer",
    "_update_thumbnail": "thumbnail of a layer",
    "insert": "napari takes in a layer",
    "__delitem__": "napari lets go of a layer",
    "processEvents": "napari handles events",
}


class Watch:
    """A heart in the window's thread, and a thread that looks where it is when it stops."""

    def __init__(self) -> None:
        self.gaps: list[tuple[float, float, float, str]] = []
        """When, how long, how much of it on the processor, and why; seconds."""
        self.beats = 0
        self._used = time.thread_time()
        self._main = threading.get_ident()
        self._begun = self._last = time.perf_counter()
        self._seen: Counter[str] = Counter()
        self._is_on = True
        self._timer = QTimer()
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MS)
        self._looker = threading.Thread(target=self._look, daemon=True)
        self._looker.start()

    def end(self) -> None:
        self._is_on = False
        self._timer.stop()
        self._looker.join()

    def _beat(self) -> None:
        now = time.perf_counter()
        if now - self._last > GAP_S:
            cause = "; ".join(f"{name} {n}" for name, n in self._seen.most_common(3))
            used = time.thread_time() - self._used
            waited = cause or "the thread had no processor"
            self.gaps.append((self._last - self._begun, now - self._last, used, waited))
        self._seen.clear()
        self._used = time.thread_time()
        self._last = now
        self.beats += 1

    def _look(self) -> None:
        while self._is_on:
            time.sleep(0.01)
            if time.perf_counter() - self._last > SLOT_S:
                frame = sys._current_frames().get(self._main)
                if frame is not None:
                    self._seen[_cause(frame)] += 1


def _cause(frame: FrameType | None) -> str:
    """The deepest of our own functions on the stack, and what it waits for."""
    ours, what, top = "", "", ""
    while frame is not None:
        code = frame.f_code
        where = Path(code.co_filename)
        top = top or f"{where.stem}.{code.co_name}"
        what = what or _CAUSES.get(code.co_name, "")
        if not ours and "napari_vertseg" in where.parts and where.stem != "worker":
            ours = f"{where.stem}.{code.co_name}"
        frame = frame.f_back
    return " > ".join(part for part in (ours, what or top) if part)


def heartbeat(scan: Path | None, model: str | None) -> None:
    """Walk a scan; list every gap over 250 ms with its cause, and own slots over 100 ms.

    Without a model the made spine is walked with answers from its truth.
    """
    if model is None:
        scan = None
        answer_with(phantom_labels(), phantom_scan())
    clock = Clock(SLOT_S)
    clock.watch_ours()
    person = Person(model or "starter")
    person.open(scan)
    watch = Watch()
    begin = time.perf_counter()
    person.press(Action.VERTEBRA)
    person.wait_for(Status.PAUSED)
    person.press(Action.BACK)
    person.press(Action.PLAY)
    person.wait_for(Status.IDLE)
    tape = person.session.walk.tapes[-1].words
    print(f"{tape} in {time.perf_counter() - begin:.0f} s", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        _look_around(person, Path(folder))
    watch.end()
    person.leave()
    print(f"{watch.beats} beats, {len(watch.gaps)} gaps over {GAP_S * 1000:.0f} ms")
    for at, length, used, cause in watch.gaps:
        busy = f"{length * 1000:5.0f} ms, {used * 1000:4.0f} of them on the processor"
        print(f"  at {at:6.1f} s: {busy}  {cause}")
    busy_gaps = sum(used > GAP_S for _, _, used, _ in watch.gaps)
    print(f"{busy_gaps} of them by processor time; the rest is waiting for a processor")
    clock.tell()


def _look_around(person: Person, folder: Path) -> None:
    """What one does with a walked scan: rows, views, layers, replay, files, away with it."""
    session = person.session
    (table,) = person.window.findChildren(VertebraPanel)
    (scan,) = person.window.findChildren(ScanPanel)
    (replay,) = person.window.findChildren(ReplayPanel)
    for row in range(table.model.rowCount()):
        table.view.selectRow(row)
        person.rest(0.1)
    deeds = TableDeeds(session)
    for deed in (deeds.accept, deeds.flag, deeds.toggle_lock, deeds.go_to_most_suspicious):
        deed()
        person.rest(0.1)
    for view in (View.AXIAL, View.CORONAL, View.SAGITTAL):
        scan._view(view)
        person.rest(0.1)
    for _ in range(2):
        session.split_or_join()
        person.wait(lambda: not session.errands.is_turning(session.work))
        person.rest(0.1)
    replay.show_walk.click()
    person.wait(lambda: replay.control.replay is not None and not replay.control.is_loading)
    for _ in range(5):
        replay.on.click()
        person.rest(0.1)
    replay.leave.click()
    session.errands.save(folder / "masks.nii.gz", keep_incomplete=True)
    person.wait((folder / "masks.nii.gz").is_file)
    person.rest()
    session.work.undo()
    person.rest()
    session.clear()
    person.rest()
