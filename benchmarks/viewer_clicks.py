"""A click in every vertebra, with the mouse, on the canvas: is that one segmented?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from viewer_person import Person

from napari_vertseg.anatomy import head_to_foot_rank, is_target
from napari_vertseg.io import read_labels, read_scan
from napari_vertseg.pictures.drawn import DrawnVertebra, drawn_from_labels
from napari_vertseg.prediction import Predictor
from napari_vertseg.synthesis import make_phantom
from napari_vertseg.traversal import OraclePredictor
from napari_vertseg.ui import walk_job
from napari_vertseg.ui.permissions import Status
from napari_vertseg.ui.views import View, show_view
from napari_vertseg.volume import Scan, Zyx, resample_nearest

GOOD_DICE = 0.5
LEAST_MM3 = 1000.0
"""n_min: what the scan shows of a vertebra and is less, no walk accepts (P6)."""
SPACING_MM = (2.0, 1.0, 1.0)


def clicks(pairs: Sequence[tuple[Path, Path]], phantoms: int, model: str | None) -> None:
    """Click into the body of each vertebra, in a table that is emptied before each click."""
    right = asked = 0
    for name, scan, truth in _cases(pairs, phantoms):
        if model is None:
            answer_with(truth, scan)
        person = Person(model or "starter")
        person.open(scan)
        show_view(person.viewer, View.AXIAL)
        person.rest()
        person.walk.click.setChecked(True)
        for vertebra in drawn_from_labels(truth, scan.grid.spacing_mm):
            if not is_target(vertebra.number):
                continue
            shown_mm3 = float(np.count_nonzero(vertebra.mask) * np.prod(scan.grid.spacing_mm))
            if shown_mm3 < LEAST_MM3:
                print(f"{name} {vertebra.text}: a sliver of {shown_mm3:.0f} mm³, not counted")
                continue
            dice = _clicked(person, truth, vertebra.number, _bone_of(vertebra))
            asked += 1
            right += dice >= GOOD_DICE
            word = "right" if dice >= GOOD_DICE else "WRONG"
            print(f"{name} {vertebra.text}: {word}, Dice {dice:.2f}", flush=True)
        person.leave()
    print(f"{right} of {asked} clicks gave their vertebra ({right / max(asked, 1):.0%})")


def _cases(pairs: Sequence[tuple[Path, Path]], phantoms: int) -> Any:
    for file, labels in pairs:
        scan = read_scan(file)
        yield scan.name, scan, read_labels(labels, like=scan)[0]
    for seed in range(101, 101 + phantoms):
        phantom = make_phantom(seed, SPACING_MM)
        yield f"phantom {seed}", phantom.scan, phantom.labels


def _bone_of(vertebra: DrawnVertebra) -> Zyx:
    """The voxel of a vertebra nearest to the middle of its body, which in C1 is the dens of C2."""
    voxels = np.argwhere(vertebra.mask) + vertebra.start
    nearest = np.abs(voxels - np.array(vertebra.body)).sum(axis=1).argmin()
    return Zyx(*(int(v) for v in voxels[nearest]))


def _clicked(person: Person, truth: np.ndarray, value: int, place: Zyx) -> float:
    session = person.session
    session.clear()
    spacing = session.work.scan.grid.spacing_mm
    world = [v * mm for v, mm in zip(place, spacing, strict=True)]
    person.viewer.dims.point = tuple(world)
    person.rest(0.1)
    before = session.walk.job
    canvas = person.viewer.window._qt_viewer.canvas.native
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=_on_canvas(person.viewer, world))
    person.wait(lambda: session.walk.job is not before)
    person.wait(lambda: session.walk.status in (Status.PAUSED, Status.IDLE))
    labels = session.work.spine.labels
    found = labels == labels[place] if labels[place] else labels > 0
    both = np.count_nonzero(found & (truth == value))
    return 2.0 * both / max(np.count_nonzero(found) + np.count_nonzero(truth == value), 1)


def _on_canvas(viewer: Any, world: Sequence[float]) -> QPoint:
    """Where a place of the shown slice lies on the canvas."""
    camera = getattr(viewer, "scene", viewer).camera
    canvas = viewer.window._qt_viewer.canvas.native
    down, right = (world[axis] for axis in viewer.dims.order[-2:])
    middle_down, middle_right = camera.center[-2:]
    x = canvas.width() / 2 + (right - middle_right) * camera.zoom
    y = canvas.height() / 2 + (down - middle_down) * camera.zoom
    return QPoint(round(x), round(y))


_PREPARE: Final[Callable[..., Any]] = walk_job.prepare


def answer_with(truth: np.ndarray, scan: Scan) -> None:
    """Walk through the truth with answers from it, instead of the scan with those of a model."""
    targets = sorted(
        (int(v) for v in np.unique(truth) if is_target(int(v))), key=head_to_foot_rank
    )
    in_order = np.zeros(256, dtype=np.int16)
    in_order[targets] = np.arange(1, len(targets) + 1)

    def prepared(walked: Scan, card: Any, predict: Predictor) -> Any:
        made = _PREPARE(walked, card, predict, search_min_hu=None, min_confidence=0.0)
        known = resample_nearest(in_order[truth], scan.grid, made.image.grid).astype(np.int16)
        image = replace(made.image, voxels=known)
        return replace(made, image=image, predict=OraclePredictor(known))

    walk_job.prepare = prepared
