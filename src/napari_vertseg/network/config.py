"""Every number of the network and of the model around it, in frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from ..strict_json import STRICT
from ..volume import Zyx

Norm = Literal["batch_statistics", "fixed_statistics", "batch", "instance", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """Shape of the segmentation and completeness network (P2, P4)."""

    __pydantic_config__: ClassVar = STRICT
    filters: tuple[int, ...]
    """Filters per resolution level, finest first; the paper uses 64 everywhere."""
    patch_shape: Zyx
    """Input (z, y, x) voxels; every side divisible by 2 ** (levels − 1)."""
    norm: Norm = "batch_statistics"
    """``batch_statistics`` is batch norm without running averages: with one patch
    per step that is instance norm in training and at inference alike, which is
    what the authors' later code does. ``fixed_statistics`` normalises with numbers
    measured once, so that a patch without bone stays without contrast
    (``docs/decisions/fixed-statistics.md``)."""
    dropout: float = 0.0
    """Drop rate between consecutive convolutions; the paper uses 0.2."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "filters", tuple(int(n) for n in self.filters))
        object.__setattr__(self, "patch_shape", Zyx(*(int(n) for n in self.patch_shape)))
        factor = 2 ** (len(self.filters) - 1)
        if not self.filters or min(self.filters) < 1:
            raise ValueError(f"filters must be positive, got {self.filters}")
        if any(n < factor or n % factor for n in self.patch_shape):
            raise ValueError(
                f"patch shape {tuple(self.patch_shape)} is not divisible by {factor}, "
                f"which {len(self.filters)} levels need"
            )
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"dropout must be in [0, 1), got {self.dropout}")

    @property
    def levels(self) -> int:
        """Number of resolutions."""
        return len(self.filters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A network with the working grid it is meant for (P1)."""

    network: NetworkConfig
    spacing_mm: float
    resampling: Literal["probability", "nearest"] = "probability"
    """How masks return to the scan's grid (P15)."""
    refine_below_hu: float | None = None
    """Surface voxels below this are removed (P14); None = off."""


PRESETS: Final[dict[str, Preset]] = {
    "paper": Preset(
        network=NetworkConfig(
            filters=(64, 64, 64, 64), patch_shape=Zyx(128, 128, 128), dropout=0.2
        ),
        spacing_mm=1.0,
        resampling="nearest",
        refine_below_hu=200.0,
    ),
    "small": Preset(
        network=NetworkConfig(filters=(16, 32, 48, 64), patch_shape=Zyx(64, 64, 64)),
        spacing_mm=1.75,
    ),
    "tiny": Preset(
        network=NetworkConfig(filters=(4, 8), patch_shape=Zyx(16, 16, 16)),
        spacing_mm=8.0,
    ),
}
"""``paper``: Lessmann et al. 2018. ``small``: about the same field of view on
two CPU cores. ``tiny``: for tests of everything around a network."""
