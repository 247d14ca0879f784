"""The Replay panel: a recorded walk again, its film, and pictures of what was found."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QComboBox, QFileDialog, QLabel, QSlider, QVBoxLayout, QWidget

from .exports import FilmJob, Picture, export_picture, overview, solid_bodies
from .progress import WalkProgress
from .replay_control import ReplayControl
from .running import Ended
from .session import Session
from .tape import Tape
from .widgets import Complaint, allow, button, disclaimer, row

_SLOWEST: Final = 0.5
_FASTEST: Final = 60.0
_NO_WALK: Final = "No walk is recorded yet: walk first, or open a recording."
_NOTHING_OPEN: Final = "No walk is open: choose one above."
_NO_VERTEBRA: Final = "There is no vertebra yet: walk first."


class ReplayPanel(QWidget):
    """Emits wishes to a replay, shows what it tells."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.control = ReplayControl(session)
        self.film_job: FilmJob | None = None
        self._film_progress: WalkProgress | None = None
        self._files: tuple[Path, ...] = ()
        """Recordings opened by hand."""
        self.timer = QTimer(self)
        self.timer.timeout.connect(self._tick)
        self._glance = QTimer(self)  # every layer is cut anew: a slot of its own
        self._glance.setSingleShot(True)
        self._glance.timeout.connect(self._look)
        self.walks = QComboBox()
        self.walks.setToolTip(
            "Walks of this scan since it was opened, and recordings opened here."
        )
        self.show_walk = button(
            "Show", "Show this walk from its beginning; it needs no model.", self._show
        )
        self.open = button(
            "Open recording…",
            "A walk recorded here or by `vertseg segment --events`.",
            self._open,
        )
        self.play = button("▶ Replay", "Go on moment by moment.", self._play, name="replay")
        self.back = button("◀ Moment", "One moment back.", lambda: self.control.step(-1))
        self.on = button("Moment ▶", "One moment on.", lambda: self.control.step(1))
        self.leave = button("Close", "Show the vertebrae of the table again.", self.control.close)
        self.place = QSlider(Qt.Orientation.Horizontal)
        self.place.setToolTip("Go to any moment of the walk.")
        self.place.valueChanged.connect(self.control.seek)
        self.speed = QSlider(Qt.Orientation.Horizontal)
        self.speed.setRange(0, 100)
        self.speed.setValue(50)
        self.speed.setToolTip(
            f"Moments per second, from {_SLOWEST:g} on the left to {_FASTEST:g} on the right; "
            "the film takes the same speed."
        )
        self.speed.valueChanged.connect(self._set_speed)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.film = button("Film…", "Write the walk as a GIF or an MP4.", self._film, name="film")
        self.keep = button("Keep recording…", "Save the walk as a file.", self._keep, name="keep")
        self.figure = button(
            "3D figure…",
            "The vertebrae as solid bodies from the left and the front, incomplete ones half "
            "transparent, as a PNG.",
            lambda: self._picture(solid_bodies, "3d"),
            name="figure",
        )
        self.sheet = button(
            "Overview…",
            "Two slices along the spine with every vertebra coloured, as a PNG.",
            lambda: self._picture(overview, "overview"),
            name="overview",
        )
        self.complaint = Complaint()
        self._lay_out()
        self._set_speed()
        session.changed.connect(self.refresh)
        session.scan_changed.connect(self._forget_files)
        session.chain_changed.connect(self.refresh)
        session.failed.connect(self._complain)
        self.control.changed.connect(self._show_place)
        self.control.moved.connect(self._look_soon)
        self.refresh()

    @property
    def moments_per_second(self) -> float:
        """As the slider stands; each step of it is the same factor."""
        ratio = _FASTEST / _SLOWEST
        return float(_SLOWEST * ratio ** (self.speed.value() / 100))

    def refresh(self) -> None:
        """Enable what is possible now; the rest says why not."""
        self._list_walks()
        against = self.control.reason_against()
        none = against or (None if self.walks.count() else _NO_WALK)
        allow(self.show_walk, none)
        allow(self.open, against)
        allow(self.film, _being_written(self.film_job) or none)
        allow(self.keep, none or self._against_keeping())
        work = self.session.work
        empty = None if work is not None and len(work.chain) else _NO_VERTEBRA
        allow(self.figure, empty)
        allow(self.sheet, empty)
        self.film.setText("Film…" if self.film_job is None else "Give up film")
        if self.film_job is not None:
            allow(self.film, None)
        self._show_place()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.addWidget(self.walks)
        layout.addLayout(row(self.show_walk, self.open))
        layout.addLayout(row(self.play, self.back, self.on, self.leave))
        layout.addWidget(self.place)
        layout.addLayout(row(QLabel("slow"), self.speed, QLabel("fast")))
        layout.addWidget(self.words)
        layout.addLayout(row(self.film, self.keep))
        layout.addLayout(row(self.figure, self.sheet))
        layout.addWidget(self.complaint)
        layout.addWidget(disclaimer())
        layout.addStretch()

    def _show_place(self) -> None:
        replay = self.control.replay
        against = self.control.reason_against() or (None if replay else _NOTHING_OPEN)
        for made in (self.play, self.back, self.on):
            allow(made, against)
        allow(self.leave, None if replay else _NOTHING_OPEN)
        allow(self.show_walk, self.control.reason_against() or self._against_walks())
        self.place.setEnabled(against is None)
        self.play.setText("Ⅱ Pause" if self.control.is_playing else "▶ Replay")
        self.place.blockSignals(True)
        self.place.setRange(0, max(replay.last, 0) if replay else 0)
        self.place.setValue(max(replay.place, 0) if replay else 0)
        self.place.blockSignals(False)
        self.words.setText(replay.words if replay else "")
        if self.control.is_playing != self.timer.isActive():
            self.timer.start() if self.control.is_playing else self.timer.stop()

    def _list_walks(self) -> None:
        """The newest walk first; what was chosen stays chosen."""
        walk = self.session.walk
        tapes = [tape for tape in reversed(walk.tapes) if tape.events] if walk else []
        entries = [(tape.words, tape.file) for tape in tapes]
        entries += [(file.name, file) for file in reversed(self._files)]
        known = [self.walks.itemData(i) for i in range(self.walks.count())]
        chosen = self.walks.currentData()
        is_new = [file for _, file in entries] != known
        if is_new:
            self.walks.clear()
            for words, file in entries:
                self.walks.addItem(words, file)
            if chosen in [file for _, file in entries] and len(entries) <= len(known):
                self.walks.setCurrentIndex([file for _, file in entries].index(chosen))
        else:
            for i, (words, _) in enumerate(entries):
                self.walks.setItemText(i, words)

    def _against_walks(self) -> str | None:
        return None if self.walks.count() else _NO_WALK

    def _against_keeping(self) -> str | None:
        return None if self._tape() is not None else "This recording is a file of its own already."

    def _tape(self) -> Tape | None:
        walk, file = self.session.walk, self.walks.currentData()
        tapes = walk.tapes if walk is not None else []
        return next((tape for tape in tapes if tape.file == file), None)

    def _forget_files(self) -> None:
        self._files = ()
        self.refresh()

    def _show(self) -> None:
        self.complaint.hide()
        if self.walks.currentData() is not None:
            self.control.open(self.walks.currentData())

    def _open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a recorded walk", "", "Walks (*.jsonl)")
        if path:
            self.complaint.hide()
            self._files = (*(f for f in self._files if f != Path(path)), Path(path))
            self.refresh()
            # Qt compares what it does not know by identity, so ask Python.
            entries = [self.walks.itemData(i) for i in range(self.walks.count())]
            self.walks.setCurrentIndex(entries.index(Path(path)))
            self.refresh()
            self.control.open(Path(path))

    def _play(self) -> None:
        if self.control.is_playing:
            self.control.pause()
        else:
            self.control.play()

    def _tick(self) -> None:
        self.control.tick()

    def _look_soon(self) -> None:
        self._glance.start(0)

    def _look(self) -> None:
        self.control.look()

    def _set_speed(self) -> None:
        self.timer.setInterval(max(round(1000 / self.moments_per_second), 1))

    def _keep(self) -> None:
        tape, work = self._tape(), self.session.work
        if tape is None or work is None:
            return
        name = f"{work.scan.name}_walk.jsonl"
        path, _ = QFileDialog.getSaveFileName(self, "Keep the recording", name, "Walks (*.jsonl)")
        if path:
            self.session.errands.run(lambda: tape.kept(Path(path)))

    def _picture(self, draw: Picture, kind: str) -> None:
        work = self.session.work
        if work is None:
            return
        name = f"{work.scan.name}_{kind}.png"
        path, _ = QFileDialog.getSaveFileName(self, "Save a picture", name, "Pictures (*.png)")
        if path:
            segmentation, scan = work.chain.segmentation(), work.scan
            self.session.errands.run(
                lambda: export_picture(draw, segmentation, scan, Path(path).with_suffix(".png"))
            )

    def _film(self) -> None:
        work, file = self.session.work, self.walks.currentData()
        if self.film_job is not None:
            self.film_job.give_up()
            return
        if work is None or file is None:
            return
        name = f"{work.scan.name}_walk.gif"
        path, _ = QFileDialog.getSaveFileName(
            self, "Write a film", name, "GIF (*.gif);;MP4 (*.mp4)"
        )
        if path:
            self._write_film(FilmJob(file, work.scan, Path(path), self.moments_per_second))

    def _write_film(self, job: FilmJob) -> None:
        self.complaint.hide()
        self.film_job = job
        self._film_progress = WalkProgress(f"Writing {job.target.name}")
        watch = QTimer(self)
        watch.setInterval(300)
        watch.timeout.connect(self._watch_film)
        watch.start()

        def ended(how: Ended) -> None:
            watch.stop()
            watch.deleteLater()
            self.film_job = None
            if self._film_progress is not None:
                self._film_progress.close()
            self.refresh()

        self.refresh()
        self.destroyed.connect(job.give_up)
        self.session.errands.run(job.run, ended)

    def _watch_film(self) -> None:
        if self.film_job is not None and self._film_progress is not None:
            self._film_progress.tell(self.film_job.share)
            self.words.setText(f"{self.film_job.target.name}: {self.film_job.share:.0%}")

    def _complain(self, ended: Ended) -> None:
        self.complaint.show_error(ended)


def _being_written(job: FilmJob | None) -> str | None:
    return None if job is None else "A film is being written."
