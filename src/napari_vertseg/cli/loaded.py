"""A model ready to predict on a device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..network.model import ModelCard
    from ..prediction import Predictor
    from ..results import ModelRecord


@dataclass(frozen=True)
class LoadedModel:
    """What walking a scan needs of a model."""

    card: ModelCard
    predict: Predictor
    record: ModelRecord
    device: str

    @classmethod
    def load(
        cls,
        name: str | None,
        *,
        device: str = "auto",
        threads: int | None = None,
        tell: Callable[[str], None] = lambda sentence: None,
    ) -> LoadedModel:
        """Load a shipped model or a folder.

        Parameters
        ----------
        name : str, optional
            The default model where not given.
        device : str
            See ``network.device.choose_device``.
        threads : int, optional
            Of the CPU; torch's own choice where not given.
        tell : callable
            Told why a device was passed over.

        Raises
        ------
        ModelIncompatible, VertsegError
            No such model, a damaged one, or no such device.
        """
        from ..network.device import choose_device
        from ..network.model import DEFAULT_MODEL, find_model, load_model, weights_sha256
        from ..network.threads import use_threads
        from ..results import ModelRecord

        if threads is not None:
            use_threads(threads)
        folder = find_model(name or DEFAULT_MODEL)
        model = load_model(folder)
        chosen = choose_device(model.network, device, tell=tell)
        return cls(
            card=model.card,
            predict=model.predictor(chosen),
            record=ModelRecord(name=model.card.name, weights_sha256=weights_sha256(folder)),
            device=str(chosen),
        )
