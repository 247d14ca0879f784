"""Sample i of a run is the same whoever draws it, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from napari_vertseg.training import TrainingConfig
from napari_vertseg.volume import Grid
from vertseg_trainer import stream as module
from vertseg_trainer.cases import TrainingCase
from vertseg_trainer.sources import ScanSource
from vertseg_trainer.stream import Batch, SampleStream

COUNT = 12


@pytest.fixture
def source(
    blocks: Callable[..., NDArray[np.uint8]], tiny: Callable[..., TrainingConfig]
) -> ScanSource:
    labels = blocks((20, 21, 22, 23, 24, 26))
    image = np.where(labels > 0, 400, -100).astype(np.int16)
    case = TrainingCase("block", Grid.canonical(labels.shape, (4.0, 4.0, 4.0)), labels, image)
    return ScanSource([case], tiny(), 8.0)


@pytest.fixture
def expected(source: ScanSource) -> list[Batch]:
    """The samples that one process draws one after the other."""
    return list(islice(SampleStream(source, start=0), COUNT))


def assert_same(found: list[Batch], expected: list[Batch]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            assert one[name].dtype == other[name].dtype
            torch.testing.assert_close(one[name], other[name], rtol=0, atol=0, equal_nan=True)


def in_turn(streams: list[Iterator[Batch]], count: int) -> list[Batch]:
    """As a loader asks its workers: one after the other, for ever."""
    return [next(streams[i % len(streams)]) for i in range(count)]


def test_samples_differ_from_each_other_and_between_seeds(
    source: ScanSource, expected: list[Batch], tiny: Callable[..., TrainingConfig]
) -> None:
    images = {sample["image"].numpy().tobytes() for sample in expected}
    other = ScanSource(source.cases, tiny(seed=12), 8.0)
    others = {s["image"].numpy().tobytes() for s in islice(SampleStream(other, start=0), COUNT)}

    assert len(images) == COUNT
    assert not images & others


@pytest.mark.parametrize("start", [1, 5, 9])
def test_a_stream_can_begin_anywhere(
    source: ScanSource, expected: list[Batch], start: int
) -> None:
    found = list(islice(SampleStream(source, start=start), COUNT - start))

    assert_same(found, expected[start:])


@pytest.mark.parametrize("count", [1, 2, 3])
def test_loaders_share_the_stream_without_changing_it(
    source: ScanSource, expected: list[Batch], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = []
    for number in range(count):
        info = SimpleNamespace(id=number, num_workers=count)
        monkeypatch.setattr(module, "get_worker_info", lambda info=info: info)
        streams.append(iter(SampleStream(source, start=0)))
        streams[-1] = iter([next(streams[-1]), *islice(streams[-1], COUNT)])

    assert_same(in_turn(streams, COUNT), expected)


def test_ranks_share_the_stream_without_changing_it(
    source: ScanSource, expected: list[Batch]
) -> None:
    ranks = [iter(SampleStream(source, start=4, rank=rank, ranks=2)) for rank in range(2)]

    assert_same(in_turn(ranks, COUNT - 4), expected[4:])


# torch ends loaders that are still drawing, and may then complain that one of them aborted.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("loaders", [0, 2])
def test_real_loaders_deliver_the_same_samples_in_the_same_order(
    source: ScanSource, expected: list[Batch], loaders: int
) -> None:
    """One loader process is part of the test of a killed run."""
    loader = DataLoader(
        SampleStream(source, start=2),
        batch_size=None,
        num_workers=loaders,
        multiprocessing_context="spawn" if loaders else None,
        worker_init_fn=module.ignore_interrupts if loaders else None,
    )

    assert_same(list(islice(loader, 6)), expected[2:8])


def test_drawing_samples_leaves_the_networks_threads_alone(source: ScanSource) -> None:
    torch.set_num_threads(2)
    next(iter(SampleStream(source, start=0)))

    assert torch.get_num_threads() == 2


def test_scans_are_renewed_one_at_a_time(
    source: ScanSource, tiny: Callable[..., TrainingConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is used for ``samples_per_scan`` samples; a loader never waits for many at once."""
    config = tiny(scans_at_once=4, samples_per_scan=4)
    drawn: list[int] = []
    index = -1
    plain = ScanSource.draw

    def draw(self: ScanSource, rng: np.random.Generator) -> object:
        drawn.append(index)
        return plain(self, rng)

    monkeypatch.setattr(ScanSource, "draw", draw)
    samples = iter(SampleStream(ScanSource(source.cases, config, 8.0), start=0))
    for number in range(40):
        index = number
        next(samples)

    after_the_start = [i for i in drawn if i >= 4]
    assert sorted(drawn)[:4] == [0, 1, 2, 3]
    assert len(after_the_start) == len(set(after_the_start))
    assert len(after_the_start) == pytest.approx(36 / 4, abs=1)


def test_tensors_are_small_and_of_the_right_kind(expected: list[Batch]) -> None:
    sample = expected[0]

    assert {name: tensor.dtype for name, tensor in sample.items()} == {
        "image": torch.int16,
        "memory": torch.bool,
        "target": torch.bool,
        "weight": torch.float16,
        "completeness": torch.float32,
    }
    assert sample["image"].shape == (16, 16, 16)
