"""From settings and folders to a running loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lightning_fabric import Fabric

from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import load_model
from napari_vertseg.training import TrainingConfig, TrainingEvent

from .cases import TrainingCase, load_cases
from .loop import Runtime, train
from .run_folder import RunFolder
from .sources import ScanSource
from .validate import Validation


def run(
    config: TrainingConfig,
    folder: RunFolder,
    *,
    data: Sequence[Path] | None,
    steps: int | None,
    minutes: float | None,
    loaders: int,
    threads: int | None,
    device: str,
    precision: Any,
    checkpoint_activations: bool,
    start: Path | None,
    listen: Callable[[TrainingEvent], None],
) -> int:
    """Start or go on with a run; returns the step that was reached."""
    if steps is not None:
        config = replace(config, steps=steps)
    folders = [Path(p) for p in folder.data()] if data is None else list(data)
    fabric = Fabric(accelerator=device, devices="auto" if device != "cpu" else 1, precision=precision)
    fabric.launch()
    source = ScanSource(
        cases=_cases(folders, "train"), config=config, spacing_mm=PRESETS[config.preset].spacing_mm
    )
    validation = Validation.prepare(config, _cases(folders, "validation"), folder)
    return train(
        config,
        source,
        folder,
        fabric,
        Runtime(
            loaders=loaders,
            threads=threads,
            max_minutes=minutes,
            checkpoint_activations=checkpoint_activations,
        ),
        validation,
        start_weights=None if start is None else dict(load_model(start).network.state_dict()),
        listen=listen,
    )


def _cases(folders: Sequence[Path], role: str) -> list[TrainingCase]:
    return [case for folder in folders for case in load_cases(folder, role)]
