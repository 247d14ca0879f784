"""Long work in another thread, told message by message; whatever happens, its end is told too."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import Any, Final

from qtpy.QtCore import QObject, Slot
from superqt.utils import GeneratorWorker

from ..errors import VertsegError
from .prepaid import prepay, settle
from .running import Ended, Running, Work, as_failure

_HELD: Final[set[QObject]] = set()
"""Receivers whose end is not told yet: the worker lets go of them before Qt has delivered it."""


class _Receiver(QObject):
    """Lives in the window's thread, so that Qt delivers there whichever binding is used."""

    def __init__(self, told: Callable[[Any], None], ended: Callable[[Ended], None]) -> None:
        super().__init__()
        _HELD.add(self)
        self._told, self._ended = told, ended
        self.is_listening = True
        self.handled = threading.Semaphore(1)

    @Slot(object)
    def receive(self, message: object) -> None:
        """A message has arrived."""
        settle()
        try:
            if self.is_listening:
                self._told(message)
        finally:
            self.handled.release()

    @Slot(object)
    def finish(self, ended: object) -> None:
        """The work is over."""
        _HELD.discard(self)
        settle()
        if self.is_listening and isinstance(ended, Ended):
            self._ended(ended)


class _Work:
    """See ``Running``."""

    def __init__(self, work: Work, receiver: _Receiver) -> None:
        self._work = work
        self._receiver = receiver
        self._stop = threading.Event()
        self.worker = GeneratorWorker(self._relay)
        self.worker.yielded.connect(receiver.receive)
        self.worker.returned.connect(receiver.finish)

    def stop(self) -> None:
        self._stop.set()

    def abandon(self) -> None:
        self._receiver.is_listening = False
        self._stop.set()

    def _relay(self) -> Generator[Any, None, Ended]:
        """Hand on message by message, one on its way at a time.

        superqt swallows ``RuntimeError``, and CUDA out of memory is one: nothing
        may leave this generator but values.
        """
        messages = None
        try:
            prepay()
            messages = self._work()
            for message in messages:
                if not self._window_is_ready():
                    break
                yield message
                if self._stop.is_set():
                    break
        except VertsegError as error:
            return Ended(error)
        except Exception as error:  # noqa: BLE001 - a swallowed error leaves a window that waits
            return Ended(as_failure(error), f"{type(error).__name__}: {error}")
        finally:
            if messages is not None:
                messages.close()
        return Ended()

    def _window_is_ready(self) -> bool:
        """Wait until the message before was handled; False where nobody listens."""
        while self._receiver.is_listening:
            if self._receiver.handled.acquire(timeout=0.1):
                return True
        return False


def begin_early() -> None:
    """Let a thread pay what napari's first layers cost, while a person looks for a scan."""

    def nothing() -> Generator[None, None, None]:
        yield from ()

    start_in_thread(nothing, lambda message: None, lambda ended: None)


def start_in_thread(
    work: Work, told: Callable[[Any], None], ended: Callable[[Ended], None]
) -> Running:
    """Run a generator in a thread of Qt's pool.

    At most one message is on its way: a window slower than the work is not
    flooded. A message that was made is always delivered, also after ``stop``.

    Parameters
    ----------
    work : callable
        Makes the generator; it is called in the other thread.
    told, ended : callable
        Called in the thread that called this function.
    """
    running = _Work(work, _Receiver(told, ended))
    running.worker.start()
    return running
