"""The whole way in one call: scan → working grid → walk → instances → the scan's own grid."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from typing import Any

from ..segmentation import Segmentation
from ..traversal import Event, TraversalState
from ..volume import Scan
from .walk import prepare


def segment(
    scan: Scan | str | os.PathLike[str],
    *,
    model: str | os.PathLike[str] = "starter",
    start: tuple[int, int, int] | None = None,
    both: bool = False,
    device: str = "auto",
    listen: Callable[[Event], None] = lambda event: None,
    **settings: Any,
) -> Segmentation:
    """Every vertebra of a CT scan as its own mask.

    Parameters
    ----------
    scan : Scan or path
        A path is read with ``read_scan``.
    model : str or path
        Name of a shipped model or a model folder.
    start : (z, y, x), optional
        Begin with the vertebra at this voxel of the canonical scan (P27).
    both : bool
        From ``start``, walk both ways.
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``mps``; another than the CPU is used only
        after it agreed with the CPU on one patch.
    listen : callable
        Told every event of the walk.
    **settings
        Fields of ``TraversalConfig`` to set otherwise, for example ``direction="up"``.

    Returns
    -------
    Segmentation
        On the scan's canonical grid; incomplete vertebrae are in it, marked.

    Raises
    ------
    ScanUnreadable, ModelIncompatible, SegmentationFailed
        The message says what to do.
    """
    from ..io import read_scan
    from ..network.device import choose_device
    from ..network.model import find_model, load_model

    loaded = load_model(find_model(model))
    opened = scan if isinstance(scan, Scan) else read_scan(scan)
    predict = loaded.predictor(choose_device(loaded.network, device))
    walk = prepare(opened, loaded.card, predict, **settings)
    state = drain(walk.events(start=start, both=both), listen)
    return walk.segmentation(state.found)


def drain(
    events: Generator[Event, None, TraversalState], listen: Callable[[Event], None]
) -> TraversalState:
    """Run a walk to its end, telling each event; returns the final state."""
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            state: TraversalState = end.value
            return state
        listen(event)
