"""The endless stream of samples: sample i is the same whoever draws it, and when.

A sample depends on the seed and its index alone, so that a run that was killed
goes on with the samples it would have had, and several loaders or ranks share
the stream without talking to each other.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from napari_vertseg.network.config import PRESETS

from .drawn import DrawnScan
from .samples import Sample, draw_sample
from .sources import DrawsScans

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class Place:
    """Which samples of the stream a process takes: first, first + stride, …"""

    first: int
    stride: int


class SampleStream(IterableDataset[Batch]):
    """Samples from ``start`` on, for one rank among several."""

    def __init__(self, source: DrawsScans, *, start: int, rank: int = 0, ranks: int = 1) -> None:
        self._source = source
        self._start = start
        self._rank = rank
        self._ranks = ranks

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        number, count = (worker.id, worker.num_workers) if worker else (0, 1)
        place = Place(
            first=self._start + self._rank + self._ranks * number, stride=self._ranks * count
        )
        drawer = _Drawer(self._source)
        index = place.first
        while True:
            yield as_tensors(drawer.sample(index))
            index += place.stride


def ignore_interrupts(worker: int) -> None:
    """A loader leaves Ctrl-C to the training process, which ends it; else each would moan."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class _Drawer:
    """Keeps the drawn scans that its samples come from."""

    def __init__(self, source: DrawsScans) -> None:
        self._source = source
        self._scans: dict[int, tuple[int, DrawnScan]] = {}

    def sample(self, index: int) -> Sample:
        config = self._source.config
        rng = np.random.default_rng((config.seed, 1, index))
        preset = PRESETS[config.preset]
        scan = self._scan(index)
        return draw_sample(rng, scan, config, preset.network.patch_shape, preset.spacing_mm)

    def _scan(self, index: int) -> DrawnScan:
        """Scans are used in turn and renewed one at a time, never all at once."""
        config = self._source.config
        slot, turn = index % config.scans_at_once, index // config.scans_at_once
        stagger = slot * config.samples_per_scan // config.scans_at_once
        generation = (turn + stagger) // config.samples_per_scan
        held = self._scans.get(slot)
        if held is None or held[0] != generation:
            rng = np.random.default_rng((config.seed, 2, slot, generation))
            held = (generation, self._source.draw(rng))
            self._scans[slot] = held
        return held[1]


def as_tensors(sample: Sample) -> Batch:
    """Tensors of one sample, small types first: they cross a process border."""
    return {
        "image": torch.from_numpy(np.ascontiguousarray(sample.image)),
        "memory": torch.from_numpy(np.ascontiguousarray(sample.memory)),
        "target": torch.from_numpy(np.ascontiguousarray(sample.target)),
        "weight": torch.from_numpy(sample.weight.astype(np.float16)),
        "completeness": torch.tensor(sample.completeness, dtype=torch.float32),
    }
