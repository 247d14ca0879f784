"""How many of the CPU's cores a network may use."""

from __future__ import annotations

import os

import torch


def use_threads(number: int) -> None:
    """Let every network of this process compute on so many threads."""
    torch.set_num_threads(number)


def leave_one_core() -> int:
    """Let networks compute on all cores but one, so that a window stays awake.

    Returns
    -------
    int
        The number before, for ``use_threads``.
    """
    before = torch.get_num_threads()
    use_threads(max((os.cpu_count() or 2) - 1, 1))
    return before
