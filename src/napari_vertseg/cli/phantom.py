"""``vertseg phantom``: a made scan with the truth about it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import values
from .exit_codes import ExitCode
from .streams import ProgressLines

if TYPE_CHECKING:
    from ..synthesis import Phantom


def add_to(commands: Any) -> None:
    """Describe the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "phantom",
        help="make a scan of a spine that nobody ever had, with its labels",
        description="Make a CT scan of a spine that nobody ever had. Into OUT go "
        "phantom_N.nii.gz, phantom_N_labels.nii.gz (VerSe values: C1 = 1, T1 = 8, L1 = 20, "
        "sacrum = 26) and phantom_N_truth.json (which vertebrae are complete). The same seed "
        "makes the same scan.",
    )
    parser.set_defaults(run=run)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="a folder")
    parser.add_argument(
        "--seed", type=values.seed, default=0, metavar="N", help="which spine (default: 0)"
    )
    parser.add_argument(
        "--spacing",
        type=values.spacing_mm,
        metavar="Z,Y,X",
        help="voxel size in millimetres (default: drawn like everything else)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")


def run(options: argparse.Namespace) -> int:
    """Make it and write it."""
    from ..results import check_targets
    from ..synthesis import make_phantom

    files = phantom_files(options.output, f"phantom_{options.seed}")
    check_targets(files, overwrite=options.overwrite)
    with ProgressLines() as lines:
        lines.pass_by(f"making phantom {options.seed}")
        phantom = make_phantom(options.seed, options.spacing)
        write_phantom(phantom, files, seed=options.seed, overwrite=options.overwrite)
    print(phantom_text(phantom))
    print("\n".join(["written:", *(f"  {file.name}" for file in files)]))
    return ExitCode.DONE


def phantom_files(folder: Path, name: str) -> tuple[Path, Path, Path]:
    """Scan, labels, truth."""
    return (
        folder / f"{name}.nii.gz",
        folder / f"{name}_labels.nii.gz",
        folder / f"{name}_truth.json",
    )


def write_phantom(
    phantom: Phantom, files: tuple[Path, Path, Path], *, seed: int, overwrite: bool = False
) -> None:
    """Write scan, labels and truth, together or not at all.

    Raises
    ------
    OutputRefused
        A file exists already, or cannot be written; then none is.
    """
    from ..io import write_json_atomic, write_labels, write_scan
    from ..results import published_together

    with published_together(files, overwrite=overwrite) as (scan, labels, truth):
        write_scan(scan, phantom.scan)
        write_labels(labels, phantom.labels, phantom.scan)
        write_json_atomic(truth, _truth(phantom, seed))


def phantom_text(phantom: Phantom) -> str:
    """One line about what is in it."""
    levels = phantom.levels
    span = "no vertebra in view" if not levels else f"{levels[0].name} to {levels[-1].name}"
    complete = sum(phantom.is_complete[int(level)] for level in levels)
    size = " × ".join(str(n) for n in phantom.scan.grid.shape)
    spacing = " × ".join(f"{mm:.2g}" for mm in phantom.scan.grid.spacing_mm)
    return f"{span}, {complete} of {len(levels)} complete; {size} voxels of {spacing} mm (z, y, x)"


def _truth(phantom: Phantom, seed: int) -> dict[str, Any]:
    from ..anatomy import Level
    from ..results import NOTICE, program

    return {
        "schema": 1,
        "kind": "napari-vertseg phantom",
        "notice": NOTICE,
        "program": program(),
        "seed": seed,
        "legend": "VerSe values; 26 = sacrum with S1, no target",
        "spacing_mm": [round(mm, 6) for mm in phantom.scan.grid.spacing_mm],
        "labels": [
            {
                "value": value,
                "level": Level(value).name,
                "visible_share": round(float(phantom.visible_share[value]), 4),
                "is_complete": bool(phantom.is_complete[value]),
            }
            for value in sorted(phantom.is_complete)
        ],
    }
