"""What a file is, told by its first bytes: suffixes get lost in downloads and renames."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from io import BufferedIOBase
from pathlib import Path

from ..errors import ScanUnreadable, VertsegError

_HEAD_BYTES = 4096
_TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_NIFTI1_MAGIC = (b"n+1\0", b"ni1\0")
_NIFTI2_MAGIC = (b"n+2\0", b"ni2\0")
_PREAMBLE_FREE_DICOM = (b"\x08\x00\x00\x00", b"\x08\x00\x05\x00", b"\x08\x00\x08\x00")


class Kind(Enum):
    """A file format; the value is its name in messages."""

    NIFTI = "NIfTI"
    METAIMAGE = "MetaImage"
    NRRD = "NRRD"
    TIFF = "TIFF"
    DICOM = "DICOM"


def kind_of(path: Path) -> Kind:
    """Format of a file, or DICOM for any folder.

    Raises
    ------
    ScanUnreadable
        Nothing there, no permission, or no format that can be read.
    """
    if not path.exists():
        raise ScanUnreadable(f"{path.name} was not found; check the spelling of the path.")
    if path.is_dir():
        return Kind.DICOM
    with reading(path, "a scan"):
        head = head_of(path)
    if not head:
        raise ScanUnreadable(f"{path.name} is empty (0 bytes); copy or export it again.")
    kind = _kind_of_head(head)
    if kind is None:
        raise ScanUnreadable(
            f"{path.name} is no volume in a known format; give NIfTI, MHA/MHD, NRRD, "
            "a TIFF stack or a folder of DICOM files."
        )
    return kind


def head_of(path: Path) -> bytes:
    """First bytes of a file, unpacked if it is gzipped."""
    head = raw_head_of(path)
    if not head.startswith(b"\x1f\x8b"):
        return head
    # As much as a cut file still gives: naming the format comes first, the cut second.
    return zlib.decompressobj(wbits=31).decompress(head, _HEAD_BYTES)


def raw_head_of(path: Path) -> bytes:
    """First bytes of a file as they are."""
    with path.open("rb") as raw:
        return raw.read(_HEAD_BYTES)


def is_dicom(head: bytes) -> bool:
    """Whether a file's first bytes are DICOM, with or without its preamble."""
    return head[128:132] == b"DICM" or head.startswith(_PREAMBLE_FREE_DICOM)


def name_of(path: Path) -> str:
    """Name of a scan: the file's, or a series' folder's, without suffixes for the format."""
    if path.is_file() and is_dicom(raw_head_of(path)):
        path = path.parent
    name = path.resolve().name
    if path.is_dir():
        return name or "scan"
    for suffix in (".nii.gz", ".ome.tiff", ".ome.tif"):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)] or "scan"
    return Path(name).stem


@contextmanager
def reading(path: Path, what: str) -> Iterator[None]:
    """Turn whatever a file library raises into one sentence about the file."""
    try:
        yield
    except VertsegError:
        raise
    except PermissionError as error:
        raise ScanUnreadable(
            f"{path.name} may not be read by this user; "
            "ask for read permission or copy it to a folder of your own."
        ) from error
    except MemoryError as error:
        raise ScanUnreadable(
            f"{path.name} does not fit into the memory of this machine, or its header is damaged; "
            "crop it to the spine or read it on a bigger machine."
        ) from error
    except (AssertionError, AttributeError, NameError):
        raise  # our own mistakes are no damage of the file
    except Exception as error:  # decoders raise anything else on damaged bytes
        raise ScanUnreadable(
            f"{path.name} could not be read as {what}: it is damaged or cut short "
            f"({_reason(error, path)}); copy or export it again."
        ) from error


def open_unpacked(path: Path) -> BufferedIOBase:
    """Stream of a file's content, unpacked if it is gzipped."""
    with path.open("rb") as raw:
        is_packed = raw.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if is_packed else path.open("rb")


def _kind_of_head(head: bytes) -> Kind | None:
    if head.startswith(b"NRRD0"):
        return Kind.NRRD
    if head.startswith(_TIFF_MAGIC):
        return Kind.TIFF
    if head[344:348] in _NIFTI1_MAGIC or head[4:8] in _NIFTI2_MAGIC:
        return Kind.NIFTI
    if is_dicom(head):
        return Kind.DICOM
    if b"NDims" in head and b"DimSize" in head:
        return Kind.METAIMAGE
    return None


def _reason(error: Exception, path: Path) -> str:
    """Last line of a library's message, without the folders of this machine."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[-1] if lines else type(error).__name__
    for folder in (str(path.parent.resolve()), str(path.parent)):
        if folder != ".":
            text = text.replace(folder + "/", "").replace(folder + "\\", "")
    return text.rstrip(".")[:160]
