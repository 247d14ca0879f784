"""What ten walks leave behind."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

import psutil
from viewer_person import Person

from napari_vertseg.ui.permissions import Action, Status

MIB = 2**20


def memory(scan: Path | None, model: str, walks: int) -> None:
    """Walk a scan again and again in one viewer, and look at the memory after each."""
    person = Person(model)
    person.open(scan)
    process = psutil.Process()
    tracemalloc.start()
    print("walk  vertebrae  resident MiB  Python MiB  threads")
    _tell(0, 0, process)
    for number in range(1, walks + 1):
        person.press(Action.PLAY)
        person.wait_for(Status.IDLE)
        person.rest()
        found = len(person.session.work.chain)
        person.session.clear()
        person.rest()
        _tell(number, found, process)
    person.leave()


def _tell(number: int, found: int, process: psutil.Process) -> None:
    gc.collect()
    python, _ = tracemalloc.get_traced_memory()
    resident = process.memory_info().rss / MIB
    threads = process.num_threads()
    print(f"{number:4}{found:11}{resident:14.0f}{python / MIB:12.1f}{threads:9}", flush=True)
