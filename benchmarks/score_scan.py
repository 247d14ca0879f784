"""20 vertebrae on 600 slices of 512 × 512: seconds to score them, part by part.

    python benchmarks/score_scan.py [--repeats N] [--plain]

Vertebrae are blocks with ragged surfaces, the prediction is the reference moved by a
voxel. With ``--plain``, a way that looks at the whole volume for every vertebra is timed
on one of them and shown as what 20 would take. Prints and asserts nothing.
"""

from __future__ import annotations

import argparse
from time import perf_counter

import numpy as np
from scipy import ndimage

from napari_vertseg.metrics import count_shared_voxels, score_scan
from napari_vertseg.volume import ZyxFloat

SHAPE = (600, 512, 512)
SPACING_MM = ZyxFloat(1.0, 0.75, 0.75)
COUNT = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--plain", action="store_true", help="the slow way, too; wants 8 GiB")
    options = parser.parse_args()
    reference = spine()
    prediction = np.roll(reference, 1, axis=1)
    voxels = np.count_nonzero(reference) // COUNT
    print(f"{COUNT} vertebrae of {voxels} voxels on {' × '.join(map(str, SHAPE))}")
    counted = min(timed(lambda: count_shared_voxels(prediction, reference), options.repeats))
    scored = min(timed(lambda: score_scan(prediction, reference, SPACING_MM), options.repeats))
    print(f"shared voxels of all: {counted:.2f} s")
    print(f"everything, surface distances included: {scored:.2f} s")
    if options.plain:
        plain = min(timed(lambda: plainly(prediction, reference, 1), 1)) * COUNT
        print(f"on whole volumes it would be {plain:.0f} s, {plain / scored:.0f} times as long")


def spine() -> np.ndarray:
    """A column of ragged blocks with processes, about 40 cm³ each."""
    rng = np.random.default_rng(0)
    labels = np.zeros(SHAPE, dtype=np.uint8)
    for number in range(1, COUNT + 1):
        shape = (26, 100, 70)
        rough = ndimage.gaussian_filter(rng.random(shape), 2)
        block = np.zeros(shape, dtype=bool)
        block[2:24, 4:48, 6:64] = True
        block[8:18, 48:96, 28:42] = True
        block &= rough < np.quantile(rough, 0.97)
        top = 10 + 29 * (number - 1)
        labels[top : top + 26, 230:330, 220:290][block] = number
    return labels


def plainly(prediction: np.ndarray, reference: np.ndarray, label: int) -> float:
    """Mean surface distance of one vertebra by distance maps of the whole volume."""
    first, second = prediction == label, reference == label
    sides = []
    for one, other in ((first, second), (second, first)):
        surface = one & ~ndimage.binary_erosion(one)
        rim = other & ~ndimage.binary_erosion(other)
        sides.append(ndimage.distance_transform_edt(~rim, SPACING_MM)[surface])
    return float(np.concatenate(sides).mean())


def timed(work, repeats: int) -> list[float]:
    """Seconds of every repeat."""
    seconds = []
    for _ in range(repeats):
        begin = perf_counter()
        work()
        seconds.append(perf_counter() - begin)
    return seconds


if __name__ == "__main__":
    main()
