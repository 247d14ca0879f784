"""Every editing tool on a label volume of 600 slices of 512 × 512: seconds, and times a copy.

    python benchmarks/edit_tools.py [--repeats N] [--seed N]

Each tool proposes, applies and takes back on a vertebra of a made spine; the quickest run is
shown. *CPU* is the processor's time of that run, which other work on the machine does not spoil;
*copies* is it divided by a plain copy of the box that changed: how far the tool is from merely
touching its voxels. *Peak* is the memory taken beside the volume: far below the volume's own, as
no tool copies it. Prints and asserts nothing.
"""

from __future__ import annotations

import argparse
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter, process_time
from typing import Any

import numpy as np
from scipy import ndimage

from napari_vertseg import editing
from napari_vertseg.anatomy import Level
from napari_vertseg.editing import EditableLabels, LiveWire, Plane, Proposal
from napari_vertseg.synthesis import FieldOfView, draw_phantom, make_phantom
from napari_vertseg.volume import Grid, Zyx, ZyxFloat, resample_linear, resample_nearest

SHAPE = (600, 512, 512)
SPACING_MM = (0.8, 0.6, 0.6)
COARSE_MM = 1.6
MARGIN = 200
"""Voxels before the spine along each axis."""
UPPER, LOWER, NEW = int(Level.L1), int(Level.L2), 400

Tool = Callable[[], Proposal]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    array, image = spine(options.seed)
    seconds, cpu, labels = timed(lambda: EditableLabels.of(array, SPACING_MM))
    print(f"looking through {array.nbytes / 2**20:.0f} MiB of labels once: ", end="")
    print(f"{seconds:.2f} s, CPU {cpu:.2f} s")
    voxels = ", ".join(f"{labels.index.voxels(v):,}" for v in (UPPER, LOWER))
    print(f"two vertebrae of {voxels} voxels\n")
    print(f"{'tool':22} {'seconds':>8} {'CPU':>8} {'copies':>7} {'peak MiB':>9} {'box':>16}")
    for name, tool in tools(labels, image).items():
        measure(name, tool, labels, options.repeats)
    with_one_id = EditableLabels.of(merged(labels), SPACING_MM)
    measure("split by seeds", seeds_of(labels, with_one_id, image), with_one_id, options.repeats)
    measure("split, no scan", seeds_of(labels, with_one_id, None), with_one_id, options.repeats)
    live_wire(labels, image)


