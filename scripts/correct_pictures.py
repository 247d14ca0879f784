"""The pictures of docs/correcting.md: a proposal with planted errors, repaired panel by panel.

    xvfb-run -s "-screen 0 1600x1000x24" python scripts/correct_pictures.py [FOLDER]

Needs napari, a Qt binding and a display (Xvfb will do). FOLDER is docs/pictures unless given.
The made spine of the sample data is its own truth: after every step the Dice of what was repaired
is printed. Two vertebrae are merged, one is split in two, one is missing, pieces of ribs lie in
one, and of one the lower end is cut off. Ten minutes on two idle cores, most of them the model's.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from qtpy.QtWidgets import QDockWidget
from screenshots import Person

from napari_vertseg.anatomy import Level
from napari_vertseg.ui.correct_panel import CorrectPanel
from napari_vertseg.ui.correct_tools import Tool
from napari_vertseg.ui.marks import Role
from napari_vertseg.ui.permissions import Status
from napari_vertseg.ui.samples import phantom_labels, phantom_scan
from napari_vertseg.ui.views import View, show_view

TRUTH = phantom_labels()
MERGED = (Level.T12, Level.L1)
HALVED, CUT_SHORT, MISSING, LEAKY = Level.L2, Level.L3, Level.L4, Level.T11


def planted() -> NDArray[np.uint8]:
    """The truth with an error of every kind; a half has a value that no vertebra has."""
    labels = TRUTH.copy()
    labels[labels == MERGED[1]] = MERGED[0]
    height = np.flatnonzero((TRUTH == HALVED).any(axis=(1, 2)))
    below = np.arange(len(labels))[:, None, None] > height[len(height) // 2]
    labels[(TRUTH == HALVED) & below] = 99
    end = np.flatnonzero((TRUTH == CUT_SHORT).any(axis=(1, 2)))[-10]
    labels[(TRUTH == CUT_SHORT) & (np.arange(len(labels)) > end)[:, None, None]] = 0
    labels[TRUTH == MISSING] = 0
    z, y, x = (int(v) for v in np.argwhere(TRUTH == LEAKY).mean(axis=0))
    for side in (-30, 30):
        part = labels[z - 2 : z + 3, y : y + 8, x + side - 6 : x + side + 6]
        part[part == 0] = LEAKY
    return labels


class Corrector(Person):
    """Presses the buttons of the Correct panel, and compares with the truth."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (self.panel,) = self.window.findChildren(CorrectPanel)
        self.rest()
        for dock in self.window.findChildren(QDockWidget):
            if self.panel in dock.findChildren(CorrectPanel):
                dock.raise_()

    def select(self, level: Level) -> None:
        """The vertebra that has most of the true one."""
        inside = self.labels[level == TRUTH]
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
        print(self.panel.proposal.text() or self.panel.complaint.text.text())
        if name:
            self.picture(name)

    def apply(self) -> None:
        self.panel.points.setChecked(False)
        self.panel.apply.click()
        session = self.session
        self.wait(lambda: not session.errands.is_busy_with(session.work))
        self.rest(1)

    def click(self, level: Level) -> None:
        """Into the middle of the body, as the truth has it."""
        inside = np.argwhere(level == TRUTH)
        inside = inside[inside[:, 1] < np.percentile(inside[:, 1], 40)]
        nearest = inside[np.argmin(((inside - inside.mean(axis=0)) ** 2).sum(axis=1))]
        spacing = self.session.work.scan.grid.spacing_mm
        self.panel.control.set_point(
            tuple(float(v * mm) for v, mm in zip(nearest, spacing, strict=True))
        )

    def tell(self, *levels: Level) -> None:
        for level in levels:
            true = level == TRUTH
            inside = self.labels[true]
            found = np.bincount(inside[inside > 0])
            mine = self.labels == (int(found.argmax()) if len(found) else 255)
            dice = 2 * np.count_nonzero(mine & true) / (np.count_nonzero(mine) + true.sum())
            print(f"  {level.name}: Dice {dice:.3f}")


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures")
    folder.mkdir(parents=True, exist_ok=True)
    at = Corrector(folder)
    session = at.session
    session.show_scan(phantom_scan())
    at.rest()
    spacing = session.work.scan.grid.spacing_mm
    layer = at.viewer.add_labels(planted(), name="proposal", scale=spacing, units=("mm",) * 3)
    session.errands.take_mask_layer(layer)
    at.wait(lambda: bool(session.work.chain))
    at.viewer.layers.remove(layer)
    show_view(at.viewer, View.SAGITTAL)
    at.select(MERGED[0])
    at.wait(lambda: not session.errands.is_busy_with(session.work))
    at.picture("correct-planted")
    split(at)
    merge(at)
    keep_largest(at)
    segment_anew(at)
    brush(at)
    redo(at)
    at.tell(*(Level(int(v)) for v in np.unique(TRUTH) if v))
    print(session.saved_words())
    session.close()
    at.viewer.close()


def split(at: Corrector) -> None:
    at.use(Tool.SPLIT)
    at.panel.points.setChecked(True)
    for level in MERGED:
        at.click(level)
    at.preview("correct-split")
    at.apply()
    at.tell(*MERGED)


def merge(at: Corrector) -> None:
    at.select(HALVED)
    at.use(Tool.MERGE)
    halves = np.bincount(at.labels[TRUTH == HALVED], minlength=256)
    halves[0] = halves[at.session.work.selected] = 0
    other = at.panel.form.other
    other.setCurrentIndex(other.findData(int(halves.argmax())))
    at.preview("correct-merge")
    at.apply()
    at.tell(HALVED)


def keep_largest(at: Corrector) -> None:
    at.select(LEAKY)
    at.use(Tool.LARGEST)
    at.preview()
    at.apply()
    at.tell(LEAKY)


def segment_anew(at: Corrector) -> None:
    at.select(CUT_SHORT)
    at.panel.resegment.click()
    at.wait(lambda: not at.panel.control.is_drafting)
    print(at.panel.proposal.text() or at.panel.complaint.text.text())
    at.picture("correct-anew")
    # The other way is to be shown, too: by hand.
    at.panel.cancel.click()
    at.tell(CUT_SHORT)


def brush(at: Corrector) -> None:
    """Along what is missing, as a hand would: a brush in three dimensions that keeps to bone."""
    at.panel.limited.setChecked(True)
    layer = at.session.work.spine.layer(Role.VERTEBRAE)
    layer.selected_label, layer.brush_size, layer.n_edit_dimensions = (
        at.session.work.selected,
        6,
        3,
    )
    missing = np.argwhere((TRUTH == CUT_SHORT) & (at.labels == 0))
    with layer.block_history():
        for place in missing[:: max(len(missing) // 200, 1)]:
            layer.paint(tuple(int(v) for v in place), layer.selected_label, refresh=False)
        layer.refresh()
    at.panel.limited.setChecked(False)
    at.wait(lambda: not at.session.errands.is_busy_with(at.session.work))
    at.rest(1)
    at.use(Tool.HOLES)
    at.preview()
    at.apply()
    at.picture("correct-brush")
    at.tell(CUT_SHORT)


def redo(at: Corrector) -> None:
    """Below the vertebra that was corrected one is missing; the one after it is found anew."""
    work, walk = at.session.work, at.session.walk
    at.select(CUT_SHORT)
    before = len(work.chain)
    at.panel.redo_down.click()
    at.wait(lambda: len(work.chain) > before or walk.status is Status.IDLE)
    walk.stop()
    at.wait_for(Status.IDLE)
    at.picture("correct-redo")
    at.tell(MISSING, Level.L5)


if __name__ == "__main__":
    main()
