"""The pictures of docs/correcting.md: a proposal with planted errors, repaired panel by panel.

    xvfb-run -s "-screen 0 1600x1000x24" python scripts/correct_pictures.py [FOLDER]
        [--scan CT --reference MASK] [--without-model]

Needs napari, a Qt binding and a display (Xvfb will do). FOLDER is docs/pictures unless given.
The made spine of the sample data is its own truth; another scan needs a reference with VerSe
values, T12 to L5 among them. Two vertebrae are merged, one is split in two, one is missing,
pieces of ribs lie in one, and of one the lower end is cut off. After every step the Dice of what
was repaired is printed; ends with an error where a tool has kept less than it promises. Ten
minutes on two idle cores, most of them the model's.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from person import Person
from scipy import ndimage
from skimage.measure import find_contours

from napari_vertseg.anatomy import Level
from napari_vertseg.io import read_labels, read_scan
from napari_vertseg.ui.correct_panel import CorrectPanel
from napari_vertseg.ui.correct_tools import Tool
from napari_vertseg.ui.marks import Role
from napari_vertseg.ui.permissions import Status
from napari_vertseg.ui.samples import phantom_labels, phantom_scan
from napari_vertseg.ui.views import View, show_view
from napari_vertseg.volume import Scan

MERGED = (Level.T12, Level.L1)
HALVED, CUT_SHORT, MISSING = Level.L2, Level.L3, Level.L4
CUT_MM = 20.0
ANCHORS = 8
"""Of a contour; the live wire finds the way between them."""
WIRE_EVERY_MM = 6.0
HALF = 99
"""A value that no vertebra has."""
SPLIT, BRUSH, WALK, WIRE, EXACT = 0.95, 0.9, 0.85, 0.85, 1.0
"""The least Dice with the truth that a tool has to reach here."""


@dataclass(frozen=True)
class Patient:
    """A scan, its truth, and which vertebra gets pieces of ribs."""

    scan: Scan
    truth: NDArray[np.uint8]
    leaky: Level

    @classmethod
    def of(cls, scan: Scan, truth: NDArray[np.uint8]) -> Patient:
        present = [Level(int(v)) for v in np.unique(truth) if v and int(v) != int(Level.S1)]
        others = [v for v in present if v not in (*MERGED, HALVED, CUT_SHORT, MISSING)]
        leaky = Level.T11 if Level.T11 in others else others[-1]
        return cls(scan, np.where(np.isin(truth, present), truth, 0).astype(np.uint8), leaky)

    def planted(self) -> NDArray[np.uint8]:
        """The truth with an error of every kind."""
        truth, labels = self.truth, self.truth.copy()
        labels[truth == MERGED[1]] = MERGED[0]
        rows = np.arange(len(truth))[:, None, None]
        height = np.flatnonzero((truth == HALVED).any(axis=(1, 2)))
        labels[(truth == HALVED) & (rows > height[len(height) // 2])] = HALF
        last = np.flatnonzero((truth == CUT_SHORT).any(axis=(1, 2)))[-1]
        end = last - CUT_MM / self.scan.grid.spacing_mm.z
        labels[(truth == CUT_SHORT) & (rows > end)] = 0
        labels[truth == MISSING] = 0
        for piece in self.ribs():
            labels[piece] = self.leaky
        return labels

    def ribs(self) -> list[tuple[slice, ...]]:
        """Two blocks beside the leaky vertebra, apart from all that is labelled."""
        spacing = self.scan.grid.spacing_mm
        away = ndimage.distance_transform_edt(self.truth == 0, sampling=spacing)
        z, _, x = (int(v) for v in np.argwhere(self.truth == self.leaky).mean(axis=0))
        free = np.argwhere((away[z] > 9) & (away[z] < 20))
        sides = (free[free[:, 1] < x - 5], free[free[:, 1] > x + 5])
        half = [max(int(3 / mm), 1) for mm in spacing]
        places = [(z, *side[len(side) // 2]) for side in sides if len(side)]
        return [
            tuple(slice(max(c - h, 0), c + h + 1) for c, h in zip(place, half, strict=True))
            for place in places
        ]


class Corrector(Person):
    """Presses the buttons of the Correct panel, and compares with the truth."""

    def __init__(self, folder: Path, patient: Patient) -> None:
        super().__init__(folder)
        self.patient, self.truth = patient, patient.truth
        self.panel = self.panel_of(CorrectPanel)
        self.missed: list[str] = []
        self.rest()
        self.raise_panel(self.panel)

    def select(self, level: Level) -> None:
        """The vertebra that has most of the true one."""
        inside = self.labels[level == self.truth]
        self.session.work.select(int(np.bincount(inside[inside > 0]).argmax()), jump=True)
        self.rest()

    @property
    def labels(self) -> NDArray[np.uint8]:
        return self.session.work.spine.labels

    def use(self, tool: Tool) -> None:
        form = self.panel.form
        form.tool.setCurrentIndex(form.tool.findData(tool))
        self.rest()

    def preview(self, name: str = "") -> None:
        button = self.panel.preview
        if not button.isEnabled():
            print(f"! {button.toolTip()}")
        button.click()
        self.wait(lambda: not self.panel.control.is_drafting)
        print(self.panel.proposal.text() or self.panel.complaint.text.text(), flush=True)
        if name:
            self.picture(name)

    def apply(self) -> None:
        self.panel.points.setChecked(False)
        self.panel.apply.click()
        self.settle()

    def settle(self) -> None:
        session = self.session
        self.wait(lambda: not session.errands.is_busy_with(session.work))
        self.rest(1)

    def click(self, level: Level) -> None:
        """Into the middle of the body, as the truth has it."""
        inside = np.argwhere(level == self.truth)
        inside = inside[inside[:, 1] < np.percentile(inside[:, 1], 40)]
        nearest = inside[np.argmin(((inside - inside.mean(axis=0)) ** 2).sum(axis=1))]
        self.set_point(tuple(float(v) for v in nearest))

    def set_point(self, voxel: tuple[float, ...]) -> None:
        spacing = self.session.work.scan.grid.spacing_mm
        world = tuple(v * mm for v, mm in zip(voxel, spacing, strict=True))
        self.panel.control.set_point(world)

    def tell(self, least: float, *levels: Level) -> None:
        """Compare with the truth, and remember what fell short."""
        for level in levels:
            true = level == self.truth
            inside = self.labels[true]
            found = np.bincount(inside[inside > 0])
            mine = self.labels == (int(found.argmax()) if len(found) else 255)
            dice = 2 * np.count_nonzero(mine & true) / (np.count_nonzero(mine) + true.sum())
            print(f"  {level.name}: Dice {dice:.3f}, promised {least:g}", flush=True)
            if dice < least:
                self.missed.append(f"{level.name} {dice:.3f} < {least:g}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/pictures"))
    parser.add_argument("--scan", type=Path, help="CT to correct; the made spine unless given")
    parser.add_argument("--reference", type=Path, help="its true mask, with VerSe values")
    parser.add_argument("--without-model", action="store_true", help="only what a hand does")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    at = Corrector(options.folder, patient_of(options.scan, options.reference))
    session = at.session
    show_planted(at)
    split(at)
    merge(at)
    keep_largest(at)
    if not options.without_model:
        segment_anew(at)
    brush(at)
    if not options.without_model:
        redo(at)
        delete(at)
    live_wire(at)
    print(session.saved_words())
    at.leave()
    if at.missed:
        raise SystemExit(f"less than promised: {', '.join(at.missed)}")


def patient_of(scan: Path | None, reference: Path | None) -> Patient:
    if scan is None or reference is None:
        return Patient.of(phantom_scan(), phantom_labels())
    read = read_scan(scan)
    return Patient.of(read, read_labels(reference, like=read)[0])


def show_planted(at: Corrector) -> None:
    session = at.session
    session.show_scan(at.patient.scan)
    at.rest()
    spacing = session.work.scan.grid.spacing_mm
    planted = at.patient.planted()
    layer = at.viewer.add_labels(planted, name="proposal", scale=spacing, units=("mm",) * 3)
    session.errands.take_mask_layer(layer)
    at.wait(lambda: bool(session.work.chain))
    at.viewer.layers.remove(layer)
    show_view(at.viewer, View.SAGITTAL)
    at.select(MERGED[0])
    at.wait(lambda: not session.errands.is_busy_with(session.work))
    at.picture("correct-planted")


def split(at: Corrector) -> None:
    at.use(Tool.SPLIT)
    at.panel.points.setChecked(True)
    for level in MERGED:
        at.click(level)
    at.preview("correct-split")
    at.apply()
    at.tell(SPLIT, *MERGED)


def merge(at: Corrector) -> None:
    at.select(HALVED)
    at.use(Tool.MERGE)
    halves = np.bincount(at.labels[at.truth == HALVED], minlength=256)
    halves[0] = halves[at.session.work.selected] = 0
    other = at.panel.form.other
    other.setCurrentIndex(other.findData(int(halves.argmax())))
    at.preview("correct-merge")
    at.apply()
    at.tell(EXACT, HALVED)


def keep_largest(at: Corrector) -> None:
    at.select(at.patient.leaky)
    at.use(Tool.LARGEST)
    at.preview()
    at.apply()
    at.tell(EXACT, at.patient.leaky)


def segment_anew(at: Corrector) -> None:
    at.select(CUT_SHORT)
    at.panel.resegment.click()
    at.wait(lambda: not at.panel.control.is_drafting)
    print(at.panel.proposal.text() or at.panel.complaint.text.text(), flush=True)
    at.picture("correct-anew")
    if not at.panel.apply.isEnabled():
        raise SystemExit("the model did not find it again")
    at.apply()
    at.tell(WALK, CUT_SHORT)
    # The other way is to be shown, too: by hand.
    at.panel.undo.click()
    at.settle()


def brush(at: Corrector) -> None:
    """Along what is missing, as a hand would: a brush in three dimensions that keeps to bone."""
    at.select(CUT_SHORT)
    at.panel.limited.setChecked(True)
    at.panel.low.setValue(100)
    layer = at.session.work.spine.layer(Role.VERTEBRAE)
    layer.selected_label, layer.brush_size, layer.n_edit_dimensions = (
        at.session.work.selected,
        4,
        3,
    )
    missing = np.argwhere((at.truth == CUT_SHORT) & (at.labels == 0))
    with layer.block_history():
        for place in missing[:: max(len(missing) // 400, 1)]:
            layer.paint(tuple(int(v) for v in place), layer.selected_label, refresh=False)
        layer.refresh()
    at.panel.limited.setChecked(False)
    at.settle()
    at.use(Tool.HOLES)
    at.preview()
    at.apply()
    at.picture("correct-brush")
    at.tell(BRUSH, CUT_SHORT)


def redo(at: Corrector) -> None:
    """Below the vertebra that was corrected one is missing."""
    work, walk = at.session.work, at.session.walk
    at.select(CUT_SHORT)
    before = len(work.chain)
    at.panel.redo_down.click()
    at.wait(lambda: len(work.chain) > before or walk.status is Status.IDLE)
    walk.stop()
    at.wait_for(Status.IDLE)
    at.picture("correct-redo")
    at.tell(WALK, MISSING)


def delete(at: Corrector) -> None:
    """It is to be drawn by hand, too."""
    at.select(MISSING)
    at.use(Tool.DELETE)
    at.preview()
    at.apply()


def live_wire(at: Corrector) -> None:
    """The missing one as one would draw it without any model: contours along the edge."""
    at.panel.new.click()
    at.use(Tool.WIRE)
    at.panel.points.setChecked(True)
    true = at.truth == MISSING
    spacing = at.patient.scan.grid.spacing_mm
    columns = np.flatnonzero(true.any(axis=(0, 1)))
    step = max(round(WIRE_EVERY_MM / spacing.x), 1)
    for x in dict.fromkeys([*columns[1:-1:step], columns[-2]]):
        at.viewer.dims.set_point(at.viewer.dims.ndim - 1, float(x * spacing.x))
        for outline in outlines(true[:, :, x]):
            for z, y in outline:
                at.set_point((float(z), float(y), float(x)))
            at.panel.close_wire.click()
    at.viewer.dims.set_point(at.viewer.dims.ndim - 1, float(np.median(columns) * spacing.x))
    at.preview("correct-wire")
    at.apply()
    at.tell(WIRE, MISSING)


def outlines(mask: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Anchors along every piece of a slice that is worth a contour."""
    pieces, count = ndimage.label(mask)
    found = []
    for number in range(1, count + 1):
        piece = pieces == number
        if np.count_nonzero(piece) > 4 * ANCHORS:
            line = max(find_contours(np.pad(piece, 1).astype(float), 0.9), key=len) - 1
            at = np.linspace(0, len(line), ANCHORS, endpoint=False).astype(int)
            found.append(np.rint(line[at]))
    return found


if __name__ == "__main__":
    main()
