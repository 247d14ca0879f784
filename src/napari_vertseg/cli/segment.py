"""``vertseg segment``: scans in, labels out."""

from __future__ import annotations

import argparse
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import VertsegError
from . import values
from .exit_codes import EXIT_CODES, ExitCode
from .jobs import Job, plan
from .streams import ProgressLines

if TYPE_CHECKING:
    from .loaded import LoadedModel
    from .walking import WalkOptions

_DESCRIPTION = """\
Find the vertebrae of CT scans, each as its own mask.

For every scan three files appear together in OUT:
  NAME_vertebrae.nii.gz   labels on the scan's own grid, 1 = the topmost vertebra
  NAME_vertebrae.json     one record per vertebra, and where all of it comes from
  NAME_overview.png       mid-sagittal and coronal, every vertebra coloured
"""


def add_to(commands: Any) -> None:
    """Describe the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "segment",
        help="find the vertebrae of CT scans, each as its own mask",
        description=_DESCRIPTION,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "scans",
        nargs="+",
        type=Path,
        metavar="SCAN",
        help="NIfTI, MHA, MHD, NRRD, a TIFF stack, or a folder of DICOM",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="a folder")
    _add_walk(parser)
    _add_reading(parser)
    _add_machine(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace results that are there")


def _add_walk(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the walk")
    group.add_argument(
        "--keep-incomplete",
        action="store_true",
        help="write vertebrae that are only partly visible, too; numbers stay the same",
    )
    group.add_argument(
        "--direction",
        choices=("down", "up"),
        default="down",
        help="which way to walk, or to walk first (default: down)",
    )
    group.add_argument(
        "--start",
        type=values.voxel,
        metavar="Z,Y,X",
        help="begin with the vertebra at this voxel, counted from 0 at the head, the front and "
        "the patient's right",
    )
    group.add_argument("--both", action="store_true", help="from --start, walk both ways")
    group.add_argument("--model", metavar="NAME", help="a shipped model or a model folder")
    group.add_argument(
        "--events",
        type=Path,
        metavar="FILE",
        help="record the walk of one scan as JSON lines; also kept if the walk is interrupted",
    )


def _add_reading(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("reading")
    group.add_argument(
        "--spacing",
        type=values.spacing_mm,
        metavar="Z,Y,X",
        help="millimetres between pages, rows and columns of a TIFF stack that does not say",
    )
    group.add_argument(
        "--series", metavar="N", help="which series of a DICOM folder that holds several"
    )


def _add_machine(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the machine")
    group.add_argument(
        "--device",
        default="auto",
        metavar="NAME",
        help="auto, cpu, cuda or mps (default: auto, the fastest that agrees with the CPU)",
    )
    group.add_argument(
        "--threads", type=values.positive, metavar="N", help="threads on the CPU (default: cores)"
    )


def run(options: argparse.Namespace) -> int:
    """Segment every scan; a bad one among several does not stop the others."""
    _check(options)
    with ProgressLines() as lines:
        lines.pass_by("starting")
        jobs = plan(
            options.scans, options.output, events=options.events, overwrite=options.overwrite
        )
        model = _load(options, lines)
        if len(jobs) == 1:
            _segment_one(jobs[0], model, options, lines)
            return ExitCode.DONE
        failed = [job.name for job in jobs if not _has_succeeded(job, model, options, lines)]
    print(_end(len(jobs), failed))
    return ExitCode.FAILED if failed else ExitCode.DONE


def _load(options: argparse.Namespace, lines: ProgressLines) -> LoadedModel:
    from .loaded import LoadedModel

    lines.pass_by("loading the model")
    return LoadedModel.load(
        options.model, device=options.device, threads=options.threads, tell=lines.complain
    )


def _check(options: argparse.Namespace) -> None:
    """Options that contradict each other."""
    if options.both and options.start is None:
        raise VertsegError("--both needs a place to begin at; add --start Z,Y,X.")
    if len(options.scans) > 1:
        for name in ("start", "events"):
            if getattr(options, name) is not None:
                raise VertsegError(
                    f"--{name} belongs to one scan, not to {len(options.scans)}; "
                    "segment that scan by itself."
                )


def _has_succeeded(
    job: Job, model: LoadedModel, options: argparse.Namespace, lines: ProgressLines
) -> bool:
    try:
        _segment_one(job, model, options, lines)
    except VertsegError as error:
        lines.complain(str(error))
        return False
    except Exception:  # noqa: BLE001 - a fault of ours in one scan must not cost the others
        lines.clear()
        traceback.print_exc()
        lines.complain(f"{job.name} failed by a fault of the program; please report the above.")
        return False
    return True


def _segment_one(
    job: Job, model: LoadedModel, options: argparse.Namespace, lines: ProgressLines
) -> None:
    from ..io import read_scan
    from .summary import result_text
    from .walking import walk_scan

    lines.pass_by(f"{job.name} · reading")
    scan = read_scan(job.source, spacing_mm=options.spacing, series=options.series)
    z, y, x = scan.grid.shape
    spacing = " × ".join(f"{mm:.2g}" for mm in scan.grid.spacing_mm)
    lines.stay(f"{job.name} · {z} × {y} × {x} voxels of {spacing} mm (z, y, x)")
    walked = walk_scan(scan, model, job.files, _walk_options(options), lines)
    for remark in walked.record.remarks:
        lines.complain(remark)
    print(result_text(walked, job.files))


def _walk_options(options: argparse.Namespace) -> WalkOptions:
    from .walking import WalkOptions

    return WalkOptions(
        direction=options.direction,
        start=options.start,
        both=options.both,
        keep_incomplete=options.keep_incomplete,
        events=options.events,
        overwrite=options.overwrite,
    )


def _end(count: int, failed: Sequence[str]) -> str:
    if not failed:
        return f"all {count} scans segmented"
    return f"{count - len(failed)} of {count} scans segmented; failed: {', '.join(failed)}"
