"""Whether the window stays awake while a walk goes on, and what kept it busy where not."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from qtpy.QtCore import QTimer
from viewer_person import Person

from napari_vertseg.ui import errands, worker
from napari_vertseg.ui.permissions import Action, Status

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


def _clocked(slots: list[tuple[float, float, str]], name: str, deed: Callable[..., Any]) -> Any:
    def clocked(*values: Any, **more: Any) -> Any:
        begin = time.perf_counter()
        cpu = time.thread_time()
        try:
            return deed(*values, **more)
        finally:
            took = time.perf_counter() - begin
            if took > SLOT_S:
                message = type(values[1]).__name__ if len(values) > 1 else ""
                event = getattr(values[1], "event", None) if len(values) > 1 else None
                detail = f"{message} {type(event).__name__}" if event is not None else message
                slots.append((took, time.thread_time() - cpu, f"{name} {detail}"))

    return clocked


def heartbeat(scan: Path | None, model: str) -> None:
    """Walk a scan; list every gap over 250 ms with its cause, and own slots over 100 ms."""
    slots: list[tuple[float, float, str]] = []
    receiver = worker._Receiver
    receiver.receive = _clocked(slots, "receive", receiver.receive)
    receiver.finish = _clocked(slots, "finish", receiver.finish)
    errands.Errands.save = _clocked(slots, "save", errands.Errands.save)
    person = Person(model)
    for action, button in person.walk.buttons.items():
        button.clicked.disconnect()
        wish = {
            Action.PLAY: lambda: person.walk._walk(_until("END")),
            Action.VERTEBRA: lambda: person.walk._walk(_until("VERTEBRA")),
            Action.PATCH: lambda: person.walk._walk(_until("PATCH")),
            Action.PAUSE: person.walk._pause,
            Action.BACK: person.walk._back,
            Action.STOP: person.walk._stop,
            Action.GO_ON: person.session.go_on_from_selected,
        }[action]
        button.clicked.connect(_clocked(slots, f"button {action.value}", lambda *_, w=wish: w()))
    person.open(scan)
    watch = Watch()
    begin = time.perf_counter()
    person.press(Action.VERTEBRA)
    person.wait_for(Status.PAUSED)
    person.press(Action.BACK)
    person.press(Action.PLAY)
    person.wait_for(Status.IDLE)
    seconds = time.perf_counter() - begin
    watch.end()
    tape = person.session.walk.tapes[-1].words
    person.leave()
    print(f"{tape} in {seconds:.0f} s; {watch.beats} beats")
    print(f"{len(watch.gaps)} gaps over {GAP_S * 1000:.0f} ms")
    for at, length, used, cause in watch.gaps:
        busy = f"{length * 1000:5.0f} ms, {used * 1000:4.0f} of them on the processor"
        print(f"  at {at:6.1f} s: {busy}  {cause}")
    print(f"{len(slots)} own slots over {SLOT_S * 1000:.0f} ms")
    for took, used, name in slots:
        print(f"  {took * 1000:5.0f} ms, {used * 1000:4.0f} of them on the processor  {name}")
    busy_gaps = sum(used > GAP_S for _, _, used, _ in watch.gaps)
    busy_slots = sum(used > SLOT_S for _, used, _ in slots)
    print(f"by processor time: {busy_gaps} gaps and {busy_slots} own slots; the rest is waiting")


def _until(name: str) -> Any:
    from napari_vertseg.ui.wishes import Until

    return Until[name]
