"""CT values inside vertebrae on the working grid: real scans beside made ones.

    python benchmarks/bone_hu.py DATA

One line per scan: median over its vertebrae of volume (cm3), 10th, 50th and 90th percentile
and standard deviation of HU, at 2 mm. Made ones are the label maps of the same folder under
fresh appearances. Made bone is to lie where real bone lies: a network that learns bone as
brighter than it is takes a heart full of contrast for a vertebra.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_vertseg.pipeline.working_grid import to_working_grid
from napari_vertseg.study.subject import subjects_of
from napari_vertseg.training import SourceShares, TrainingConfig
from napari_vertseg.volume import resample_nearest
from vertseg_trainer.cases import load_cases
from vertseg_trainer.sources import ScanSource

_SPACING_MM = 2.0
_LEAST_VOXELS = 300
_DRAWS = 16


def line(name: str, hu: NDArray[np.int16], labels: NDArray[np.integer]) -> str:
    """Median over the vertebrae of a scan."""
    rows = []
    for value in np.unique(labels[labels > 0]):
        inside = hu[labels == value]
        if inside.size >= _LEAST_VOXELS:
            cm3 = inside.size * _SPACING_MM**3 / 1000
            rows.append([cm3, *np.percentile(inside, (10, 50, 90)), inside.std()])
    middle = np.median(rows, axis=0) if rows else np.full(5, np.nan)
    return f"{name:<16}" + "".join(f"{value:>8.0f}" for value in middle)


def main(data: Path) -> None:
    """Print both tables."""
    print(f"{'scan':<16}" + "".join(f"{w:>8}" for w in ("cm3", "p10", "p50", "p90", "sd")))
    for role in ("train", "validation"):
        for subject in subjects_of(data, role):
            working = to_working_grid(subject.scan, _SPACING_MM)
            labels = resample_nearest(
                subject.labels.astype(np.int16), subject.scan.grid, working.grid
            )
            print(line(subject.scan.name, working.voxels, labels))
    config = TrainingConfig(sources=SourceShares(phantom=0.0, synthesis=1.0, real=0.0))
    source = ScanSource(
        cases=list(load_cases(data, "train")), config=config, spacing_mm=_SPACING_MM
    )
    for number in range(_DRAWS):
        drawn = source.draw(np.random.default_rng((number, 11)))
        print(line(f"made {number}", drawn.image, drawn.labels))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
