"""The pictures of the viewer in the README: napari driven like a new user would, button by button.

    xvfb-run -s "-screen 0 1600x1000x24" python scripts/screenshots.py [FOLDER]

Needs napari, a Qt binding and a display (Xvfb will do). FOLDER is docs/pictures unless given.
Walks the made spine of the sample data with the starter model; five minutes on two idle cores.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from person import SIZE, Person, keep_small
from PIL import Image

from napari_vertseg.pictures import figure_3d, write_animation
from napari_vertseg.ui import open_viewer
from napari_vertseg.ui.marks import Role
from napari_vertseg.ui.permissions import Action, Status
from napari_vertseg.ui.replay_panel import ReplayPanel
from napari_vertseg.ui.samples import phantom_labels, phantom_scan
from napari_vertseg.ui.sessions import session_of
from napari_vertseg.ui.views import View, show_space, show_view
from napari_vertseg.ui.wishes import Way
from napari_vertseg.volume import Grid, Scan


def main(folder: Path) -> None:
    """Walk the made spine and take its pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    person = Person(folder)
    session = person.session
    session.show_scan(phantom_scan())
    person.rest()
    session.show_side()
    person.picture("viewer-open")

    person.press(Action.VERTEBRA, until=Status.PAUSED)
    person.press(Action.VERTEBRA, until=Status.PAUSED)
    person.press(Action.PATCH, until=Status.PAUSED)
    person.press(Action.PATCH, until=Status.PAUSED)
    person.picture("viewer-walk")

    person.press(Action.BACK)
    person.press(Action.PLAY, until=Status.IDLE)
    show_view(person.viewer, View.SAGITTAL)
    session.work.select(max(session.work.chain, key=lambda r: r.suspicion).id, jump=True)
    person.picture("viewer-table")

    replay(person)
    in_space(person)
    session.clear()
    both_ways_from_a_click(person)
    person.leave()
    orientation(person)


def replay(person: Person) -> None:
    """The walk again, from its recording; then as a film."""
    (panel,) = person.window.findChildren(ReplayPanel)
    panel.parent().raise_()
    panel.show_walk.click()
    person.wait(lambda: not panel.control.is_loading)
    panel.place.setValue(panel.control.replay.last // 2)
    person.picture("viewer-replay")
    panel.leave.click()
    film = person.folder / "walk.gif"
    work = person.session.work
    write_animation(
        panel.walks.currentData(), work.scan, film, height_px=300, glide_frames=0, overwrite=True
    )
    print(f"{film.name}: {film.stat().st_size // 1024} kB")
    figure = person.folder / "figure-3d.png"
    figure_3d(work.chain.segmentation(), figure, name=work.scan.name, overwrite=True)
    keep_small(figure)
    person.walk.parent().raise_()


def orientation(person: Person) -> None:
    """A body with a block at its head, its front and its left, seen in every view.

    Red is the head, green the front, blue the patient's left; napari's default camera looks
    from the feet, so that the front is up and the left on the right: nothing is mirrored.
    """
    viewer = open_viewer(block=False)
    viewer.window._qt_window.resize(*SIZE)
    shape, spacing = (30, 60, 40), (3.0, 1.0, 1.5)
    grid = Grid.canonical(shape, spacing)
    session_of(viewer).show_scan(Scan.from_canonical(np.full(shape, -400, np.int16), grid))
    places = {"red": (3, 30, 20), "green": (15, 6, 20), "blue": (15, 30, 36)}
    for colour, place in places.items():
        block = np.zeros(shape, dtype=np.uint8)
        block[tuple(slice(c - 3, c + 4) for c in place)] = 1
        look = {"colormap": colour, "blending": "additive", "contrast_limits": (0, 1)}
        viewer.add_image(block, name=colour, scale=spacing, units=("mm",) * 3, **look)
    shots = []
    for view in (*View, None, "space"):
        if isinstance(view, View):
            show_view(viewer, view)
            viewer.dims.point = tuple(c * mm for c, mm in zip((15, 30, 20), spacing, strict=True))
            if view is View.SAGITTAL:
                viewer.dims.set_point(2, 20 * spacing[2])
        elif view is None:
            viewer.dims.order = (0, 1, 2)
            viewer.dims.ndisplay = 3
            viewer.reset_view()
        else:
            show_space(viewer)
        person.rest()
        shot = viewer.screenshot(canvas_only=True, flash=False)[..., :3]
        shots.append(Image.fromarray(shot).resize((300, 300 * shot.shape[0] // shot.shape[1])))
    sheet = Image.new("RGB", (304 * len(shots) - 4, shots[0].height), "white")
    for place, shot in enumerate(shots):
        sheet.paste(shot, (304 * place, 0))
    sheet.save(person.folder / "orientation.png", optimize=True)
    keep_small(person.folder / "orientation.png")
    viewer.close()


def in_space(person: Person) -> None:
    """The vertebrae in 3D, each in a layer of its own."""
    viewer, session = person.viewer, person.session
    session.split_or_join()
    person.wait(lambda: not session.errands.is_turning(session.work))
    hidden = [session.work.spine.layer(role) for role in (Role.SCAN, Role.TRAIL)]
    for layer in hidden:
        layer.visible = False
    show_space(viewer)
    person.picture("viewer-3d")
    viewer.dims.ndisplay = 2
    for layer in hidden:
        layer.visible = True
    session.split_or_join()
    person.wait(lambda: not session.errands.is_turning(session.work))
    show_view(viewer, View.SAGITTAL)


def both_ways_from_a_click(person: Person) -> None:
    """A click into the middle of the spine, and the walk both ways from there."""
    session = person.session
    truth = phantom_labels()
    values = np.unique(truth[truth > 0])
    place = np.argwhere(truth == values[len(values) // 2]).mean(axis=0)
    person.walk.form.way.setCurrentText(Way.BOTH.value)
    person.walk.click.setChecked(True)
    person.walk.walk_on.setChecked(True)
    session.click(tuple(place * session.work.scan.grid.spacing_mm))
    person.wait(lambda: len(session.work.chain) >= 3 or session.walk.status is Status.IDLE)
    person.press(Action.PAUSE, until=Status.PAUSED)
    person.picture("viewer-click")
    person.press(Action.PLAY, until=Status.IDLE)
    print(f"{len(session.work.chain)} vertebrae both ways, {len(values)} in truth")


if __name__ == "__main__":
    here = Path(__file__).resolve().parents[1] / "docs" / "pictures"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else here)
