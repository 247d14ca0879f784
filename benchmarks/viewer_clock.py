"""What our slots take of the window's thread, napari's own part of it apart."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from napari.components.layerlist import LayerList

from napari_vertseg.ui import worker
from napari_vertseg.ui.replay_control import ReplayControl
from napari_vertseg.ui.replay_panel import ReplayPanel
from napari_vertseg.ui.scan_panel import ScanPanel
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.vertebra_panel import VertebraPanel
from napari_vertseg.ui.walk_control import WalkControl
from napari_vertseg.ui.walk_panel import WalkPanel
from napari_vertseg.ui.work import SpineWork

OURS: tuple[tuple[type[Any], tuple[str, ...]], ...] = (
    (worker._Receiver, ("receive", "finish")),
    (Session, ("play", "go_on_from_selected", "click", "show_scan", "show_side", "clear")),
    (Session, ("split_or_join", "work_on", "bring_up_to_date", "close")),
    (WalkControl, ("play", "pause", "stop", "back", "restart", "forget")),
    (SpineWork, ("select", "judge", "undo", "redo")),
    (WalkPanel, ("refresh",)),
    (ScanPanel, ("refresh", "_view", "_window")),
    (VertebraPanel, ("refresh", "_choose", "_show_selection")),
    (ReplayPanel, ("refresh", "_show", "_show_place", "_tick", "_look")),
    (ReplayControl, ("step", "seek", "close")),
)


class Clock:
    """Times the outermost of our slots, in seconds of the processor.

    Taking in a layer and letting go of one are napari's: from Python one can only ask for it.
    """

    def __init__(self, limit_s: float) -> None:
        self.slots: list[tuple[float, float, float, str]] = []
        """Took, was on the processor, napari's part of that, and which."""
        self.calls = 0
        self._limit_s = limit_s
        self._depth = 0
        self._napari_s = 0.0
        self._main = threading.get_ident()

    def watch_ours(self) -> None:
        """Before the panels are made: they keep what they connect to."""
        for name in ("insert", "__delitem__"):
            setattr(LayerList, name, self._napari(getattr(LayerList, name)))
        for owner, names in OURS:
            self._watch(owner, names)

    def tell(self) -> None:
        """List the slots over the limit, and how many are ours."""
        limit = f"{self._limit_s * 1000:.0f} ms"
        print(f"{self.calls} slots of ours, {len(self.slots)} over {limit}")
        for took, used, napari, name in self.slots:
            parts = f"{used * 1000:4.0f} of them on the processor, {napari * 1000:4.0f} napari's"
            print(f"  {took * 1000:5.0f} ms, {parts}  {name}")
        ours = sum(used - napari > self._limit_s for _, used, napari, _ in self.slots)
        print(f"by processor time and without napari's part: {ours} over {limit}")

    def _watch(self, owner: type[Any], names: Iterable[str]) -> None:
        for name in names:
            setattr(owner, name, self._clocked(f"{owner.__name__}.{name}", getattr(owner, name)))

    def _clocked(self, name: str, deed: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(deed)
        def clocked(*values: Any, **more: Any) -> Any:
            if threading.get_ident() != self._main or self._depth:
                return deed(*values, **more)
            self._depth, self._napari_s = 1, 0.0
            begin, used = time.perf_counter(), time.thread_time()
            try:
                return deed(*values, **more)
            finally:
                took, used = time.perf_counter() - begin, time.thread_time() - used
                self._depth = 0
                self.calls += 1
                if took > self._limit_s:
                    self.slots.append((took, used, self._napari_s, f"{name} {_message(values)}"))

        return clocked

    def _napari(self, deed: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(deed)
        def napari(*values: Any, **more: Any) -> Any:
            begin = time.thread_time()
            try:
                return deed(*values, **more)
            finally:
                if threading.get_ident() == self._main:
                    self._napari_s += time.thread_time() - begin

        return napari


def _message(values: tuple[Any, ...]) -> str:
    """What a worker has sent."""
    if len(values) < 2:
        return ""
    event = getattr(values[1], "event", None)
    return " ".join(type(v).__name__ for v in (values[1], event) if v is not None)
