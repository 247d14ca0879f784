"""A model on disk: ``model.json`` and ``weights.safetensors``, nothing that can run code."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Final, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from ..errors import ModelIncompatible, OutputRefused
from ..io.atomic import atomic_path, write_json_atomic, writing
from ..strict_json import STRICT, MalformedJson, read_json, to_jsonable
from .architecture import IterativeFcn
from .config import NetworkConfig
from .predictor import NetworkPredictor

CARD: Final = "model.json"
WEIGHTS: Final = "weights.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """One case that the weights have seen."""

    __pydantic_config__: ClassVar = STRICT
    name: str
    sha256: str
    licence: str
    attribution: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a model comes from and how good it was found to be."""

    __pydantic_config__: ClassVar = STRICT
    parent: str | None = None
    """Name and weight hash of the model it was fine-tuned from."""
    command: str = ""
    created: str = ""
    """ISO date."""
    steps: int = 0
    """Optimiser steps, over all resumptions."""
    data: tuple[DataSource, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    """Figures of real walks, named after the case and the metric."""
    licence: str = ""
    attribution: str = ""
    limits: tuple[str, ...] = ()
    """Sentences about what the model is known to do badly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """Everything that must travel with the weights (``model.json``)."""

    __pydantic_config__: ClassVar = STRICT
    schema: Literal[1] = 1
    name: str
    network: NetworkConfig
    spacing_mm: float
    """Isotropic working grid (P1)."""
    window_hu: tuple[float, float]
    """CT values mapped to 0 and 1."""
    directions: tuple[Literal["down", "up"], ...] = ("down", "up")
    """Ways the network was trained to walk; ``up`` by flipping z (P12)."""
    probability_threshold: float = 0.5
    completeness_threshold: float = 0.5
    refine_below_hu: float | None = None
    """Surface voxels below this are removed (P14); None = off. Chosen on validation."""
    resampling: Literal["probability", "nearest"] = "probability"
    """How masks return to the scan's grid (P15); the preset ``paper`` uses nearest."""
    labels: tuple[str, ...] = ("vertebra",)
    provenance: Provenance = Provenance()

    def __post_init__(self) -> None:
        low, high = self.window_hu
        if self.spacing_mm <= 0 or low >= high:
            raise ValueError(f"no grid or window: {self.spacing_mm} mm, {low} to {high} HU")
        for threshold in (self.probability_threshold, self.completeness_threshold):
            if not 0.0 < threshold < 1.0:
                raise ValueError(f"a threshold must lie between 0 and 1, got {threshold}")


@dataclass(frozen=True, eq=False)
class Model:
    """A card with its network, ready to predict."""

    card: ModelCard
    network: IterativeFcn

    def predictor(self, device: torch.device | str = "cpu") -> NetworkPredictor:
        """The network as a predictor of HU patches."""
        return NetworkPredictor(self.network, self.card.window_hu, device)

    def save(self, folder: Path, *, overwrite: bool = False) -> None:
        """Write the folder; weights first, so that a card never lacks them.

        Raises
        ------
        OutputRefused
            The folder already holds a model, or it cannot be written.
        """
        taken = [name for name in (CARD, WEIGHTS) if (folder / name).exists()]
        if taken and not overwrite:
            raise OutputRefused(
                f"{folder.name} already holds a model ({taken[0]}) and was left as it is; "
                "choose another folder."
            )
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        tensors = {name: t.detach().cpu().contiguous() for name, t in self._tensors().items()}
        with atomic_path(folder / WEIGHTS, overwrite) as beside, writing(folder / WEIGHTS):
            beside.write_bytes(save_tensors(tensors))
        write_json_atomic(folder / CARD, to_jsonable(self.card), overwrite)

    def renamed(self, name: str) -> Model:
        """The same weights under another name."""
        return Model(card=replace(self.card, name=name), network=self.network)

    def _tensors(self) -> dict[str, Tensor]:
        return dict(self.network.state_dict())


def load_model(folder: Path) -> Model:
    """Read a model folder.

    Raises
    ------
    ModelIncompatible
        Not a model folder, an unknown key, a tensor that does not fit, or weights that
        are not plain safetensors. The message names what was found.
    """
    card = load_card(folder)
    network = IterativeFcn(card.network)
    _fill(network, _read_weights(folder / WEIGHTS), folder.name)
    return Model(card=card, network=network)


def load_card(folder: Path) -> ModelCard:
    """Read and check ``model.json`` alone (no weights are touched).

    Raises
    ------
    ModelIncompatible
        See ``load_model``.
    """
    path = folder / CARD
    if not path.is_file():
        raise ModelIncompatible(
            f"{folder.name} is not a model: it has no {CARD}. "
            "Give the folder that holds model.json and weights.safetensors."
        )
    try:
        return read_json(ModelCard, path)
    except MalformedJson as error:
        raise ModelIncompatible(
            f"the model card of {folder.name} cannot be used: {error}. It was written by "
            "another version or edited; export the model again or update napari-vertseg."
        ) from None
    except OSError as error:
        raise ModelIncompatible(
            f"the model card of {folder.name} cannot be read ({error.strerror}); "
            "check the permissions of the folder."
        ) from None


def weights_sha256(folder: Path) -> str:
    """Hash that names the weights in recordings and provenance."""
    return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()


def _read_weights(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise ModelIncompatible(f"the model {path.parent.name} has no {WEIGHTS}; copy it again")
    try:
        # Read whole: a memory map would keep the file busy and fail if it is replaced.
        return load_tensors(path.read_bytes())
    except (SafetensorError, OSError) as error:
        raise ModelIncompatible(
            f"the weights of {path.parent.name} are no valid safetensors file ({error}); "
            "the copy is truncated or of another kind. Copy the model again."
        ) from None


def _fill(network: IterativeFcn, tensors: dict[str, Tensor], name: str) -> None:
    expected = network.state_dict()
    unknown = sorted(set(tensors) - set(expected))
    missing = sorted(set(expected) - set(tensors))
    wrong = [
        f"{key} is {tuple(tensors[key].shape)}, the card needs {tuple(expected[key].shape)}"
        for key in expected
        if key in tensors and tensors[key].shape != expected[key].shape
    ]
    odd = [
        f"{key} holds {_oddity(tensors[key])}"
        for key in expected
        if key in tensors and expected[key].is_floating_point() and _oddity(tensors[key])
    ]
    faults = [f"unknown tensor {k}" for k in unknown] + [f"no tensor {k}" for k in missing]
    faults += wrong + odd
    if faults:
        raise ModelIncompatible(
            f"the weights of {name} do not fit its card: {faults[0]}"
            + (f" (and {len(faults) - 1} more)" if len(faults) > 1 else "")
            + ". Card and weights are of different models, or the weights are damaged."
        )
    network.load_state_dict(tensors)


def _oddity(tensor: Tensor) -> str:
    """What makes a tensor no weight; empty for a sound one."""
    if not tensor.is_floating_point():
        return f"whole numbers ({str(tensor.dtype).removeprefix('torch.')})"
    return "" if bool(torch.isfinite(tensor).all()) else "values that are not numbers"


SHIPPED: Final = Path(__file__).resolve().parent.parent / "models"
"""Folder of the models inside the wheel."""

DEFAULT_MODEL: Final = "starter"


def find_model(name: str | os.PathLike[str] = DEFAULT_MODEL) -> Path:
    """Folder of a model given by the name of a shipped one or by a path.

    Raises
    ------
    ModelIncompatible
        Neither; the message lists the shipped names.
    """
    shipped = {folder.name: folder for folder in shipped_models()}
    if str(name) in shipped:
        return shipped[str(name)]
    if Path(name).is_dir():
        return Path(name)
    known = ", ".join(sorted(shipped)) or "none"
    shown = re.split(r"[\\/]", str(name))[-1]
    raise ModelIncompatible(
        f"there is no model {shown!r}. Shipped models: {known}. "
        "Give one of these names, or the path of a model folder."
    )


def shipped_models() -> list[Path]:
    """Model folders inside the package."""
    return sorted(folder.parent for folder in SHIPPED.glob(f"*/{CARD}"))
