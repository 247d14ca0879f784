"""What a training run leaves on disk, and how it is read again."""

from __future__ import annotations

import csv
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from napari_vertseg.errors import TrainingFailed
from napari_vertseg.io.atomic import atomic_path, write_json_atomic
from napari_vertseg.strict_json import MalformedJson, read_json, to_jsonable
from napari_vertseg.training import EventKind, TrainingConfig, TrainingEvent

_COLUMNS = ("step", "seconds", "loss", "false_positive", "false_negative", "completeness_loss")


@dataclass(frozen=True)
class RunFolder:
    """``config.json``, ``checkpoint.pt``, ``events.jsonl``, ``log.csv`` and ``best/``."""

    path: Path

    @property
    def best(self) -> Path:
        """Model folder of the best validated weights."""
        return self.path / "best"

    @property
    def latest(self) -> Path:
        """Model folder of the newest validated weights."""
        return self.path / "latest"

    def create(self, config: TrainingConfig, data: list[str]) -> None:
        """Start a run.

        Raises
        ------
        TrainingFailed
            The folder already holds one.
        """
        if (self.path / "config.json").exists():
            raise TrainingFailed(
                f"{self.path.name} already holds a training run; nothing was changed. "
                "Continue it with 'vertseg-train resume', or choose another folder."
            )
        self.path.mkdir(parents=True, exist_ok=True)
        write_json_atomic(self.path / "config.json", to_jsonable(config))
        write_json_atomic(self.path / "data.json", data)

    def config(self) -> TrainingConfig:
        """Settings of the run."""
        try:
            return read_json(TrainingConfig, self.path / "config.json")
        except (OSError, MalformedJson) as error:
            raise TrainingFailed(f"{self.path.name} holds no readable training run: {error}") from None

    def data(self) -> list[str]:
        """Data folders of the run, as they were given."""
        folders: list[str] = json.loads((self.path / "data.json").read_text(encoding="utf-8"))
        return folders

    def save_checkpoint(self, state: dict[str, Any]) -> None:
        """Replace the checkpoint in one step."""
        with atomic_path(self.path / "checkpoint.pt", overwrite=True) as beside:
            torch.save(state, beside)

    def load_checkpoint(self) -> dict[str, Any] | None:
        """The newest checkpoint, or None before the first."""
        path = self.path / "checkpoint.pt"
        if not path.is_file():
            return None
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        return state


class RunLog:
    """Tells what happens: one JSON line per event, one CSV line per logged step."""

    def __init__(self, folder: RunFolder, *, is_writing: bool = True) -> None:
        self._folder = folder
        self._is_writing = is_writing
        self._started = time.monotonic()

    def tell(
        self,
        kind: EventKind,
        step: int,
        values: dict[str, float] | None = None,
        *,
        seconds_left: float | None = None,
        message: str = "",
    ) -> TrainingEvent:
        """Append an event and return it."""
        event = TrainingEvent(
            kind=kind,
            step=step,
            seconds=round(time.monotonic() - self._started, 2),
            seconds_left=seconds_left,
            values=values,
            message=message,
        )
        if self._is_writing:
            with (self._folder.path / "events.jsonl").open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(to_jsonable(event)) + "\n")
            if kind == "step" and values is not None:
                self._append_csv(event, values)
        return event

    def _append_csv(self, event: TrainingEvent, values: dict[str, float]) -> None:
        path = self._folder.path / "log.csv"
        is_new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as table:
            writer = csv.writer(table)
            if is_new:
                writer.writerow(_COLUMNS)
            row = {"step": event.step, "seconds": event.seconds, **values}
            writer.writerow([row.get(column, "") for column in _COLUMNS])
