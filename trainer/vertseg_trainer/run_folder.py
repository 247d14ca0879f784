"""What a training run leaves on disk, and how it is read again."""

from __future__ import annotations

import json
import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from napari_vertseg.errors import TrainingFailed
from napari_vertseg.io.atomic import atomic_path, write_json_atomic, writing
from napari_vertseg.network.model import CARD
from napari_vertseg.strict_json import MalformedJson, from_jsonable, read_json, to_jsonable
from napari_vertseg.training import WISH_FILE, TrainingConfig, TrainingEvent, Wish


@dataclass(frozen=True)
class RunFolder:
    """``config.json``, ``data.json``, ``checkpoint.pt``, ``events.jsonl``, ``log.csv``, models."""

    path: Path

    @property
    def best(self) -> Path:
        """Model folder of the best validated weights."""
        return self.path / "best"

    @property
    def has_best(self) -> bool:
        """Whether they are whole: the card comes last, and a full disk may leave it out."""
        return (self.best / CARD).is_file()

    @property
    def latest(self) -> Path:
        """Model folder of the newest validated weights."""
        return self.path / "latest"

    def refuse_taken(self) -> None:
        """Say so before any work is done.

        Raises
        ------
        TrainingFailed
            The folder already holds a run.
        """
        if (self.path / "config.json").exists():
            raise TrainingFailed(
                f"{self.path.name} already holds a training run; nothing was changed. "
                "Continue it with 'vertseg-train resume', or choose another folder."
            )

    def create(
        self, config: TrainingConfig, data: list[str], *, parent: str | None = None
    ) -> None:
        """Start a run.

        Parameters
        ----------
        config : TrainingConfig
        data : list of str
            Data folders. Kept relative to the run, so that it can be resumed from anywhere.
        parent : str, optional
            Name and hash of the model that the weights come from.

        Raises
        ------
        TrainingFailed
            The folder already holds a run, or cannot be made.
        """
        self.refuse_taken()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainingFailed(
                f"the folder {self.path.name} cannot be made ({error.strerror}); choose another."
            ) from None
        write_json_atomic(self.path / "data.json", [self._relative(d) for d in data], True)
        write_json_atomic(self.path / "parent.json", parent, True)
        # Last, since a folder is taken from the moment that it holds settings.
        write_json_atomic(self.path / "config.json", to_jsonable(config))

    def config(self) -> TrainingConfig:
        """Settings of the run.

        Raises
        ------
        TrainingFailed
            The folder holds no run, or its settings cannot be read.
        """
        try:
            return read_json(TrainingConfig, self.path / "config.json")
        except FileNotFoundError:
            raise TrainingFailed(
                f"{self.path.name} holds no training run; start one with 'vertseg-train train'."
            ) from None
        except (OSError, MalformedJson) as error:
            raise TrainingFailed(f"the run {self.path.name} cannot be read: {error}") from None

    def data(self) -> list[str]:
        """Data folders of the run."""
        folders: list[str] = json.loads((self.path / "data.json").read_text(encoding="utf-8"))
        return [str(self.path / folder) for folder in folders]

    def parent(self) -> str | None:
        """Name and hash of the model that the first weights came from, if any."""
        path = self.path / "parent.json"
        if not path.is_file():
            return None
        parent: str | None = json.loads(path.read_text(encoding="utf-8"))
        return parent

    def save_checkpoint(self, state: dict[str, Any]) -> None:
        """Replace the checkpoint in one step."""
        path = self.path / "checkpoint.pt"
        with atomic_path(path, overwrite=True) as beside, writing(path):
            torch.save(state, beside)

    def load_checkpoint(self) -> dict[str, Any] | None:
        """The newest checkpoint, or None before the first.

        Raises
        ------
        TrainingFailed
            The file is damaged.
        """
        path = self.path / "checkpoint.pt"
        if not path.is_file():
            return None
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except (RuntimeError, OSError, EOFError, ValueError, pickle.UnpicklingError) as error:
            raise TrainingFailed(
                f"the checkpoint of {self.path.name} is damaged "
                f"({type(error).__name__}); start a new run, from its best model if there is one."
            ) from None
        return state

    def wish(self) -> Wish | None:
        """What somebody wishes of the run, by a file that whoever started it writes."""
        try:
            return Wish((self.path / WISH_FILE).read_text(encoding="utf-8").strip())
        except (OSError, ValueError):  # none, or one that is being written
            return None

    def forget_wish(self) -> None:
        """A wish is for one run: it must not end the next one."""
        (self.path / WISH_FILE).unlink(missing_ok=True)

    def events(self) -> list[TrainingEvent]:
        """What was logged so far; a last line that a kill cut short is left out."""
        path = self.path / "events.jsonl"
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        whole = text[: text.rfind("\n") + 1]
        return [from_jsonable(TrainingEvent, json.loads(line)) for line in whole.splitlines()]

    def remove_unfinished(self) -> None:
        """Delete what a killed process was just writing."""
        for part in self.path.rglob(".part-*"):
            part.unlink(missing_ok=True)

    def _relative(self, folder: str) -> str:
        try:
            return Path(os.path.relpath(folder, self.path)).as_posix()
        except ValueError:  # another drive
            return str(Path(folder).absolute())
