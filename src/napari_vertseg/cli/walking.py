"""One scan, the whole way: read, walk, write."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import VertsegError
from .exit_codes import Unfinished
from .progress import WalkProgress
from .streams import ProgressLines

if TYPE_CHECKING:
    from ..pipeline import Walk
    from ..results import ResultFiles, ResultRecord, WalkTally
    from ..segmentation import Segmentation
    from ..traversal import Event, TraversalState
    from ..volume import Scan
    from .loaded import LoadedModel

    Walking = Generator[Event, None, TraversalState]


@dataclass(frozen=True, kw_only=True)
class WalkOptions:
    """What may be asked of a walk on the command line."""

    direction: str = "down"
    start: tuple[int, int, int] | None = None
    both: bool = False
    keep_incomplete: bool = False
    events: Path | None = None
    overwrite: bool = False


@dataclass(frozen=True, kw_only=True)
class Walked:
    """A scan with its result, which is on the disk."""

    scan: Scan
    segmentation: Segmentation
    record: ResultRecord


def walk_scan(
    scan: Scan,
    model: LoadedModel,
    files: ResultFiles,
    options: WalkOptions,
    lines: ProgressLines,
) -> Walked:
    """Walk a scan and write its three files.

    Raises
    ------
    VertsegError
        It cannot be walked as asked.
    Unfinished
        The model, the memory or the disk gave out on the way.
    """
    from ..pipeline import prepare
    from ..results import WalkTally, describe, write_results

    tally = WalkTally()
    with _in_one_sentence(scan.name, model.device):
        lines.pass_by(f"{scan.name} · resampling")
        walk = prepare(scan, model.card, model.predict, direction=options.direction)
        events = walk.events(start=options.start, both=options.both)
        with _begun():
            segmentation = _walked(walk, events, model, options, tally, lines)
            lines.pass_by(f"{scan.name} · measuring and writing")
            record = describe(
                walk,
                segmentation,
                tally,
                model=model.record,
                device=model.device,
                keep_incomplete=options.keep_incomplete,
                start=options.start,
                both=options.both,
            )
            write_results(files, scan, segmentation, record, overwrite=options.overwrite)
    lines.clear()
    return Walked(scan=scan, segmentation=segmentation, record=record)


@contextmanager
def _begun() -> Iterator[None]:
    """From here on an error is no refusal any more."""
    try:
        yield
    except VertsegError as error:
        raise Unfinished(str(error)) from error


@contextmanager
def _in_one_sentence(name: str, device: str) -> Iterator[None]:
    """What can go wrong with machines."""
    try:
        yield
    except MemoryError as error:
        raise Unfinished(
            f"{name} does not fit into the memory of this machine; "
            "crop it to the spine, or take a bigger machine."
        ) from error
    except RuntimeError as error:  # what torch raises, out of memory included
        reason = (str(error).splitlines() or ["no reason given"])[0]
        raise Unfinished(
            f"The model gave out on {device} while walking {name} ({reason}); "
            "close other programs, or try --device cpu."
        ) from error


def _walked(
    walk: Walk,
    events: Walking,
    model: LoadedModel,
    options: WalkOptions,
    tally: WalkTally,
    lines: ProgressLines,
) -> Segmentation:
    from ..pipeline import drain

    progress = WalkProgress(lines)

    def listen(event: Event) -> None:
        tally(event)
        progress(event)

    if options.events is not None:
        events = _recorded(events, walk, model, options.events, options.overwrite)
    return walk.segmentation(drain(events, listen).found)


def _recorded(
    events: Walking, walk: Walk, model: LoadedModel, path: Path, overwrite: bool
) -> Walking:
    from ..recording import RecordingHeader, recorded, scan_sha256

    header = RecordingHeader.of(
        scan_sha256=scan_sha256(walk.scan.voxels),
        grid=walk.image.grid,
        model_name=model.record.name,
        model_sha256=model.record.weights_sha256,
        config=walk.config,
    )
    return recorded(events, path, header, overwrite=overwrite)
