"""Where ``vertseg study starter`` keeps its scans, walks and pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..results import ResultFiles
from .case_folders import is_whole
from .starter_sets import Part, WalkSet


@dataclass(frozen=True, slots=True)
class StarterPlaces:
    """A folder of results, and one of scans that several models may share."""

    folder: Path
    scans: Path

    def case(self, part: Part, name: str) -> Path:
        """Folder of a scan with its truth."""
        return self.scans / part / name

    def walks(self, walk_set: WalkSet) -> Path:
        """Label maps, records and overviews of a set."""
        return self.folder / "walks" / walk_set.name

    def labels(self, walk_set: WalkSet, name: str) -> Path:
        """Label map of one walk; it is there once the walk is whole."""
        return ResultFiles.of(self.walks(walk_set), name).labels

    def page(self, walk_set: WalkSet) -> Path:
        """Folder of the page about a set."""
        return self.folder / walk_set.name

    @property
    def starts(self) -> Path:
        """What starts gave, a file per scan."""
        return self.folder / "walks" / "starts"

    def start(self, name: str) -> Path:
        """What the starts in one scan gave."""
        return self.starts / f"{name}.json"

    def walked(self, walk_set: WalkSet) -> list[Path]:
        """Case folders of a set that have been walked, by name."""
        cases = sorted((self.scans / walk_set.part).glob("*"))
        return [c for c in cases if is_whole(c) and self.labels(walk_set, c.name).exists()]
