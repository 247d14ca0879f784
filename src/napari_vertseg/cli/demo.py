"""``vertseg demo``: a made spine, in napari, or the whole way compared with the truth about it."""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from . import values
from .exit_codes import ExitCode
from .phantom import phantom_files, phantom_text, write_phantom
from .streams import ProgressLines
from .summary import result_text, table
from .window import can_open_window

if TYPE_CHECKING:
    from ..metrics import ScanScore
    from ..results import ResultFiles
    from ..synthesis import Phantom
    from .walking import Walked

NAME = "phantom"
SEED = 9
SPACING_MM = (2.0, 1.0, 1.0)
_OUTPUT = Path("demo-output")


def add_to(commands: Any) -> None:
    """Describe the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "demo",
        help="make a spine, find its vertebrae, compare with the truth",
        description="Show a CT scan of a spine that nobody ever had, with the panels, where there "
        "is a display and napari is installed. Elsewhere, and with any option, find its "
        "vertebrae with a shipped model and compare them with the truth: scan, labels, records "
        "and pictures go into OUT; those of an earlier demo are replaced.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="OUT",
        help="a folder (default: ./demo-output)",
    )
    parser.add_argument(
        "--seed",
        type=values.seed,
        metavar="N",
        help=f"which spine (default: {SEED})",
    )
    parser.add_argument("--model", metavar="NAME", help="a shipped model or a model folder")
    parser.add_argument("--headless", action="store_true", help="open no window, write files")


def run(options: argparse.Namespace) -> int:
    """In a window where one can be opened and nothing else was asked for."""
    asked = (options.output, options.seed, options.model)
    if not options.headless and all(word is None for word in asked) and can_open_window():
        from ..ui import open_demo

        print("Press Play in the Walk panel. This window is the demo; close it to end it.")
        open_demo()
        return ExitCode.DONE
    options.output = options.output or _OUTPUT
    options.seed = SEED if options.seed is None else options.seed
    return _run_headless(options)


def _run_headless(options: argparse.Namespace) -> int:
    """Make, walk, compare."""
    from ..results import ResultFiles

    started = perf_counter()
    results = ResultFiles.of(options.output, NAME)
    comparison = options.output / f"{NAME}_comparison.png"
    with ProgressLines() as lines:
        lines.pass_by("starting")
        phantom, walked = _made_and_walked(options, results, comparison, lines)
        lines.pass_by("comparing")
        _draw(walked, phantom, comparison)
        for remark in walked.record.remarks:
            lines.complain(remark)
    print(result_text(walked, results))
    print("\n".join(comparison_lines(score_demo(walked, phantom))))
    print(
        f"{perf_counter() - started:.0f} s in all; look at {results.overview.name} and "
        f"{comparison.name} in {options.output.resolve().name}/"
    )
    return ExitCode.DONE


def _made_and_walked(
    options: argparse.Namespace, results: ResultFiles, comparison: Path, lines: ProgressLines
) -> tuple[Phantom, Walked]:
    """The files of scan, truth and result."""
    from ..results import check_targets
    from ..synthesis import make_phantom
    from .loaded import LoadedModel
    from .walking import WalkOptions, walk_scan

    made = phantom_files(options.output, NAME)
    check_targets([*made, *results.all, comparison], overwrite=True)
    lines.pass_by("loading the model")
    model = LoadedModel.load(options.model, tell=lines.complain)
    lines.pass_by("making a spine")
    phantom = make_phantom(options.seed, SPACING_MM)
    write_phantom(phantom, made, seed=options.seed, overwrite=True)
    lines.stay(f"a made spine: {phantom_text(phantom)}")
    wanted = WalkOptions(keep_incomplete=True, overwrite=True)
    return phantom, walk_scan(phantom.scan, model, results, wanted, lines)


def _draw(walked: Walked, phantom: Phantom, path: Path) -> None:
    from ..pictures import comparison_picture

    comparison_picture(
        phantom.scan,
        walked.segmentation,
        phantom.labels,
        path,
        reference_complete=phantom.is_complete,
        overwrite=True,
    )


def score_demo(walked: Walked, phantom: Phantom) -> ScanScore:
    """The result against the truth."""
    from ..metrics import score_scan

    return score_scan(
        walked.segmentation.label_map(keep_incomplete=True),
        phantom.labels,
        phantom.scan.grid.spacing_mm,
        name=NAME,
        predicted_complete={n: i.is_complete for n, i in walked.segmentation.numbered()},
        reference_complete=phantom.is_complete,
        steps=walked.record.walk.steps,
        seconds=walked.record.walk.seconds,
    )


def comparison_lines(score: ScanScore) -> list[str]:
    """A short table: each vertebra of the truth, then the counts."""
    from ..anatomy import Level

    rows = [("truth", "complete", "found as", "Dice", "")]
    for vertebra in score.vertebrae:
        rows.append(
            (
                Level(vertebra.reference).name,
                "yes" if vertebra.is_reference_complete else "no",
                str(vertebra.prediction) if vertebra.is_found else "missed",
                f"{vertebra.dice:.2f}",
                "",
            )
        )
    mean = "" if score.dice_mean is None else f", mean Dice {score.dice_mean:.2f}"
    accuracy = score.completeness_accuracy
    judged = "" if accuracy is None else f", completeness right in {accuracy:.0%}"
    return [
        "compared with the truth:",
        *table(rows),
        f"{score.found} found, {score.missed} missed, {score.merged} merged, "
        f"{score.false} false{mean}{judged}",
    ]
