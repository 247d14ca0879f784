"""What a person has set for the window; small, and kept beside other settings of the user."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Final, Literal

from ..io import write_json_atomic
from ..launch import HERE, LaunchTemplate
from ..strict_json import STRICT, MalformedJson, read_json, to_jsonable


class Key(StrEnum):
    """What keys do; the values are the names in the settings file."""

    NEXT = "next vertebra"
    PREVIOUS = "previous vertebra"
    SUSPICIOUS = "next most suspicious vertebra"
    PLAY_PAUSE = "play or pause"
    ACCEPT = "accept and next"
    FLAG = "flag"
    LOCK = "lock or unlock"


DEFAULT_KEYS: Final[Mapping[str, str]] = {
    Key.NEXT.value: "N",
    Key.PREVIOUS.value: "Shift-N",
    Key.SUSPICIOUS.value: "U",
    Key.PLAY_PAUSE.value: "Shift-Space",
    Key.ACCEPT.value: "A",
    Key.FLAG.value: "G",
    Key.LOCK.value: "K",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that is remembered from one session to the next."""

    __pydantic_config__: ClassVar = STRICT
    schema: Literal[1] = 1
    keys: Mapping[str, str] = field(default_factory=dict)
    """Key by what it does, in napari's spelling (``Shift-N``); the default where not given."""
    model_folders: tuple[str, ...] = ()
    """Chosen model folders."""
    projects: tuple[str, ...] = ()
    """Folders of projects that were open, the newest first."""
    annotator: str = ""
    """Whose name versions get; empty: the login name."""
    launch: LaunchTemplate = HERE
    """How the trainer is started."""

    def key_of(self, key: Key) -> str:
        """The key in force; empty for none."""
        return self.keys.get(key.value, DEFAULT_KEYS[key.value])


def settings_file() -> Path:
    """Where settings lie; ``VERTSEG_SETTINGS`` names another file."""
    named = os.environ.get("VERTSEG_SETTINGS")
    if named:
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("napari-vertseg") / "settings.json"


def load_settings() -> Settings:
    """Settings from the file; the defaults where there is none or it cannot be used."""
    try:
        return read_json(Settings, settings_file())
    except (MalformedJson, OSError):
        return Settings()


def save_settings(settings: Settings) -> None:
    """Write the settings.

    Raises
    ------
    OutputRefused
        The place cannot be written.
    """
    file = settings_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    write_json_atomic(file, to_jsonable(settings), overwrite=True)
