"""What a process does among those that torchrun started."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from napari_vertseg.training import TrainingConfig
from vertseg_trainer.__main__ import main
from vertseg_trainer.processes import leave_processes


@pytest.fixture
def group(tmp_path: Path) -> Iterator[None]:
    """This process is the only one of a group of its own."""
    store = torch.distributed.FileStore(str(tmp_path / "store"), 1)
    torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    yield
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


@pytest.mark.usefixtures("group")
def test_parting_ends_the_group_and_what_only_a_circle_still_held() -> None:
    network = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(1, 1))
    network.itself = [network]  # type: ignore[assignment]
    held = weakref.ref(network)
    del network
    assert held() is not None

    leave_processes()

    assert held() is None
    assert not torch.distributed.is_initialized()


def test_a_process_alone_has_nothing_to_part_from() -> None:
    leave_processes()
    assert not torch.distributed.is_initialized()


@pytest.mark.usefixtures("group")
def test_a_command_that_ended_well_has_parted(
    tmp_path: Path,
    case_folder: Callable[..., Path],
    settings_file: Callable[[TrainingConfig], Path],
    tiny: Callable[..., TrainingConfig],
) -> None:
    data = case_folder(labels_only={}, scan={"ct": True})
    words = ("--config", str(settings_file(tiny(steps=1))), "--data", str(data))

    assert main(["train", str(tmp_path / "run"), *words, "--loaders", "0", "--device", "cpu"]) == 0

    assert not torch.distributed.is_initialized()
