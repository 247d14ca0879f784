"""Where the time of a segmentation goes, and how it compares with plain forward passes.

    python benchmarks/segment_scan.py SCAN [--model NAME] [--direction up] [--repeats 3]

Best of several in one process, on an otherwise idle machine. The walk is compared with its
steps × one plain forward pass of the same network, measured in the same run: that ratio does
not depend on the machine. Prints and asserts nothing.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from napari_vertseg.io import read_scan
from napari_vertseg.network.model import Model, find_model, load_model
from napari_vertseg.network.threads import use_threads
from napari_vertseg.pipeline import drain, prepare
from napari_vertseg.results import ModelRecord, ResultFiles, WalkTally, describe, write_results


@dataclass(frozen=True)
class Times:
    """Seconds of one run, in the order in which they pass."""

    read: float
    working_grid: float
    walk: float
    network: float
    way_back: float
    results: float
    steps: int
    vertebrae: int

    @property
    def total(self) -> float:
        return self.read + self.working_grid + self.walk + self.way_back + self.results


class Clocked:
    """A predictor that adds up its own time."""

    def __init__(self, predict: Callable[..., Any]) -> None:
        self.predict = predict
        self.seconds = 0.0

    def __call__(self, image: Any, memory: Any) -> Any:
        begin = perf_counter()
        answer = self.predict(image, memory)
        self.seconds += perf_counter() - begin
        return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("scan", type=Path, help="any scan that vertseg reads")
    parser.add_argument("--model", default="starter", help="a shipped model or a model folder")
    parser.add_argument("--direction", choices=("down", "up"), default="down")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, help="of the CPU; torch's own choice if not given")
    options = parser.parse_args()
    if options.threads:
        use_threads(options.threads)
    model = load_model(find_model(options.model))
    forward = plain_forward_s(model, 5)
    runs = [run(options.scan, model, options.direction) for _ in range(options.repeats)]
    forward = min(forward, plain_forward_s(model, 5))
    report(min(runs, key=lambda times: times.total), forward, options)


def run(path: Path, model: Model, direction: str) -> Times:
    """The whole way once, files included."""
    marks = [perf_counter()]
    scan = read_scan(path)
    marks.append(perf_counter())
    predict = Clocked(model.predictor("cpu"))
    walk = prepare(scan, model.card, predict, direction=direction)
    marks.append(perf_counter())
    tally = WalkTally()
    state = drain(walk.events(), tally)
    marks.append(perf_counter())
    segmentation = walk.segmentation(state.found)
    marks.append(perf_counter())
    record = describe(
        walk, segmentation, tally, model=ModelRecord(name="bench", weights_sha256="")
    )
    with tempfile.TemporaryDirectory() as folder:
        write_results(ResultFiles.of(Path(folder), "bench"), scan, segmentation, record)
    marks.append(perf_counter())
    read, grid, walked, back, results = (after - before for before, after in pairwise(marks))
    return Times(
        read=read,
        working_grid=grid,
        walk=walked,
        network=predict.seconds,
        way_back=back,
        results=results,
        steps=state.step,
        vertebrae=len(segmentation.instances),
    )


def plain_forward_s(model: Model, repeats: int) -> float:
    """Seconds of the quickest pass of the bare network over a patch, nothing around it."""
    model.predictor("cpu")  # puts the network into its fast form
    patch = torch.rand(1, 2, *model.card.network.patch_shape)
    patch = patch.contiguous(memory_format=torch.channels_last_3d)
    seconds = []
    with torch.inference_mode():
        for _ in range(repeats):
            begin = perf_counter()
            model.network(patch)
            seconds.append(perf_counter() - begin)
    return min(seconds)


def report(best: Times, forward: float, options: argparse.Namespace) -> None:
    """One table, best run."""
    outside = best.walk - best.network
    print(
        f"{options.model}, {options.direction}, {torch.get_num_threads()} threads, "
        f"best of {options.repeats}: {best.vertebrae} vertebrae in {best.steps} steps"
    )
    rows = [
        ("read", best.read, ""),
        ("working grid", best.working_grid, ""),
        ("walk", best.walk, ""),
        ("  in the network", best.network, f"{best.network / best.walk:.1%} of the walk"),
        ("  outside it", outside, f"{outside / best.walk:.1%} of the walk"),
        ("way back", best.way_back, ""),
        ("measures, files", best.results, ""),
        ("in all", best.total, ""),
    ]
    for name, seconds, note in rows:
        print(f"{name:<18}{seconds:8.2f} s  {note}".rstrip())
    plain = best.steps * forward
    print(
        f"steps × one plain forward ({forward:.3f} s) = {plain:.2f} s; "
        f"the walk takes {best.walk / plain:.2f} times that, all of it {best.total / plain:.2f}"
    )


if __name__ == "__main__":
    main()
