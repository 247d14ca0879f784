"""Which prediction belongs to which reference, told by the names of files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import CaseIncomplete

_SUFFIXES: Final = (".nii.gz", ".nii", ".mha", ".mhd", ".nrrd")
_LABEL_WORDS: Final = ("vertebrae", "labels", "label", "seg-vert_msk", "seg", "mask", "msk")
"""What names of label files end with: ours, the phantoms', CSI's, VerSe's, others'."""
_SCAN_WORDS: Final = ("ct", "scan", "image")
_BESIDE: Final = frozenset({"structures", "bone", "ignore"})
"""What else the trainer keeps in the folder of a case."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A prediction with its reference, and the scan for the pictures where there is one."""

    name: str
    """Of the scan; never a path."""
    prediction: Path
    reference: Path
    scan: Path | None = None


@dataclass(frozen=True, slots=True)
class Pairing:
    """What two folders have in common, and what they do not."""

    pairs: tuple[Pair, ...]
    """By name."""
    predictions_alone: tuple[str, ...] = ()
    """Names that have no reference."""
    references_alone: tuple[str, ...] = ()
    """Names that have no prediction."""


@dataclass(frozen=True, slots=True)
class LabelledScan:
    """What one folder has about one scan."""

    name: str
    candidates: tuple[Path, ...]
    """Files that may be its labels; more than one is one too many."""
    scan: Path | None

    @property
    def labels(self) -> Path | None:
        """Its labels, where it has any.

        Raises
        ------
        CaseIncomplete
            Two files could be it.
        """
        if len(self.candidates) > 1:
            names = ", ".join(sorted({p.name for p in self.candidates}))
            raise CaseIncomplete(
                f"{len(self.candidates)} files could be the labels of {self.name}: {names}; "
                "keep one of them in the folder."
            )
        return self.candidates[0] if self.candidates else None


def pair_up(prediction: Path, reference: Path, scans: Path | None = None) -> Pairing:
    """Pair two folders by the names in them, or two files.

    ``x_vertebrae`` pairs with ``x``, ``x_labels`` (phantoms), ``x_label`` (CSI 2014)
    and ``x_seg-vert_msk`` (VerSe); a file called ``vertebrae`` has the name of its
    folder. Folders are searched with all below them.

    Parameters
    ----------
    prediction, reference : Path
        Two folders, or two files.
    scans : Path, optional
        Folder with the CT scans, where they lie with neither of them.

    Raises
    ------
    CaseIncomplete
        One is a file and the other a folder, one is not there, or a name has two files.
    """
    for path in (prediction, reference):
        if not path.exists():
            raise CaseIncomplete(f"{path.name} was not found; check the spelling of the path.")
    if prediction.is_dir() is not reference.is_dir():
        raise CaseIncomplete(
            "One of the two is a file and the other a folder; give two files or two folders."
        )
    extra = {s.name: s.scan for s in labelled_scans(scans)} if scans is not None else {}
    if prediction.is_file():
        name = scan_name(prediction)
        only = next(iter(extra.values())) if len(extra) == 1 else extra.get(name)
        return Pairing((Pair(name, prediction, reference, only),))
    ours = {s.name: s for s in labelled_scans(prediction) if s.candidates}
    theirs = {s.name: s for s in labelled_scans(reference) if s.candidates}
    return Pairing(
        tuple(_pair(ours[n], theirs[n], extra.get(n)) for n in sorted(ours.keys() & theirs)),
        tuple(sorted(ours.keys() - theirs)),
        tuple(sorted(theirs.keys() - ours)),
    )


def labelled_scans(folder: Path) -> list[LabelledScan]:
    """Label maps and scans below a folder, by name.

    A file whose name says neither is taken for the scan where another one of its
    name says that it holds labels, else for the labels.
    """
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        is_volume = path.is_file() and volume_stem(path) and volume_stem(path) not in _BESIDE
        if is_volume and not any(p.startswith(".") for p in parts):
            groups[scan_name(path)].append(path)
    return [_sorted_out(name, paths) for name, paths in sorted(groups.items())]


def scan_name(path: Path) -> str:
    """Name of the scan that a file belongs to."""
    stem = volume_stem(path) or path.stem
    while word := _last_word(stem, (*_LABEL_WORDS, *_SCAN_WORDS)):
        stem = stem[: -len(word)].rstrip("_-. ")
    return stem or path.resolve().parent.name


def _pair(ours: LabelledScan, theirs: LabelledScan, scan: Path | None) -> Pair:
    if ours.labels is None or theirs.labels is None:
        raise TypeError("both sides of a pair have labels")
    return Pair(ours.name, ours.labels, theirs.labels, scan or theirs.scan or ours.scan)


def _sorted_out(name: str, paths: list[Path]) -> LabelledScan:
    labels = [p for p in paths if _last_word(volume_stem(p), _LABEL_WORDS)]
    scans = [p for p in paths if p not in labels and _last_word(volume_stem(p), _SCAN_WORDS)]
    unsaid = [p for p in paths if p not in labels and p not in scans]
    if not labels:
        labels, unsaid = unsaid, []
    found = scans or unsaid
    return LabelledScan(name, tuple(labels), found[0] if found else None)


def _last_word(stem: str, words: Iterable[str]) -> str:
    """The word that a name ends with, or is."""
    low = stem.lower()
    ending = [w for w in words if low == w or low.endswith((f"_{w}", f"-{w}"))]
    return max(ending, key=len, default="")


def volume_stem(path: Path) -> str:
    """Name without the suffix of a volume; empty where it has none."""
    low = path.name.lower()
    suffix = next((s for s in _SUFFIXES if low.endswith(s)), None)
    return path.name[: -len(suffix)] if suffix else ""
