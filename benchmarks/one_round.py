"""One round of training, from the button to the judged candidate, and where its time goes.

    python benchmarks/one_round.py [--minutes 10] [--keep FOLDER] [--viewer]

Four made scans of the whole trunk are corrected, two are held out; the starter is fine-tuned with
the default budget and compared. ``--viewer`` does so from the Retrain panel of a napari window and
lists what kept the window waiting meanwhile.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from napari_vertseg.cases import MaskToImport, Project, ReviewedRange, Role, import_scan
from napari_vertseg.io import write_labels, write_scan
from napari_vertseg.launch import RunState
from napari_vertseg.rounds.starting import CheckRun, join_round, start_round
from napari_vertseg.study.loop_domains import DOMAINS, made_subject
from napari_vertseg.training import TrainingEvent, TrainingRequest

ROLES = (*[Role.TRAIN] * 4, *[Role.VALIDATION] * 2)
LIMIT_MIN = 15.0
LOOK_S = 0.2


def make_project(place: Path) -> Project:
    """Six patients with metal, about nine vertebrae each; the truth is their correction."""
    project = Project.create(place / "spines", who="Ann")
    for number, role in enumerate(ROLES):
        made = made_subject(DOMAINS["metal"], "pool", 0, number)
        scan, mask = (place / f"scan-{number + 1}{part}.nii.gz" for part in ("", "-mask"))
        write_scan(scan, replace(made.scan, name=f"scan-{number + 1}"))
        write_labels(mask, np.where(made.labels == 26, 0, made.labels), made.scan)
        given = MaskToImport(path=mask, is_reference=True)
        case = import_scan(
            project, scan, annotator="Ann", mask=given, patient=f"P{number}", role=role
        ).case
        with project.edit(case.id, "Ann") as desk:
            desk.submit(ReviewedRange())
        print(f"{scan.name}: {len(made.targets)} vertebrae, {made.scan.voxels.shape}", flush=True)
    return project


def from_a_shell(project: Project, request: TrainingRequest) -> float:
    """Check and train as the panel does; seconds."""
    began = time.perf_counter()
    check = CheckRun(project, request)
    while not check.is_done():
        time.sleep(LOOK_S)
    for finding in check.findings():
        print(f"  {finding.severity}: {finding.sentence}", flush=True)
    check.close()
    print(f"checked after {time.perf_counter() - began:.0f} s", flush=True)
    run = start_round(project, request).run
    while run.state() is RunState.RUNNING:
        time.sleep(LOOK_S)
    seconds = time.perf_counter() - began
    print(run.sentence(), flush=True)
    return seconds


def from_the_panel(project: Project, request: TrainingRequest) -> float:
    """Press the button in a window that somebody looks at; seconds, and what it waited for."""
    from qtpy.QtWidgets import QApplication
    from viewer_heartbeat import Watch

    from napari_vertseg.ui import open_viewer
    from napari_vertseg.ui.retrain_panel import retrain_panel

    def wait(done: Callable[[], Any]) -> None:
        while not done():
            QApplication.processEvents()
            time.sleep(0.002)

    viewer = open_viewer(block=False)
    panel = retrain_panel(viewer)
    viewer.window.add_dock_widget(panel, name="Retrain", area="right")
    panel.place.show(project)
    wait(lambda: panel.control.standing is not None)
    panel.form.minutes.setValue(request.minutes or 0.0)
    ended: list[int] = []
    panel.control.finished.connect(ended.append)
    panel.control.failed.connect(lambda how: print(f"! {how.error}", flush=True))
    watch, began = Watch(), time.perf_counter()
    panel.train.click()
    wait(lambda: ended)
    seconds = time.perf_counter() - began
    watch.end()
    print(panel.status.text(), flush=True)
    busy = [used for _, _, used, _ in watch.gaps if used > 0.25]
    print(f"{watch.beats} beats, {len(watch.gaps)} gaps over 250 ms, {len(busy)} of them ours")
    viewer.close()
    return seconds


def tell(events: list[TrainingEvent]) -> None:
    """When things happened, in seconds since the training began; walks by their figures."""
    steps = [event for event in events if event.kind == "step"]
    for event in events:
        if event.kind not in ("step", "checkpoint"):
            dice = (event.values or {}).get("dice")
            said = event.message or ("" if dice is None else f"Dice {dice:.3f}")
            print(f"  {event.seconds:7.1f} s  step {event.step:>5}  {event.kind}: {said}")
    if len(steps) > 1:
        taken = steps[-1].step - steps[0].step
        print(f"  {(steps[-1].seconds - steps[0].seconds) / taken:.2f} s a step, walks included")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=TrainingRequest().minutes)
    parser.add_argument("--keep", type=Path, help="folder for the project; else a temporary one")
    parser.add_argument("--viewer", action="store_true", help="from the panel of a window")
    options = parser.parse_args()
    with nullcontext(options.keep) if options.keep else tempfile.TemporaryDirectory() as place:
        Path(place).mkdir(parents=True, exist_ok=True)
        project = make_project(Path(place))
        request = TrainingRequest(minutes=options.minutes)
        go = from_the_panel if options.viewer else from_a_shell
        minutes = go(project, request) / 60
        tell(join_round(project, 1).run.poll())
        print(f"one round: {minutes:.1f} min, {LIMIT_MIN:g} are allowed on two idle cores")


if __name__ == "__main__":
    main()
