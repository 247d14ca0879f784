"""A mask saved from the viewer is the command line's, voxel by voxel."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nibabel as nib
import numpy as np
import torch
from viewer_person import Person

from napari_vertseg.ui.permissions import Action, Status


def masks(scans: Sequence[Path], model: str) -> None:
    """Open, walk, pause, take back, go on, save; compare with ``vertseg segment``."""
    for scan in scans:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            seen, said = _from_viewer(scan, model, folder / "viewer.nii.gz")
            expected = _from_command(scan, model, folder)
            same = seen.shape == expected.shape and bool((seen == expected).all())
            differing = "" if same else f", {np.count_nonzero(seen != expected)} voxels differ"
            print(
                f"{scan.name}: {len(np.unique(seen)) - 1} vertebrae, {said}; "
                f"{'identical' if same else 'DIFFERENT'}{differing}",
                flush=True,
            )


def _from_viewer(scan: Path, model: str, target: Path) -> tuple[np.ndarray, str]:
    person = Person(model)
    person.open(scan)
    person.press(Action.VERTEBRA)
    person.wait_for(Status.PAUSED)
    person.press(Action.PLAY)
    person.wait(lambda: len(person.session.work.chain) >= 2 or _is_idle(person))
    if person.walk.buttons[Action.PAUSE].isEnabled():
        person.press(Action.PAUSE)
    person.wait(lambda: person.session.walk.status in (Status.PAUSED, Status.IDLE))
    person.press(Action.BACK)
    person.press(Action.PLAY)
    person.wait_for(Status.IDLE)
    person.session.errands.save(target, keep_incomplete=True)
    person.wait(target.is_file)
    tape = person.session.walk.tapes[-1].words
    person.leave()
    return np.asarray(nib.load(target).dataobj), tape


def _is_idle(person: Person) -> bool:
    return person.session.walk.status is Status.IDLE


def _from_command(scan: Path, model: str, folder: Path) -> np.ndarray:
    """With as many threads as the viewer leaves to the walk."""
    words = ["segment", str(scan), "-o", str(folder / "command"), "--model", model]
    words += ["--keep-incomplete", "--device", "cpu", "--threads", str(torch.get_num_threads())]
    code = "import sys; from napari_vertseg.cli import main; sys.exit(main(sys.argv[1:]))"
    subprocess.run([sys.executable, "-c", code, *words], check=True, capture_output=True)
    (file,) = (folder / "command").glob("*_vertebrae.nii.gz")
    return np.asarray(nib.load(file).dataobj)
