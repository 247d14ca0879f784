"""Fixtures of the window; tests that open one skip where napari or Qt is not installed.

Most of the ui needs neither: it is tested everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_vertseg.cases import Project
from napari_vertseg.network.config import NetworkConfig
from napari_vertseg.network.model import ModelCard
from napari_vertseg.pipeline import Walk
from napari_vertseg.traversal import NoisyPredictor, OraclePredictor
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.project_control import ProjectControl, control_of
from napari_vertseg.ui.running import Ended, Work
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.wishes import WalkRequest
from napari_vertseg.volume import Grid, Scan

from .desk import Desk
from .hands import Hands

NO_WINDOW = "napari, a Qt binding and pytest-qt are needed to open a window"
BINDINGS = ("PyQt6", "PySide6", "PyQt5")

if not (find_spec("napari") and find_spec("pytestqt") and any(map(find_spec, BINDINGS))):

    @pytest.fixture
    def make_napari_viewer() -> None:
        pytest.skip(NO_WINDOW)

    @pytest.fixture
    def qtbot() -> None:
        pytest.skip(NO_WINDOW)


SPACING_MM = 4.0
CARD = ModelCard(
    name="oracle",
    network=NetworkConfig(filters=(1,), patch_shape=(16, 16, 16)),
    spacing_mm=SPACING_MM,
    window_hu=(-200.0, 1000.0),
)


def spine(count: int = 5) -> np.ndarray:
    """(z, y, x) labels of a row of blocks with processes behind, 4 mm voxels."""
    labels = np.zeros((8 * count + 6, 24, 20), dtype=np.int16)
    for number in range(1, count + 1):
        top = 8 * number - 4
        labels[top : top + 6, 6:12, 7:14] = number
        labels[top + 2 : top + 4, 12:18, 9:12] = number
    return labels


def scan_of(labels: np.ndarray, name: str = "blocks") -> Scan:
    """A scan whose CT values are the labels, as the oracle wants it."""
    grid = Grid.canonical(labels.shape, (SPACING_MM,) * 3)
    return Scan.from_canonical(labels.astype(np.int16), grid, name=name)


@pytest.fixture(autouse=True)
def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Never the settings of whoever runs the tests."""
    file = tmp_path / "settings" / "settings.json"
    monkeypatch.setenv("VERTSEG_SETTINGS", str(file))
    monkeypatch.setenv("VERTSEG_RECOVERY", str(tmp_path / "recovery"))
    return file


@pytest.fixture
def scan() -> Scan:
    return scan_of(spine())


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Loaded]:
    """A loader of an oracle that answers from the scan itself."""
    from napari_vertseg.ui import walk_job

    def prepared(*values: Any, **settings: Any) -> Walk:
        made = prepare(*values, search_min_hu=None, min_confidence=0.0, **settings)
        return replace(made, predict=OraclePredictor(made.image.voxels))

    prepare = walk_job.prepare
    monkeypatch.setattr(walk_job, "prepare", prepared)

    def loaded(request: WalkRequest, tell: Callable[[str], None]) -> Loaded:
        return Loaded(CARD, OraclePredictor(spine()), "cpu")

    return loaded


@pytest.fixture
def walking_with(
    load: Callable[..., Loaded], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[np.ndarray], Any]], Callable[..., Loaded]]:
    """Walks are driven by a predictor of the test's own, made from the working image."""
    from napari_vertseg.ui import walk_job

    def driven_by(made_from: Callable[[np.ndarray], Any]) -> Callable[..., Loaded]:
        prepare = walk_job.prepare

        def prepared(*values: Any, **settings: Any) -> Walk:
            made: Walk = prepare(*values, **settings)
            return replace(made, predict=made_from(made.image.voxels))

        monkeypatch.setattr(walk_job, "prepare", prepared)
        return load

    return driven_by


@pytest.fixture
def noisy(walking_with: Callable[..., Callable[..., Loaded]]) -> Callable[..., Loaded]:
    """A predictor that errs once, so that something is rejected on the way."""
    return walking_with(
        lambda voxels: NoisyPredictor(
            OraclePredictor(voxels), 1, false_share=0.3, false_radius_voxels=2.0
        )
    )


class AtOnce:
    """Work that is done within ``start``, message by message, in the same thread."""

    def __init__(self) -> None:
        self.is_stopped = False

    def stop(self) -> None:
        self.is_stopped = True

    abandon = stop


def start_at_once(
    work: Work, told: Callable[[Any], None], ended: Callable[[Ended], None]
) -> AtOnce:
    """A starter for tests without threads: like ``start_in_thread``, errors included."""
    from napari_vertseg.errors import VertsegError

    running = AtOnce()
    messages: Generator[Any, None, None] = work()
    try:
        for message in messages:
            told(message)
            if running.is_stopped:
                break
    except VertsegError as error:
        ended(Ended(error))
        return running
    finally:
        messages.close()
    ended(Ended())
    return running


@pytest.fixture
def viewer() -> Any:
    return pytest.importorskip("napari").components.ViewerModel()


@pytest.fixture
def session(viewer: Any, load: Callable[..., Loaded]) -> Iterator[Session]:
    """A session whose work is done at once, with the oracle for a model; no scan yet."""
    session = Session(viewer, start=start_at_once, load=load)
    session.ask_for(WalkRequest(model="oracle"))
    yield session
    session.close()


@pytest.fixture
def on_scan(session: Session, scan: Scan) -> None:
    """The session works on the scan of blocks."""
    session.show_scan(scan)


@pytest.fixture
def walked(session: Session, on_scan: None) -> None:
    """All of its vertebrae are found."""
    session.play()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """One case with a proposal of three vertebrae, one with nothing."""
    from .project_desk import two_cases

    return two_cases(tmp_path)


@pytest.fixture
def control(session: Session, project: Project, monkeypatch: pytest.MonkeyPatch) -> ProjectControl:
    """That project is open in the session, for Ann."""
    monkeypatch.setenv("VERTSEG_ANNOTATOR", "Ann")
    control = control_of(session)
    control.open_project(project.folder.path)
    return control


@pytest.fixture
def desk(make_napari_viewer: Any, qtbot: Any, load: Callable[..., Loaded]) -> Iterator[Desk]:
    """Somebody at a real viewer, with the oracle for a model; no scan yet."""
    desk = Desk(make_napari_viewer(), qtbot, load)
    yield desk
    desk.leave()


@pytest.fixture
def hands(desk: Desk, scan: Scan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hands:
    return Hands(desk, scan, tmp_path, monkeypatch)
