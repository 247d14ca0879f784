"""A folder belongs to one study with one set of settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import CaseIncomplete, OutputRefused
from ..io import write_json_atomic


def claim(folder: Path, settings: Mapping[str, Any]) -> None:
    """Take a folder for a study, or find that it is that study's already.

    Results of two studies in one folder would be figures of neither.

    Parameters
    ----------
    folder : Path
        Made where it is not there; ``study.json`` in it holds the settings.
    settings : mapping
        As JSON has them; tuples and lists are the same.

    Raises
    ------
    CaseIncomplete
        It holds another study, or one with other settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "study.json"
    wanted = json.loads(json.dumps(settings))
    # Two commands with different parts may begin at the same time.
    with suppress(OutputRefused):
        write_json_atomic(path, wanted)
    known = _read(path)
    if known != wanted:
        differing = sorted(k for k in wanted.keys() | known if known.get(k) != wanted.get(k))
        raise CaseIncomplete(
            f"{folder.name} holds a study with other settings (study.json differs in "
            f"{', '.join(differing)}); run it with those again, or choose another folder."
        )


def _read(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CaseIncomplete(f"{path.name} cannot be read: {error}.") from None
    return known if isinstance(known, dict) else {}
