"""A scan of 600 slices of 512 × 512: seconds and peak memory of ``vertseg segment``, both ways.

    python benchmarks/wide_field.py [--model NAME] [--scan FILE] [--threads N]

Makes a wide-field phantom (or takes a scan that is there already, so that making it is not
paid for twice), then runs the command itself as a process of its own per direction: the
figures are those of the whole process, starting, reading and writing included. Prints and
asserts nothing. Linux and macOS only: Windows does not tell a process' peak memory.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np

from napari_vertseg.io import write_scan
from napari_vertseg.synthesis import (
    FieldOfView,
    build_phantom_anatomy,
    draw_appearance,
    draw_phantom,
    render,
)
from napari_vertseg.volume import AIR_HU, Grid, Scan, resample_linear

SHAPE = (600, 512, 512)
SPACING_MM = (1.0, 0.75, 0.75)
COARSE_MM = 2.0
NOISE_HU = 12.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", default="starter", help="a shipped model or a model folder")
    parser.add_argument("--scan", type=Path, help="kept between runs; made if it is not there")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, help="of the CPU; torch's own choice if not given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scan = options.scan or Path(folder) / "wide.nii.gz"
        if not scan.exists():
            begin = perf_counter()
            write_scan(scan, wide_phantom(options.seed))
            print(f"made {scan.name} in {perf_counter() - begin:.0f} s", flush=True)
        for direction in ("down", "up"):
            measure(scan, Path(folder) / direction, direction, options)


def wide_phantom(seed: int) -> Scan:
    """A trunk from the neck to the pelvis, in the middle of a wide field of view."""
    rng = np.random.default_rng(seed)
    depth, height, width = (n * mm for n, mm in zip(SHAPE, SPACING_MM, strict=True))
    view = FieldOfView(
        top_rank=6.5,
        height_mm=depth + 4,
        front_mm=0.6 * height + 4,
        back_mm=0.4 * height + 4,
        right_mm=0.5 * width + 4,
        left_mm=0.5 * width + 4,
    )
    parameters = replace(draw_phantom(rng), field_of_view=view, arms="none")
    anatomy = build_phantom_anatomy(parameters, (COARSE_MM,) * 3).anatomy
    coarse = render(anatomy, draw_appearance(rng), rng)
    affine = anatomy.grid.affine.copy()
    affine[:3, :3] = affine[:3, :3] / COARSE_MM * np.array(SPACING_MM)
    grid = Grid(SHAPE, affine)
    voxels = np.empty(SHAPE, dtype=np.int16)
    fine = resample_linear(coarse, anatomy.grid, grid)
    for out, plane in zip(voxels, fine, strict=True):  # noise of its own on every fine voxel
        noisy = plane + rng.normal(0, NOISE_HU, plane.shape)
        out[:] = np.clip(np.rint(noisy), AIR_HU, 3000)
    return Scan.from_canonical(voxels, grid, "wide")


def measure(scan: Path, output: Path, direction: str, options: argparse.Namespace) -> None:
    """Run the command and ask the system what it took."""
    words = ["segment", scan, "-o", output, "--direction", direction, "--model", options.model]
    words += ["--device", "cpu"]
    words += ["--threads", options.threads] if options.threads else []
    command = [sys.executable, "-m", "napari_vertseg.cli", *map(str, words)]
    begin = perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    said = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = perf_counter() - begin
    unit = 1 if sys.platform == "darwin" else 1024
    gib = usage.ru_maxrss * unit / 2**30
    print(said.strip())
    print(
        f"{direction}: {seconds:.0f} s, peak {gib:.2f} GiB, exit code "
        f"{os.waitstatus_to_exitcode(status)}",
        flush=True,
    )


if __name__ == "__main__":
    main()
