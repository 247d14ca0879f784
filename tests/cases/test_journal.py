"""The journal: what was done is on the disk a moment later, and comes back after a crash."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_vertseg.cases import journal_writer
from napari_vertseg.cases.journal_record import Change, JournalPatch
from napari_vertseg.cases.journal_recovery import Recovered, Saved, recover
from napari_vertseg.cases.journal_segments import segment_numbers, segment_path
from napari_vertseg.cases.journal_writer import JournalWriter
from napari_vertseg.errors import CaseIncomplete

SHAPE = (12, 10, 8)
LONG_S = 3600.0
"""Nothing is written by the clock in these tests."""


def change(number: int) -> Change:
    """The same every time: a box of random labels and a row."""
    rng = np.random.default_rng(number)
    low = [int(rng.integers(0, n - 2)) for n in SHAPE]
    z, y, x = (slice(a, min(a + 3, n)) for a, n in zip(low, SHAPE, strict=True))
    values = rng.integers(0, 5, [s.stop - s.start for s in (z, y, x)]).astype(np.uint8)
    row = None if number % 7 == 6 else {"verdict": "edited", "number": number}
    rows = {number % 5: row}
    return Change(
        f"step {number}",
        "2026-03-01T14:31:05Z",
        (JournalPatch.of((z, y, x), values),),
        rows,
        next_id=number + 2,
        ignore=(JournalPatch.of((z, y, x), values % 2),) if number % 3 == 0 else (),
    )


def after(count: int, first: int = 0) -> tuple[bytes, bytes, dict[int, Any]]:
    """Labels, ignore mask and rows after so many changes, computed without a journal."""
    labels, rows = np.zeros(SHAPE, dtype=np.uint8), dict[int, Any]()
    ignore = labels.copy()
    for number in range(first, first + count):
        one = change(number)
        for patch in one.patches:
            labels[patch.box] = patch.values
        for patch in one.ignore:
            ignore[patch.box] = patch.values
        for vertebra, row in one.rows.items():
            rows.pop(vertebra, None)
            if row is not None:
                rows[vertebra] = dict(row)
    return labels.tobytes(), ignore.tobytes(), rows


def replayed(recovered: Recovered) -> tuple[bytes, bytes, dict[int, Any]]:
    saved = Saved.blank(recovered.begin)
    rows = recovered.onto(saved)
    assert saved.ignore is not None
    kept = {v: dict(row) for v, row in rows.items()}
    return saved.labels.tobytes(), saved.ignore.tobytes(), kept


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def writer(folder: Path) -> Iterator[JournalWriter]:
    writer = JournalWriter(folder, "nothing", SHAPE, interval_s=LONG_S)
    yield writer
    writer.close()


def filled(folder: Path, count: int, base: str = "nothing") -> None:
    writer = JournalWriter(folder, base, SHAPE, interval_s=LONG_S)
    for number in range(count):
        writer.note(change(number))
    writer.close()


def test_what_was_noted_comes_back_to_the_byte(folder: Path, writer: JournalWriter) -> None:
    for number in range(20):
        writer.note(change(number))
    assert writer.unwritten == 20
    assert writer.flush()
    recovered = recover(folder, "nothing")

    assert writer.unwritten == 0
    assert recovered is not None
    assert recovered.fits("nothing", SHAPE)
    assert not recovered.is_cut
    assert recovered.next_id == 21
    assert replayed(recovered) == after(20)


def test_it_writes_by_itself_every_few_seconds(folder: Path) -> None:
    writer = JournalWriter(folder, "nothing", SHAPE, interval_s=0.02)
    writer.note(change(0))
    done = threading.Event()
    for _ in range(500):
        if not writer.unwritten:
            break
        done.wait(0.02)
    recovered = recover(folder, "nothing")
    writer.close()

    assert recovered is not None
    assert len(recovered.changes) == 1


def test_nothing_is_written_before_the_first_change(folder: Path, writer: JournalWriter) -> None:
    writer.flush()

    assert not folder.exists()
    assert recover(folder, "nothing") is None


def test_a_tail_cut_anywhere_gives_the_changes_before_it(folder: Path) -> None:
    filled(folder, 6)
    path = segment_path(folder, 1)
    whole = path.read_bytes()
    seen = set()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        recovered = recover(folder, "nothing")
        count = len(recovered.changes) if recovered else 0
        seen.add(count)
        if recovered is not None:
            assert replayed(recovered) == after(count)

    assert seen == {0, 1, 2, 3, 4, 5}


def test_a_flipped_bit_is_noticed(folder: Path) -> None:
    filled(folder, 6)
    path = segment_path(folder, 1)
    whole = bytearray(path.read_bytes())
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(whole), 60):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        path.write_bytes(damaged)
        recovered = recover(folder, "nothing")
        count = len(recovered.changes) if recovered else 0

        assert count < 6
        if recovered is not None:
            assert recovered.is_cut
            assert replayed(recovered) == after(count)


def test_going_on_after_a_crash_keeps_what_was_there(folder: Path) -> None:
    filled(folder, 5)
    path = segment_path(folder, 1)
    path.write_bytes(path.read_bytes()[:-3])
    recovered = recover(folder, "nothing")
    assert recovered is not None
    writer = JournalWriter(folder, "nothing", SHAPE, interval_s=LONG_S, after=recovered)
    for number in range(4, 9):
        writer.note(change(number))
    writer.close()
    again = recover(folder, "nothing")

    assert again is not None
    assert not again.is_cut
    assert replayed(again) == after(9)


def test_changes_that_nobody_has_decided_about_are_not_written_over(folder: Path) -> None:
    filled(folder, 3)
    with pytest.raises(CaseIncomplete, match="recover them or discard them"):
        JournalWriter(folder, "nothing", SHAPE)

    recovered = recover(folder, "nothing")
    assert recovered is not None
    assert len(recovered.changes) == 3


def test_a_save_empties_the_journal(folder: Path, writer: JournalWriter) -> None:
    for number in range(5):
        writer.note(change(number))
    writer.flush()
    writer.saving("version 1")
    writer.saved("version 1")

    assert segment_numbers(folder) == []
    assert recover(folder, "version 1") is None


def test_what_is_done_while_saving_stays_in_the_journal(
    folder: Path, writer: JournalWriter
) -> None:
    writer.note(change(0))
    writer.saving("version 1")
    writer.flush()
    writer.note(change(1))
    writer.note(change(2))
    writer.flush()

    # Killed after the version was written and before the journal knew of it.
    killed = recover(folder, "version 1")
    assert killed is not None
    assert killed.fits("version 1", SHAPE)
    assert replayed(killed) == after(2, first=1)
    # Killed before the version was written.
    unsaved = recover(folder, "nothing")
    assert unsaved is not None
    assert replayed(unsaved) == after(3)

    writer.saved("version 1")
    writer.note(change(3))
    writer.flush()
    recovered = recover(folder, "version 1")
    assert recovered is not None
    assert replayed(recovered) == after(3, first=1)
    assert segment_numbers(folder) == [2]


def test_a_journal_of_another_version_is_told_apart(folder: Path) -> None:
    filled(folder, 2, base="version 3")
    recovered = recover(folder, "version 5")

    assert recovered is not None
    assert not recovered.fits("version 5", SHAPE)
    assert not recovered.fits("version 3", (1, 2, 3))
    assert recovered.fits("version 3", SHAPE)


def test_a_long_journal_becomes_a_snapshot_and_goes_on(folder: Path) -> None:
    writer = JournalWriter(
        folder,
        "version 1",
        SHAPE,
        interval_s=0.01,
        snapshot_mb=0.002,
        load_base=lambda recovered: Saved.blank(recovered.begin),
    )
    for number in range(60):
        writer.note(change(number))
        if number % 10 == 9:
            writer.flush()
            threading.Event().wait(0.05)
    writer.close()
    recovered = recover(folder, "version 1")

    assert recovered is not None
    assert recovered.begin.is_whole
    assert len(recovered.changes) < 60
    assert replayed(recovered) == after(60)
    assert recovered.fits("whatever", SHAPE)


def test_a_full_disk_is_told_and_tried_again(
    folder: Path, writer: JournalWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.note(change(0))
    writer.flush()
    flushed = journal_writer.os.fsync

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal_writer.os, "fsync", full)
    writer.note(change(1))
    assert not writer.flush()
    assert writer.error == "No space left on device"
    assert writer.unwritten == 1
    monkeypatch.setattr(journal_writer.os, "fsync", flushed)
    assert writer.flush()
    recovered = recover(folder, "nothing")

    assert writer.error is None
    assert recovered is not None
    assert replayed(recovered) == after(2)


def test_discarding_empties_the_folder(folder: Path, writer: JournalWriter) -> None:
    writer.note(change(0))
    writer.flush()
    writer.close(discard=True)

    assert recover(folder, "nothing") is None


def test_a_journal_without_the_ignore_mask_is_read_as_before(folder: Path) -> None:
    """As the first versions of this program wrote it."""
    from napari_vertseg.cases import journal_record

    header, blobs = journal_record._parts(change(1))
    header.pop("ignore")
    text = json.dumps(header).encode()
    old = journal_record._HEADER.pack(len(text)) + text + b"".join(blobs)
    read = journal_record._decode(old)

    assert isinstance(read, Change)
    assert read.ignore == ()
    assert np.array_equal(read.patches[0].values, change(1).patches[0].values)