def spine(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A lumbar spine somewhere in a wide volume, as labels and as CT."""
    drawn = draw_phantom(np.random.default_rng(seed))
    view = FieldOfView(18.0, 190.0, 60.0, 100.0, 70.0, 70.0)
    made = make_phantom(replace(drawn, field_of_view=view), (COARSE_MM,) * 3)
    coarse = made.scan.grid
    fine = Grid(
        Zyx(*(int(n * COARSE_MM / mm) for n, mm in zip(coarse.shape, SPACING_MM, strict=True))),
        coarse.affine @ np.diag([*(mm / COARSE_MM for mm in SPACING_MM), 1.0]),
    )
    array, image = np.zeros(SHAPE, dtype=np.uint16), np.full(SHAPE, -1000, dtype=np.int16)
    room = tuple(slice(0, min(n, m - MARGIN)) for n, m in zip(fine.shape, SHAPE, strict=True))
    place = tuple(slice(MARGIN, MARGIN + s.stop) for s in room)
    array[place] = resample_nearest(made.labels, coarse, fine)[room]
    image[place] = np.stack(list(resample_linear(made.scan.voxels, coarse, fine)))[room]
    return array, image


def tools(labels: EditableLabels, image: np.ndarray) -> dict[str, Tool]:
    """Every tool with what it needs."""
    box = labels.box(UPPER)
    start = Zyx(*(s.start for s in box))
    mask = labels.array[box] == UPPER
    middle = ZyxFloat(*((s.start + s.stop) / 2 for s in box))
    below = Zyx(start.z + 12, start.y, start.x)
    x = int(middle.x)
    drawn = range(box[2].start + 3, box[2].stop - 3, 6)
    contours = {n: [outline(labels, n)] for n in drawn if (labels.array[:, :, n] == UPPER).any()}
    brush = np.ones((12, 12, 12), dtype=bool)
    at = Zyx(int(middle.z), box[1].start, x)
    return {
        "merge": lambda: editing.merge(labels, [LOWER], UPPER),
        "split by plane": lambda: editing.split_by_plane(
            labels, UPPER, middle, ZyxFloat(1, 0.5, 0), NEW
        ),
        "delete": lambda: editing.delete(labels, [UPPER]),
        "relabel": lambda: editing.relabel(labels, UPPER, NEW),
        "keep largest": lambda: editing.keep_largest(labels, UPPER),
        "fill holes": lambda: editing.fill_holes(labels, UPPER),
        "grow 3 mm": lambda: editing.grow(labels, UPPER, 3.0),
        "shrink 1 mm": lambda: editing.shrink(labels, UPPER, 1.0),
        "smooth 1 mm": lambda: editing.smooth(labels, UPPER, 1.0),
        "interpolate": lambda: editing.interpolate(labels, UPPER, Plane.SAGITTAL, list(drawn)),
        "copy slice": lambda: editing.copy_slice(labels, UPPER, Plane.SAGITTAL, x, x + 3),
        "paint in HU range": lambda: editing.paint(
            labels, UPPER, brush, at, image, (-1000, 3000), takes_from_others=True
        ),
        "erase": lambda: editing.erase(labels, UPPER, np.ones_like(mask), start),
        "add vertebra": lambda: editing.add_vertebra(
            labels, NEW, mask, below, takes_from_others=True
        ),
        "replace vertebra": lambda: editing.replace_vertebra(labels, UPPER, mask, below),
        "contours, every 6th": lambda: editing.fill_contours(labels, UPPER, contours),
    }


def outline(labels: EditableLabels, number: int) -> editing.Contour:
    """A free-hand line around what a vertebra has in a sagittal slice."""
    rows, columns = np.nonzero(labels.array[:, :, number] == UPPER)
    turn = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    center = np.array([rows.mean(), columns.mean()])
    radius = np.array([np.ptp(rows), np.ptp(columns)]) / 2 + 1
    return editing.contour(center + radius * np.stack([np.sin(turn), np.cos(turn)], axis=1))


def merged(labels: EditableLabels) -> np.ndarray:
    array = labels.array.copy()
    array[array == LOWER] = UPPER
    return array


def seeds_of(apart: EditableLabels, one: EditableLabels, image: np.ndarray | None) -> Tool:
    """A seed in the front third of either vertebra, where the body is."""
    seeds = []
    for vertebra in (UPPER, LOWER):
        box = apart.box(vertebra)
        places = np.argwhere(apart.array[box] == vertebra)
        body = places[places[:, 1] < (box[1].stop - box[1].start) // 3]
        inner = body[np.argmin(np.abs(body - body.mean(axis=0)).sum(axis=1))]
        seeds.append([Zyx(*(int(i) + s.start for i, s in zip(inner, box, strict=True)))])
    return lambda: editing.split_by_seeds(one, UPPER, seeds, [NEW], image)


def measure(name: str, tool: Tool, labels: EditableLabels, repeats: int) -> None:
    """Propose, apply and take back; a tool with nothing to do is made something to do."""
    undo = prepare(name, labels)
    seconds, cpu, proposal = min((timed(tool) for _ in range(repeats)), key=lambda run: run[1])
    tracemalloc.start()
    labels.apply(proposal := tool())
    labels.revert(proposal)
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    copy = min(timed(lambda: labels.array[proposal.slices].copy())[1] for _ in range(10))
    size = " × ".join(str(n) for n in proposal.after.shape)
    times = f"{seconds:8.3f} {cpu:8.3f} {cpu / max(copy, 1e-6):7.0f}"
    print(f"{name:22} {times} {peak:9.0f} {size:>16}", flush=True)
    if undo is not None:
        labels.revert(undo)


def prepare(name: str, labels: EditableLabels) -> Proposal | None:
    """A hole to fill, or a second piece to drop."""
    box = labels.box(UPPER)
    own = labels.array[box] == UPPER
    if name == "fill holes":
        cut = ndimage.binary_erosion(own, iterations=4)
    elif name == "keep largest":
        cut = np.zeros_like(own)
        cut[:, own.shape[1] // 2 :][:, :2] = True
    else:
        return None
    proposal = editing.erase(labels, UPPER, cut, Zyx(*(s.start for s in box)))
    labels.apply(proposal)
    return proposal


def timed(deed: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds, seconds of the processor, and what came of it."""
    begin, begin_cpu = perf_counter(), process_time()
    result = deed()
    return perf_counter() - begin, process_time() - begin_cpu, result


def live_wire(labels: EditableLabels, image: np.ndarray) -> None:
    """An anchor and the way to the cursor in a slice of the whole volume."""
    box = labels.box(UPPER)
    slice_hu = image[:, :, (box[2].start + box[2].stop) // 2]
    _, cpu, wire = timed(lambda: LiveWire(slice_hu, (SPACING_MM[0], SPACING_MM[1])))
    print(f"\nlive wire, CPU: edges of a slice {cpu:.3f} s, ", end="")
    wire.anchor((box[0].start, box[1].start))
    goal = (box[0].stop, box[1].start + 60)
    _, first, _ = timed(lambda: wire.way_to(goal))
    _, again, _ = timed(lambda: wire.way_to(goal))
    print(f"first way from an anchor {first:.3f} s, each further one {again * 1000:.2f} ms")


if __name__ == "__main__":
    main()
