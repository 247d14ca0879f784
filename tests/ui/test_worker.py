"""The bridge: whatever happens beside the window, its end is told in the window's thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import pytest

from napari_vertseg.errors import SegmentationFailed
from napari_vertseg.ui.running import Ended, Running, as_failure


class Heard:
    """Starts work in a thread and writes down what is told, and where."""

    def __init__(self, qtbot: Any) -> None:
        from napari_vertseg.ui.worker import start_in_thread

        self._qtbot, self._start = qtbot, start_in_thread
        self.messages: list[Any] = []
        self.threads: set[int] = set()
        self.ends: list[Ended] = []
        self.running: Running | None = None

    def start(self, work: Callable[[], Generator[Any, None, None]]) -> None:
        self.running = self._start(work, self.told, self.ends.append)

    def told(self, message: Any) -> None:
        self.messages.append(message)
        self.threads.add(threading.get_ident())

    def wait(self) -> Ended:
        self._qtbot.waitUntil(lambda: bool(self.ends), timeout=20_000)
        return self.ends[0]


@pytest.fixture
def heard(qtbot: Any) -> Heard:
    return Heard(qtbot)


def test_every_message_arrives_in_order_in_the_windows_thread(heard: Heard) -> None:
    workers = set()

    def work() -> Generator[int, None, None]:
        workers.add(threading.get_ident())
        yield from range(50)

    heard.start(work)

    assert heard.wait() == Ended()
    assert heard.messages == list(range(50))
    assert heard.threads == {threading.get_ident()}
    assert workers.isdisjoint(heard.threads)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (SegmentationFailed("no vertebra there"), "no vertebra there"),
        # What CUDA raises when memory runs out, and what superqt swallows.
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), "Memory ran out"),
        (MemoryError(), "Memory ran out"),
        (RuntimeError("cuDNN error"), "fault in the program"),
        (ZeroDivisionError("division by zero"), "fault in the program"),
    ],
)
def test_a_fault_always_reaches_the_window(heard: Heard, fault: Exception, words: str) -> None:
    def work() -> Generator[int, None, None]:
        yield 1
        raise fault

    heard.start(work)
    ended = heard.wait()

    assert heard.messages == [1]
    assert words in str(ended.error)
    assert not isinstance(ended.error, RuntimeError)


def test_a_fault_before_the_first_message_is_told_too(heard: Heard) -> None:
    def work() -> Generator[int, None, None]:
        raise RuntimeError("out of memory")

    heard.start(work)

    assert "Memory ran out" in str(heard.wait().error)


def test_stopping_delivers_what_was_made_and_closes_the_work(heard: Heard, qtbot: Any) -> None:
    made: list[int] = []
    closed = threading.Event()

    def work() -> Generator[int, None, None]:
        try:
            for number in range(10_000):
                made.append(number)
                yield number
        finally:
            closed.set()

    heard.start(work)
    qtbot.waitUntil(lambda: len(heard.messages) >= 3, timeout=20_000)
    heard.running.stop()

    assert heard.wait() == Ended()
    assert heard.messages == made
    assert closed.is_set()


def test_a_slow_window_is_not_flooded(heard: Heard, qtbot: Any) -> None:
    """At most one message is on its way while another is handled."""
    ahead: list[int] = []
    made = 0

    def work() -> Generator[int, None, None]:
        nonlocal made
        for number in range(20):
            made += 1
            yield number

    def slow(message: int) -> None:
        time.sleep(0.02)
        ahead.append(made - message)

    heard.told = slow  # type: ignore[method-assign]
    heard.start(work)
    heard.wait()

    assert max(ahead) <= 3


def test_nothing_is_told_to_a_window_that_is_gone(heard: Heard, qtbot: Any) -> None:
    finished = threading.Event()

    def work() -> Generator[int, None, None]:
        try:
            while True:
                yield 0
                time.sleep(0.005)
        finally:
            finished.set()

    heard.start(work)
    qtbot.waitUntil(lambda: len(heard.messages) >= 1, timeout=20_000)
    heard.running.abandon()
    count = len(heard.messages)
    assert finished.wait(20)
    qtbot.wait(50)

    assert len(heard.messages) <= count
    assert heard.ends == []


def test_an_error_in_a_listener_does_not_stall_the_work(heard: Heard, qtbot: Any) -> None:
    """Qt reports it; the walk must not wait for ever for the message to be handled."""

    def work() -> Generator[int, None, None]:
        yield from range(3)

    def fail(message: int) -> None:
        heard.messages.append(message)
        raise ValueError("a bug in a slot")

    heard.told = fail  # type: ignore[method-assign]
    with qtbot.captureExceptions() as caught:
        heard.start(work)
        heard.wait()

    assert heard.messages == [0, 1, 2]
    assert len(caught) == 3


def test_what_the_first_layers_need_is_loaded_beside_the_window(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    from napari_vertseg.ui import prepaid

    loaded: list[tuple[str, int]] = []
    load = prepaid.import_module

    def watched(name: str) -> Any:
        loaded.append((name, threading.get_ident()))
        return load(name)

    monkeypatch.setattr(prepaid, "import_module", watched)
    prepaid.prepay.cache_clear()
    prepaid._units.cache_clear()
    heard.start(lambda: (n for n in ()))
    heard.wait()

    assert [name for name, _ in loaded] == ["pint", "pandas", "vispy.visuals.line.dash_atlas"]
    assert threading.get_ident() not in {thread for _, thread in loaded}


def test_our_own_errors_are_passed_on_as_they_are() -> None:
    assert "kept" in str(as_failure(RuntimeError("x")))
