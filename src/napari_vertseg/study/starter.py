"""``vertseg study starter``: is the shipped model as good as it has to be?

Real validation scans walked down and up, scans cropped at random places, unseen phantoms,
validation labels rendered afresh, starts in every vertebra. Every scan, and every walk, is
kept as soon as it is whole, so that an interrupted study goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..io import write_json_atomic
from .case_folders import keep_case, read_case
from .claimed import claim
from .starter_places import StarterPlaces
from .starter_report import write_report
from .starter_sets import FIRST_PHANTOM, SETS, Part, Scans, WalkSet, scans_of
from .starter_starts import starts_of
from .subject import Subject
from .walked_cases import Walker, walk_cases

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class StarterStudy:
    """The study in its folder."""

    walker: Walker
    places: StarterPlaces
    data: Path | None
    """Labelled scans with a ``manifest.json``, DICOM folders in ``dicom``."""
    parts: Sequence[Part]
    tell: Tell
    minutes: float | None = None
    """No further scan is begun after this time."""
    first_phantom: int = FIRST_PHANTOM
    """Seed; rules that were chosen while looking at twenty phantoms want twenty others."""

    def run(self) -> tuple[Path, bool]:
        """Walk what has not been walked, and write the report of all that has.

        Returns
        -------
        (Path, bool)
            ``report.md``, and whether the parts asked for are whole.

        Raises
        ------
        CaseIncomplete
            The folder holds walks of another model, or labelled scans are needed.
        """
        for part in self.parts:
            self._scans(part)  # refused before hours of work
        record = self.walker.record
        weights = {"model": record.name, "weights_sha256": record.weights_sha256}
        seeds = {"first_phantom": self.first_phantom}
        claim(self.places.folder, {"study": "starter"} | weights | seeds)
        ends = None if self.minutes is None else time.monotonic() + 60 * self.minutes
        is_whole = True
        for work in self._pieces():
            if ends is not None and time.monotonic() >= ends:
                is_whole = False
                break
            work()
        report = write_report(self.places, record.name, self.tell)
        return report, is_whole

    def _scans(self, part: Part) -> Scans:
        return scans_of(part, self.data, self.first_phantom)

    def _pieces(self) -> Iterator[Callable[[], None]]:
        """One piece of work for every scan that has not been walked."""
        for part in self.parts:
            scans = self._scans(part)
            for walk_set in (s for s in SETS if s.part == part):
                for name, make in scans.items():
                    if not self.places.labels(walk_set, name).exists():
                        yield partial(self._walk, walk_set, name, make)
            for name, make in scans.items() if part == "starts" else ():
                if not self.places.start(name).exists():
                    yield partial(self._start, name, make)

    def _walk(self, walk_set: WalkSet, name: str, make: Callable[[], Subject]) -> None:
        case = self.places.case(walk_set.part, name)
        keep_case(case, make)
        folder = self.places.walks(walk_set)
        self.tell(f"{walk_set.name}:")
        walk_cases(
            [case],
            self.walker,
            folder,
            direction=walk_set.direction,
            max_steps=None,
            tell=self.tell,
        )

    def _start(self, name: str, make: Callable[[], Subject]) -> None:
        case = self.places.case("starts", name)
        keep_case(case, make)
        row = {"name": name} | starts_of(read_case(case), self.walker)
        path = self.places.start(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json_atomic(path, row, overwrite=True)
        self.tell(f"starts:\n  {name}: {row['right']} of {row['starts']} give their vertebra")
