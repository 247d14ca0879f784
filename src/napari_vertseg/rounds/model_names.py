"""What a model of a project may be called."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from ..errors import OutputRefused
from ..training import ACTIVE

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def check_name(name: str) -> str:
    """A name that can be a folder's on any system.

    Raises
    ------
    OutputRefused
        It cannot.
    """
    if not is_name(name):
        raise OutputRefused(
            f"{name[:80]!r} cannot name a model; use letters, digits, dot, dash and underscore, "
            "64 at most."
        )
    return name


def is_name(name: str) -> bool:
    """Whether it can be a folder's on any system."""
    return bool(_NAME.fullmatch(name)) and not name.endswith(".") and ".." not in name


def is_taken(models: Path, name: str) -> bool:
    """Whether a model of that name is there, or the name means another one already.

    A project's model called like a shipped one would be used in its place, without anybody
    having promoted it. Some disks take capitals for small letters.
    """
    from ..network.model import shipped_models

    reserved = {ACTIVE, *(folder.name for folder in shipped_models())}
    return name.lower() in reserved or (models / name).exists()
