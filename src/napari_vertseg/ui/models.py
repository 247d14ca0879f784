"""Models to choose from, and loading one; torch is only loaded when a walk begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..prediction import Predictor
from ..results import ModelRecord
from .wishes import WalkRequest

if TYPE_CHECKING:
    from ..network.model import ModelCard

SHIPPED = Path(__file__).resolve().parent.parent / "models"


@dataclass(frozen=True, eq=False, slots=True)
class Loaded:
    """A model that answers."""

    card: ModelCard
    predict: Predictor
    device: str
    record: ModelRecord | None = None
    """For the record of a result."""


Loader = Callable[[WalkRequest, Callable[[str], None]], Loaded]
"""Loads the model of a request; tells sentences for the user."""


def shipped_names() -> list[str]:
    """Names of the models inside the package, without loading torch."""
    return sorted(card.parent.name for card in SHIPPED.glob("*/model.json"))


class ModelShelf:
    """Loads models, and keeps the last one: the second walk begins at once."""

    def __init__(self) -> None:
        self._key: Any = None
        self._loaded: Loaded | None = None

    def load(self, request: WalkRequest, tell: Callable[[str], None]) -> Loaded:
        """The model of a request, on its device.

        Raises
        ------
        ModelIncompatible, VertsegError
            No such model, a damaged one, or no such device.
        """
        from ..network.model import find_model

        folder = find_model(request.model)
        key = (folder.resolve(), _stamp(folder), request.device)
        if self._loaded is None or key != self._key:
            self._loaded = _load(folder, request.device, tell)
            self._key = key
        return self._loaded


def _stamp(folder: Path) -> tuple[float, ...]:
    """Changes when a model is trained on under the same name."""
    return tuple(file.stat().st_mtime for file in sorted(folder.glob("*.*")))


def _load(folder: Path, device: str, tell: Callable[[str], None]) -> Loaded:
    from ..network.device import choose_device
    from ..network.ladder import LadderPredictor
    from ..network.model import load_model, weights_sha256
    from ..network.threads import leave_one_core

    leave_one_core()
    model = load_model(folder)
    chosen = choose_device(model.network, device, tell=tell)
    return Loaded(
        card=model.card,
        predict=LadderPredictor(model, chosen, tell=tell),
        device=str(chosen),
        record=ModelRecord(name=model.card.name, weights_sha256=weights_sha256(folder)),
    )
