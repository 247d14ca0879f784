"""How much smaller a whole vertebra is than its neighbours.

    python benchmarks/neighbour_volumes.py DATA [--phantoms N]

``DATA`` is a folder of scans with ``vertebrae.nii.gz`` beside each. Prints the smallest ratios of
a vertebra's volume to the median of the three nearest ones, of label maps and of phantoms; what
``TraversalConfig.min_volume_share`` has to stay below.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_vertseg.anatomy import is_target
from napari_vertseg.io import read_labels
from napari_vertseg.synthesis import make_phantom


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--phantoms", type=int, default=16)
    told = parser.parse_args()
    maps = sorted(told.data.rglob("vertebrae.nii.gz"))
    show("label maps", [r for path in maps for r in ratios(whole_volumes(read_labels(path)[0]))])
    show("phantoms", [r for seed in range(told.phantoms) for r in ratios(of_phantom(300 + seed))])


def whole_volumes(labels: NDArray[np.integer]) -> dict[int, int]:
    """Voxels of each vertebra that touches no face of the map."""
    counts = np.bincount(labels.ravel())
    faces = [np.take(labels, end, axis) for axis in range(3) for end in (0, -1)]
    cut = {int(v) for face in faces for v in np.unique(face)}
    return {v: int(n) for v, n in enumerate(counts) if n and is_target(v) and v not in cut}


def of_phantom(seed: int) -> dict[int, int]:
    """The same of a phantom on a 2 mm grid, which says what is complete."""
    made = make_phantom(seed, (2.0, 2.0, 2.0))
    counts = np.bincount(made.labels.ravel())
    return {v: int(counts[v]) for v, whole in made.is_complete.items() if whole and is_target(v)}


def ratios(volumes: Mapping[int, int]) -> list[float]:
    """Volume over the median of the three nearest, where there are three."""
    found = []
    for level, volume in volumes.items():
        others = sorted((v for v in volumes if v != level), key=lambda v: abs(v - level))[:3]
        if len(others) == 3:
            found.append(volume / float(np.median([volumes[v] for v in others])))
    return found


def show(name: str, values: list[float]) -> None:
    """The count and the smallest five."""
    smallest = " ".join(f"{value:.2f}" for value in sorted(values)[:5])
    print(f"{name}: {len(values)} vertebrae, smallest ratios {smallest}")


if __name__ == "__main__":
    main()
