"""A model as one file: exported, and imported without trusting it.

The file is a zip of ``model.json`` and ``weights.safetensors``, nothing else. Neither
can run code, and neither is read before its name, kind and size were checked.
"""

from __future__ import annotations

import secrets
import shutil
import stat
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

from ..errors import ModelIncompatible, OutputRefused
from ..io.atomic import atomic_path, writing
from .model_limits import check_affordable
from .model_names import check_name, is_taken

_CARD: Final = "model.json"
_WEIGHTS: Final = "weights.safetensors"
_LARGEST: Final = {_CARD: 4 << 20, _WEIGHTS: 4 << 30}
"""Bytes; the paper's network has 9 MB of weights."""
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
"""What a damaged or foreign archive raises, encrypted ones included."""
_PIECE: Final = 1 << 20


def export_model(folder: Path, target: Path, *, overwrite: bool = False) -> Path:
    """Write a model folder as one file.

    Raises
    ------
    ModelIncompatible
        The folder holds no sound model.
    OutputRefused
        The file exists already or cannot be written.
    """
    from ..network.model import load_model

    load_model(folder)
    with (
        atomic_path(target, overwrite) as beside,
        writing(target),
        zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as archive,
    ):
        for name in (_CARD, _WEIGHTS):
            archive.write(folder / name, name)
    return target


def import_model(source: Path, models: Path, name: str | None = None) -> Path:
    """Take a model file in as a folder.

    Parameters
    ----------
    source : Path
        From ``export_model``, of anybody.
    models : Path
        Folder that will hold the model's folder.
    name : str, optional
        In place of the model's own.

    Returns
    -------
    Path
        The model's folder; whole, or nothing was left.

    Raises
    ------
    ModelIncompatible
        The file holds anything but one sound model.
    OutputRefused
        A model of that name is there already, or it cannot be written.
    """
    beside = models / f".part-{secrets.token_hex(8)}"
    with writing(models):
        beside.mkdir(parents=True)
    try:
        _unpack(source, beside)
        final = _checked(beside, source, models, name)
        with writing(final):
            beside.rename(final)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return final


def _checked(beside: Path, source: Path, models: Path, name: str | None) -> Path:
    """Where the unpacked model will lie, once it was found sound."""
    from ..network.model import load_card, load_model

    try:
        card = load_card(beside)
        check_affordable(card.network, card.spacing_mm, (beside / _WEIGHTS).stat().st_size)
        model = load_model(beside)
    except ModelIncompatible as error:
        # The folder's own name says nothing to anybody.
        raise ModelIncompatible(str(error).replace(beside.name, source.name)) from None
    except RecursionError:
        raise ModelIncompatible(
            f"the card in {source.name} is nested far deeper than any of this program's; nothing "
            "was imported."
        ) from None
    final = models / check_name(name or card.name)
    if is_taken(models, final.name):
        raise OutputRefused(
            f"the name {final.name!r} means another model already, which was left as it is; "
            "import this one under another name (--name)."
        )
    if card.name != final.name:
        replace(model, card=replace(card, name=final.name)).save(beside, overwrite=True)
    return final


def _unpack(source: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            for entry in _entries(archive, source.name):
                with archive.open(entry) as packed, writing(folder / entry.filename):
                    _copy(packed, folder / entry.filename, source.name)
    except OSError as error:
        raise ModelIncompatible(
            f"{source.name} cannot be read ({error.strerror or 'it is damaged'}); copy it again."
        ) from None
    except _DAMAGE as error:
        raise ModelIncompatible(
            f"{source.name} is no model file, or it is damaged ({error}); nothing was imported."
        ) from None


def _entries(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """The two files, and nothing that is not one of them."""
    entries = archive.infolist()
    if sorted(entry.filename for entry in entries) != sorted(_LARGEST):
        shown = ", ".join(repr(entry.filename[:60]) for entry in entries[:4]) or "nothing"
        raise ModelIncompatible(
            f"{name} holds {shown}; a model file holds {_CARD} and {_WEIGHTS} and nothing else. "
            "Nothing was imported."
        )
    for entry in entries:
        # A link would have this program read or write what it points at.
        mode = entry.external_attr >> 16
        if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
            raise ModelIncompatible(f"in {name}, {entry.filename} is no plain file.")
        # Others may need a library that is not there, and fail in ways of their own.
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ModelIncompatible(
                f"in {name}, {entry.filename} is packed in a way that no model file is; pack it "
                "again as an ordinary zip."
            )
        if entry.file_size > _LARGEST[entry.filename]:
            raise _too_large(name, entry.filename)
    return entries


def _copy(packed: IO[bytes], target: Path, name: str) -> None:
    """What an entry says about its size need not be true, so bytes are counted."""
    written = 0
    with target.open("wb") as file:
        while piece := packed.read(_PIECE):
            written += len(piece)
            if written > _LARGEST[target.name]:
                raise _too_large(name, target.name)
            file.write(piece)


def _too_large(name: str, entry: str) -> ModelIncompatible:
    limit = _LARGEST[entry] >> 20
    return ModelIncompatible(
        f"{entry} in {name} is larger than {limit} MB, which no model of this program is; "
        "nothing was imported."
    )
