"""Kill a process that edits, journals and saves, at random moments, and look what is lost.

    python benchmarks/kill_while_saving.py 200 [--seed 0] [--interval 0.5] [--longest 2.0]
        [--slack 0.5]

A child process works on a case of a project as the window does: edits of labels, ignore mask
and table on the undo stack, undone ones too, a journal in its thread that is written anew as a
snapshot again and again, versions saved beside it. It tells every edit as it is done. The
parent sends SIGKILL, opens the project anew and compares what was recovered with what the same
edits give here, to the byte. Nothing that was done longer ago than the journal's interval may
be missing. Not on Windows, which knows no SIGKILL. Ends with an error where anything was lost.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import numpy as np

from napari_vertseg.cases import Project, import_scan
from napari_vertseg.cases.check import check_project
from napari_vertseg.cases.journal_recovery import Recovered, Saved, recover
from napari_vertseg.cases.journal_writer import JournalWriter
from napari_vertseg.io import write_scan
from napari_vertseg.ui.journal_changes import change_of, row_of_vertebra, vertebra_of_row
from napari_vertseg.ui.journal_home import Home
from napari_vertseg.ui.undo_rows import Row
from napari_vertseg.ui.undo_steps import Done, Steps
from napari_vertseg.volume import Grid, Scan

SHAPE = (40, 36, 32)
COUNTER = 1
"""The vertebra in whose row the number of the last edit stands; it is never painted."""
SLACK_S = 0.5
"""For the write itself, on top of the interval; a busy machine needs more."""
PATIENCE_S = 600.0
_SAVE_EVERY = 40
SNAPSHOT_MB = 0.004
"""Some dozens of edits, so that kills meet snapshots, too."""


@dataclass
class Desk:
    """What the window has in its hands; the same edits lead to the same bytes anywhere."""

    steps: Steps
    done: int = 0
    """Edits so far."""
    told: list[Done] = field(default_factory=list)

    @classmethod
    def on(cls, state: Saved) -> Desk:
        rows = dict(state.rows)
        steps = Steps(np.zeros(SHAPE, dtype=np.uint8), np.zeros(SHAPE, dtype=np.int16))
        whole = (slice(0, SHAPE[0]), slice(0, SHAPE[1]), slice(0, SHAPE[2]))
        with steps.doing("open"), steps.changing([whole]):
            steps.labels[...] = state.labels
        steps.ignore = state.ignore
        steps.rows.update(rows)
        steps.stack.clear()
        desk = cls(steps, rows[COUNTER]["steps"])
        steps.done.connect(desk.told.append)
        return desk

    def edit(self) -> None:
        """The next edit: a stroke, a box turned over, a verdict, or the one before undone."""
        number = self.done + 1
        rng = np.random.default_rng(number)
        low = [int(rng.integers(4, n - 9)) for n in SHAPE]
        z, y, x = (slice(a, a + int(rng.integers(2, 9))) for a in low)
        part = self.steps.labels[z, y, x]
        kind = number % 6
        if kind == 5:
            with self.steps.doing("ignore"):
                some = (rng.random(part.shape) < 0.7).astype(np.uint8)
                self.steps.put_ignore((z, y, x), some)
        elif kind == 4 and len(self.steps.stack):
            self.steps.undo()
        elif kind == 3 and len(self.steps.rows) > 1:
            vertebra = sorted(self.steps.rows)[-1]
            self._judge(vertebra, "verdict", ("flagged", "accepted")[number % 2])
        elif kind == 2:
            self.steps.write("turn over", (z, y, x), part[::-1, ::-1].copy())
        else:
            label = np.uint8(rng.integers(2, 8))
            painted = np.where(rng.random(part.shape) < 0.6, label, part)
            self.steps.write("brush stroke", (z, y, x), painted)
        self._count(number)

    def now(self) -> Saved:
        """A copy of what there is."""
        ignore = self.steps.ignore_mask().copy()
        return Saved(self.steps.labels.copy(), dict(self.steps.rows), ignore)

    def _judge(self, vertebra: int, name: str, value: object) -> None:
        with self.steps.doing(name):
            self.steps.rows[vertebra] = {**self.steps.rows[vertebra], name: value}

    def _count(self, number: int) -> None:
        """Not undone with the edit: what is on the stack is put back as it was."""
        stack, self.steps.stack = self.steps.stack, type(self.steps.stack)()
        self._judge(COUNTER, "steps", number)
        self.steps.stack, self.done = stack, number


def opened(project: Path) -> tuple[Saved, Recovered | None, str]:
    """Everything as the next start finds it, with the journal replayed."""
    opened_project = Project.open(project)
    (case,) = opened_project.cases()
    labels = opened_project.current_labels(case).astype(np.uint8)
    rows = {v.id: row_of_vertebra(v) for v in case.vertebrae}
    kept = opened_project.ignore(case)
    ignore = np.zeros(SHAPE, dtype=np.uint8) if kept is None else kept.astype(np.uint8)
    saved = Saved(labels, rows, ignore)
    base = case.base
    recovered = recover(opened_project.case_folder(case.id).journal, base)
    if recovered is not None:
        if not recovered.fits(base, SHAPE):
            raise SystemExit(f"the journal follows upon {recovered.begin.base}, not {base}")
        saved = Saved(labels, recovered.onto(saved), ignore)
    return saved, recovered, base


def work(project: Path, interval_s: float) -> None:
    """The child: edit until killed."""
    state, recovered, base = opened(project)
    desk = Desk.on(state)
    with Project.open(project).edit("case-0001", "killed") as case_desk:
        journal = case_desk.folder.journal
        writer = JournalWriter(
            journal,
            base,
            SHAPE,
            interval_s=interval_s,
            after=recovered,
            load_base=Home(journal, base, (), desk=case_desk).saved_state,
            snapshot_mb=SNAPSHOT_MB,
        )
        saver: threading.Thread | None = None
        print("ready", flush=True)
        while True:
            desk.edit()
            for done in desk.told:
                writer.note(change_of(done, 255))
            desk.told.clear()
            os.write(1, f"{desk.done}\n".encode())
            if desk.done % _SAVE_EVERY == 0 and (saver is None or not saver.is_alive()):
                name = f"version {len(case_desk.case.versions) + 1}"
                now = desk.now()
                writer.saving(name)

                def save(now: Saved = now, name: str = name) -> None:
                    writer.flush()
                    kept = [vertebra_of_row(v, v, row) for v, row in now.rows.items()]
                    case_desk.save(now.labels, kept, ignore=now.ignore > 0)
                    writer.saved(name)

                saver = threading.Thread(target=save)
                saver.start()
            sleep(0.004)


def make_project(folder: Path) -> Path:
    """A project with one case and a first version that holds the counter."""
    rng = np.random.default_rng(0)
    grid = Grid.canonical(SHAPE, (2.0, 1.0, 1.0))
    voxels = rng.normal(200, 300, SHAPE).astype(np.int16)
    write_scan(folder / "scan.nii.gz", Scan.from_canonical(voxels, grid, name="scan"))
    project = Project.create(folder / "project")
    import_scan(project, folder / "scan.nii.gz", annotator="killed")
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[:2, :2, :2] = COUNTER
    first = {**dict(_counter_row()), "steps": 0}
    with project.edit("case-0001", "killed") as desk:
        desk.save(labels, [vertebra_of_row(COUNTER, COUNTER, first)])
    return folder / "project"


def _counter_row() -> Row:
    from napari_vertseg.ui.undo_rows import drawn_by_hand

    return {**drawn_by_hand(), "is_from_walk": True}


@dataclass
class Killed:
    """One kill and what it cost."""

    edits: int
    lost_s: float
    recovered: int
    is_snapshot: bool


def kill_once(
    project: Path, interval_s: float, slack_s: float, wait_s: float, desk: Desk
) -> Killed:
    """Start a child, kill it, and check what it has left; ``desk`` walks along."""
    command = [sys.executable, __file__, "--work", str(project), "--interval", str(interval_s)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    times: dict[int, float] = {}
    ready = threading.Event()

    def listen() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            ready.set()
            if line.strip().isdigit():
                times[int(line)] = monotonic()
        ready.set()

    listener = threading.Thread(target=listen)
    listener.start()
    if not ready.wait(PATIENCE_S) or child.poll() is not None:
        child.kill()
        raise SystemExit(f"the child did not come up (it ended with {child.wait()})")
    sleep(wait_s)
    killed_at = monotonic()
    child.send_signal(signal.SIGKILL)
    child.wait()
    listener.join()
    state, recovered, _ = opened(project)
    reached = int(state.rows[COUNTER]["steps"])
    while desk.done < reached:
        desk.edit()
    if desk.done != reached:
        raise SystemExit(f"older than before: edit {reached} of {desk.done}")
    if plain(desk.now()) != plain(state):
        raise SystemExit(f"after edit {reached} the recovered state is another one")
    lost = [killed_at - at for number, at in times.items() if number > reached]
    if lost and max(lost) > interval_s + slack_s:
        raise SystemExit(f"work of {max(lost):.2f} s is lost, the interval is {interval_s} s")
    # What was cut off in mid-save is expected, and repaired; a journal is there to be recovered.
    found = check_project(Project.open(project))
    faults = [f.what for f in found if not f.can_be_repaired and "journal" not in f.what]
    if faults:
        raise SystemExit(f"the project is not whole: {faults}")
    return Killed(
        edits=len(times),
        lost_s=max(lost, default=0.0),
        recovered=len(recovered.changes) if recovered else 0,
        is_snapshot=recovered is not None and recovered.begin.is_whole,
    )


def plain(state: Saved) -> tuple[bytes, bytes, str]:
    """To compare: what a version does not keep of the row of a drawn vertebra is left out."""
    kept = ("verdict", "is_locked", "level", "is_complete", "is_from_walk")
    rows = {v: {k: str(row[k]) for k in kept} for v, row in sorted(state.rows.items())}
    return state.labels.tobytes(), state.ignore.tobytes(), repr(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kills", type=int, nargs="?", default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--interval", type=float, default=0.5, help="of the journal, seconds")
    parser.add_argument("--slack", type=float, default=SLACK_S, help="for writing, seconds")
    parser.add_argument("--longest", type=float, default=2.0, help="before a kill, seconds")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work, options.interval)
        return
    chance = random.Random(options.seed)
    worst, edits, snapshots = 0.0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder))
        for kill in range(1, options.kills + 1):
            desk = Desk.on(opened(project)[0])
            wait_s = chance.random() * options.longest
            killed = kill_once(project, options.interval, options.slack, wait_s, desk)
            worst, edits = max(worst, killed.lost_s), edits + killed.edits
            snapshots += killed.is_snapshot
            print(
                f"{kill}: {killed.edits} edits, {killed.recovered} changes in the journal, "
                f"last {killed.lost_s:.2f} s lost",
                flush=True,
            )
        (case,) = Project.open(project).cases()
        versions = len(case.versions)
    print(
        f"{options.kills} kills, {edits} edits, {versions} versions, {snapshots} times back from "
        f"a snapshot: nothing older than {worst:.2f} s was lost, every state as it was to the byte"
    )


if __name__ == "__main__":
    main()
