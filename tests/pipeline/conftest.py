"""A simple spine on any grid, and predictors that know the truth about it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.network.config import NetworkConfig
from napari_vertseg.network.model import ModelCard
from napari_vertseg.pipeline import Walk, WayBack, WorkingImage
from napari_vertseg.prediction import Prediction
from napari_vertseg.traversal import OraclePredictor, TraversalConfig
from napari_vertseg.volume import Grid, Scan, Zyx, ZyxFloat, resample_intensity

SIZE_MM = ZyxFloat(186.0, 96.0, 90.0)
PITCH_MM = 34.0
FIRST_MM = 22.0


@dataclass(frozen=True)
class TrueSpine:
    """Five vertebrae in a row, a little scoliotic."""

    labels: NDArray[np.uint8]
    grid: Grid

    @property
    def scan(self) -> Scan:
        """The label map as if it were a CT, for the oracle."""
        return Scan.from_canonical(self.labels.astype(np.int16), self.grid, "spine")


@pytest.fixture(scope="session")
def spine() -> Callable[..., TrueSpine]:
    def make(
        spacing_mm: tuple[float, float, float] = (2.0, 2.0, 2.0), tight: bool = False
    ) -> TrueSpine:
        shape = Zyx(*(round(s / mm) for s, mm in zip(SIZE_MM, spacing_mm, strict=True)))
        grid = Grid.canonical(shape, spacing_mm)
        pitch = 25.0 if tight else PITCH_MM
        return TrueSpine(_labels(shape, spacing_mm, pitch), grid)

    return make


def _labels(
    shape: Zyx, spacing_mm: tuple[float, float, float], pitch_mm: float
) -> NDArray[np.uint8]:
    z, y, x = np.ogrid[tuple(slice(0, n) for n in shape)]
    z, y, x = ((v + 0.5) * mm for v, mm in zip((z, y, x), spacing_mm, strict=True))
    labels = np.zeros(shape, dtype=np.uint8)
    for number in range(1, 6):
        height = z - (FIRST_MM + pitch_mm * (number - 1))
        side = x - (45.0 + 5.0 * np.sin(number))
        body = (height / 12.5) ** 4 + ((y - 30.0) / 16.0) ** 2 + (side / 20.0) ** 2 <= 1
        arch = (height - 4.0) ** 2 / 90.0 + ((y - 55.0) / 18.0) ** 2 + (side / 9.0) ** 2 <= 1
        labels[(body | arch) & (labels == 0)] = number
    return labels


class SoftOracle:
    """An oracle that knows how much of a voxel is bone: the image is label × 256 + share."""

    def __init__(self, image: NDArray[np.int16]) -> None:
        self._oracle = OraclePredictor(_core(image))

    def __call__(
        self, image_patch: NDArray[np.int16], memory_patch: NDArray[np.bool_]
    ) -> Prediction:
        core = _core(image_patch)
        answer = self._oracle(core, memory_patch)
        label = self._oracle.next_vertebra(core, memory_patch)
        share = np.where(image_patch // 256 == label, image_patch % 256, 0)
        return Prediction(share.astype(np.float32) / 255.0, answer.completeness)


def _core(image: NDArray[np.int16]) -> NDArray[np.int16]:
    """Labels of the voxels that are mostly bone."""
    is_core = (image > 0) & (image % 256 >= 128)
    return np.where(is_core, image // 256, 0).astype(np.int16)


@pytest.fixture(scope="session")
def soft_walk() -> Callable[..., Walk]:
    """A walk whose predictor answers perfectly on a coarser grid: with partial volume."""

    def make(truth: TrueSpine, spacing_mm: float, way_back: WayBack) -> Walk:
        grid = truth.grid.resized(ZyxFloat(spacing_mm, spacing_mm, spacing_mm))
        shares = np.stack(
            [
                resample_intensity((truth.labels == v) * np.float32(255), truth.grid, grid)
                for v in range(1, int(truth.labels.max()) + 1)
            ]
        )
        share = np.rint(shares.max(axis=0)).astype(np.int16)
        image = np.where(share > 0, (shares.argmax(axis=0) + 1) * 256 + share, 0)
        voxels = image.astype(np.int16)
        return Walk(
            scan=truth.scan,
            image=WorkingImage(voxels, grid),
            predict=SoftOracle(voxels),
            config=oracle_config(spacing_mm),
            way_back=way_back,
        )

    return make


def oracle_config(spacing_mm: float) -> TraversalConfig:
    side = round(112 / spacing_mm)
    return TraversalConfig(
        spacing_mm=spacing_mm, patch_shape=Zyx(side, side, side), search_min_hu=None
    )


@pytest.fixture(scope="session")
def card() -> Callable[..., ModelCard]:
    """The card of a model on a grid; its weights are never asked for."""

    def make(spacing_mm: float = 2.0, **settings: object) -> ModelCard:
        side = 2 * round(56 / spacing_mm)
        network = NetworkConfig(filters=(4, 8), patch_shape=Zyx(side, side, side))
        values = {"name": "oracle", "window_hu": (-200.0, 1000.0), **settings}
        return ModelCard(network=network, spacing_mm=spacing_mm, **values)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def oracle() -> Callable[..., OraclePredictor]:
    def make(truth: TrueSpine, incomplete: Collection[int] = ()) -> OraclePredictor:
        return OraclePredictor(truth.labels.astype(np.int16), incomplete=incomplete)

    return make


@pytest.fixture(scope="session")
def dice() -> Callable[..., float]:
    def of(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
        return float(2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b)))

    return of
