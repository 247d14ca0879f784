"""Two napari processes on one project: what the second is told, and what it may do.

    xvfb-run -s "-screen 0 1600x1000x24" python scripts/two_windows.py [FOLDER]

Needs napari, a Qt binding and a display (Xvfb will do). Ann's window has a case open; Bob's
window opens the same one: he is told who has it, sees her vertebrae, and can change nothing. She
saves, and he sees the new version; she closes, and he may work; his process is killed, and she
gets the case back with his stroke. With FOLDER, Bob's window is kept as project-taken.png. Ends
with an error where anything is otherwise. A minute on two idle cores.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from napari_vertseg.cases import MaskToImport, Project, import_scan
from napari_vertseg.io import write_labels, write_scan
from napari_vertseg.volume import Grid, Scan

CASE = "case-0001"
STROKE = (4, 4, 4)
NEW = 9
"""A label that no vertebra of the case has."""


class Window:
    """One napari process, told what to do line by line."""

    def __init__(self, project: Path, name: str) -> None:
        self.name = name
        places = {"VERTSEG_SETTINGS": "settings.json", "VERTSEG_RECOVERY": "recovery"}
        own = {key: str(project.parent / name / place) for key, place in places.items()}
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--window", str(project)],
            env=os.environ | own | {"VERTSEG_ANNOTATOR": name},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, deed: str) -> dict[str, Any]:
        """What the window shows after a deed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{deed}\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith("{"):
                seen: dict[str, Any] = json.loads(line)
                print(f"{self.name}, {deed}: {seen['title']}", flush=True)
                return seen
        raise SystemExit(f"the window of {self.name} has died")

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", help="for the picture")
    parser.add_argument("--window", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.window:
        be_a_window(options.window)
        return
    with tempfile.TemporaryDirectory() as place:
        project = make_project(Path(place))
        ann, bob = Window(project, "Ann"), Window(project, "Bob")
        try:
            work_together(ann, bob, options.folder)
        finally:
            ann.end()
            bob.end()
    print("the second is told who has the case, and can only look")


def work_together(ann: Window, bob: Window, folder: Path | None) -> None:
    hers = ann.do("open")
    assert "open for Ann" in hers["title"]
    his = bob.do("open")
    assert "You only look" in his["title"]
    assert f"open for Ann (on this machine, process {ann.process.pid}" in his["title"]
    assert his["labels"] == hers["labels"]
    assert not his["editable"]
    assert "You only look" in his["against_save"]
    if folder is not None:
        bob.do(f"picture {folder}")
    for deed in ("paint", "accept", "tool"):
        assert bob.do(deed)["labels"] == hers["labels"], deed
    assert bob.do("look")["verdict"] == hers["verdict"]

    painted = ann.do("paint")
    assert painted["labels"] != hers["labels"]
    assert ann.do("save")["versions"] == 1
    assert bob.do("open")["labels"] == painted["labels"]
    ann.do("close")
    assert "open for Bob" in bob.do("open")["title"]
    assert "open for Bob" in ann.do("open")["title"]
    stroke = bob.do("erase")
    bob.do("rest")
    bob.end()
    back = ann.do("open")
    assert "open for Ann" in back["title"]
    assert back["offers"] == 1
    assert ann.do("recover")["labels"] == stroke["labels"]


def make_project(folder: Path) -> Path:
    """One case with a proposal of three blocks for vertebrae."""
    shape = (60, 48, 40)
    labels = np.zeros(shape, dtype=np.uint8)
    for number in (1, 2, 3):
        labels[16 * number - 6 : 16 * number + 6, 14:30, 12:28] = number
    voxels = np.where(labels > 0, 500, np.random.default_rng(0).integers(-900, 0, shape))
    scan = Scan.from_canonical(voxels.astype(np.int16), Grid.canonical(shape, (2.0, 2.0, 2.0)))
    write_scan(folder / "scan.nii.gz", scan)
    write_labels(folder / "mask.nii.gz", labels, scan)
    project = Project.create(folder / "study", who="Ann")
    mask = MaskToImport(path=folder / "mask.nii.gz", values="numbers")
    import_scan(project, folder / "scan.nii.gz", annotator="Ann", mask=mask, patient="1")
    return folder / "study"


def be_a_window(project: Path) -> None:
    """A napari of its own: does what it reads, and says what it shows."""
    from person import Person

    from napari_vertseg.ui.project_panel import ProjectPanel

    person = Person()
    panel = person.panel_of(ProjectPanel)
    control = panel.control
    control.open_project(project)
    person.wait(lambda: bool(control.rows) and not control.busy)
    person.raise_panel(panel)
    for line in sys.stdin:
        deed, _, rest = line.strip().partition(" ")
        do(person, panel, deed, rest)
        person.wait(lambda: not control.busy)
        person.rest(0.3)
        print(json.dumps(seen(person, panel)), flush=True)


def do(person: Any, panel: Any, deed: str, rest: str) -> None:
    """What a hand would do."""
    from napari_vertseg.ui.marks import Role
    from napari_vertseg.ui.records import Verdict

    control, case = panel.control, panel.control.open_case
    layer = case.work.spine.layer(Role.VERTEBRAE) if case else None
    if deed == "open":
        panel.leave_and_open(CASE)
        person.wait(lambda: control.open_case not in (None, case) and not control.busy)
    elif deed == "close":
        control.close_case()
    elif deed == "save":
        panel.box.save.click()
    elif deed == "accept":
        case.work.judge(2, verdict=Verdict.ACCEPTED)
    elif deed == "tool":
        case.work.take_out([1], "delete")
    elif deed == "recover":
        case.keeper.accept(case.keeper.offers[0])
        person.rest(1)
    elif deed == "picture":
        person.folder = Path(rest)
        person.picture("project-taken")
    elif deed == "rest":
        person.rest(4)  # longer than the journal takes
    elif deed in ("paint", "erase"):
        label = NEW if deed == "paint" else 0
        layer.selected_label, layer.brush_size = label, 4
        layer.paint(STROKE, label)


def seen(person: Any, panel: Any) -> dict[str, Any]:
    """What the window shows of the case."""
    from napari_vertseg.ui.marks import Role

    case = panel.control.open_case
    if case is None:
        return {"title": "no case is open"}
    layer = case.work.spine.layer(Role.VERTEBRAE)
    person.wait(lambda: not person.session.errands.is_busy_with(case.work))
    return {
        "title": panel.box.title.text().replace("<br>", " "),
        "labels": hashlib.sha256(np.asarray(layer.data).tobytes()).hexdigest(),
        "editable": bool(layer.editable),
        "verdict": case.work.chain.get(2).verdict.value,
        "against_save": "" if panel.box.save.isEnabled() else panel.box.save.toolTip(),
        "versions": len(case.case.versions),
        "offers": len(case.keeper.offers),
    }


if __name__ == "__main__":
    main()
