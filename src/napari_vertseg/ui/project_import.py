"""Taking scans into a project, as a person asks for it in the dialog."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from ..cases import MaskToImport, Project, Role, import_scan
from ..cases.foreign_labels import Values
from ..errors import VertsegError


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportWish:
    """Scans to take in, all of one kind."""

    scans: tuple[Path, ...]
    mask: Path | None = None
    """Of another tool; for a single scan only."""
    is_reference: bool = False
    """The mask is accepted as it is, rather than a proposal to correct."""
    values: Values = "auto"
    patient: str = ""
    """Anything that tells the patient from others, the same for all; only a hash is kept."""
    role: Role | None = None
    """None: the patient's, or the proposed one."""
    copy: bool | None = None
    """Copy the scans in; None: as the project has it."""


def reason_against(wish: ImportWish) -> str | None:
    """Why a wish cannot be granted, as a sentence with what to do; None if it can."""
    if not wish.scans:
        return "Choose a scan: a file, or a folder with a DICOM series."
    if wish.mask is not None and len(wish.scans) > 1:
        return "A mask belongs to one scan: choose a single scan, or leave the mask out."
    if wish.is_reference and wish.mask is None:
        return "A reference needs its mask: choose one, or take the scan in without."
    return None


@dataclass(frozen=True, slots=True)
class Taken:
    """How an import went on: a sentence, and the case where there is one."""

    words: str
    case: str | None = None
    is_error: bool = False


def take_in(project: Project, wish: ImportWish, who: str) -> Generator[Taken, None, None]:
    """Import scan by scan; one that is refused does not stop the others."""
    for number, scan in enumerate(wish.scans, start=1):
        of = f" ({number} of {len(wish.scans)})" if len(wish.scans) > 1 else ""
        yield Taken(f"Importing {scan.name}{of}…")
        try:
            made = import_scan(
                project,
                scan,
                annotator=who,
                mask=_mask(wish),
                patient=wish.patient.strip() or None,
                role=wish.role,
                copy=wish.copy,
            )
        except VertsegError as error:
            yield Taken(f"{scan.name}: {error}", is_error=True)
            continue
        case = made.case
        yield Taken(f"{case.id}: {case.name} was taken in as {case.role}.", case.id)
        for warning in made.warnings:
            yield Taken(f"{case.id}: {_without_options(warning)}")


def _mask(wish: ImportWish) -> MaskToImport | None:
    if wish.mask is None:
        return None
    return MaskToImport(path=wish.mask, is_reference=wish.is_reference, values=wish.values)


def _without_options(warning: str) -> str:
    """Options of the command line mean nothing in a window."""
    return warning.replace(" (--patient)", "").replace(" with --values verse", " as VerSe levels")
