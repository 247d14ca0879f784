"""One process among those that ``torchrun`` started, or the only one."""

from __future__ import annotations

import gc
import os

import torch


def is_torchrun() -> bool:
    """Whether ``torchrun`` started this process, alone or with others."""
    return torch.distributed.is_available() and torch.distributed.is_torchelastic_launched()


def is_first_process() -> bool:
    """Every process of ``torchrun`` comes here; one of them makes the folder."""
    return os.environ.get("RANK", "0") == "0"


def leave_processes() -> None:
    """Part from the other processes once the work is done and nothing holds the network.

    The threads with which gloo exchanges gradients live as long as anything refers to their
    group; where they outlive the interpreter, the process aborts after all its work was done
    (pytorch/pytorch#179291), and ``torchrun`` calls the training failed.
    """
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        gc.collect()
        torch.distributed.destroy_process_group()
