"""``vertseg-train train | resume | finetune | calibrate | publish``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from napari_vertseg.errors import TrainingFailed, VertsegError
from napari_vertseg.strict_json import MalformedJson, read_json
from napari_vertseg.training import TrainingConfig

from . import finetune_command
from .options import setup_of

EXIT_REFUSED = 2
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code says how it went (0 good, 2 refused, 130 interrupted)."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
        _part()
    except VertsegError as error:
        print(f"vertseg-train: {error}", file=sys.stderr)
        return EXIT_REFUSED
    except KeyboardInterrupt:
        print("vertseg-train: stopped; 'vertseg-train resume' goes on.", file=sys.stderr)
        return EXIT_INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vertseg-train", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    begin = commands.add_parser("train", help="start a run in a new folder")
    begin.add_argument("--config", type=Path, help="JSON of a TrainingConfig (default: built in)")
    begin.add_argument(
        "--data",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="folder with manifest.json; may be given more than once (default: phantoms alone)",
    )
    begin.add_argument("--start", metavar="MODEL", help="model to start from, by name or folder")
    _add_runtime(begin)
    begin.set_defaults(run=_train)

    resume = commands.add_parser("resume", help="go on from the last checkpoint")
    _add_runtime(resume)
    resume.set_defaults(run=_resume)

    finetune_command.add_to(commands, _add_runtime_options)

    fix = commands.add_parser("calibrate", help="make a start model with fixed statistics")
    fix.add_argument("run_folder", type=Path, metavar="RUN")
    fix.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    fix.add_argument("--samples", type=_positive, default=200, help="patches to measure on")
    fix.set_defaults(run=_calibrate)

    publish = commands.add_parser("publish", help="make a model folder with provenance and card")
    publish.add_argument("run_folder", type=Path, metavar="RUN")
    publish.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    publish.add_argument("--name", required=True)
    publish.add_argument("--which", choices=("best", "latest"), default="best")
    publish.add_argument("--refine-below-hu", type=float, default=None)
    publish.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="SENTENCE",
        help="what it is known to do badly; may be given again",
    )
    publish.set_defaults(run=_publish)
    return parser


def _add_runtime(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_folder", type=Path, metavar="RUN")
    _add_runtime_options(parser)


def _add_runtime_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--steps", type=_positive, help="train until this step (default: as configured)"
    )
    parser.add_argument("--minutes", type=float, help="stop after this time; resume goes on")
    parser.add_argument(
        "--loaders", type=_whole, default=1, help="processes that draw samples; 0 = none beside"
    )
    parser.add_argument("--threads", type=_positive, help="threads of the network")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    parser.add_argument(
        "--precision",
        choices=("32-true", "bf16-mixed"),
        default="32-true",
        help="bf16-mixed is faster where the hardware has it",
    )
    parser.add_argument(
        "--checkpoint-activations", action="store_true", help="less memory, about a third slower"
    )


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is negative")
    return number


def _positive(text: str) -> int:
    if _whole(text) == 0:
        raise argparse.ArgumentTypeError("0 is too few")
    return int(text)


def _train(options: argparse.Namespace) -> None:
    config = _config(options.config)
    # torch and its friends are slow to load, and of no use to --help.
    from .run_folder import RunFolder
    from .start import begin

    folder = RunFolder(options.run_folder)
    begin(config, folder, options.data, setup_of(options), options.start)


def _resume(options: argparse.Namespace) -> None:
    from .run_folder import RunFolder
    from .start import go_on

    go_on(RunFolder(options.run_folder), setup_of(options))


def _calibrate(options: argparse.Namespace) -> None:
    from .calibrate import calibrate
    from .run_folder import RunFolder

    model = calibrate(RunFolder(options.run_folder), options.output, options.samples)
    print(f"{model.card.name} in {options.output.name}")


def _publish(options: argparse.Namespace) -> None:
    from .publish import publish
    from .run_folder import RunFolder

    publish(
        RunFolder(options.run_folder),
        options.output,
        name=options.name,
        which=options.which,
        refine_below_hu=options.refine_below_hu,
        limits=options.limit,
    )
    print(f"published {options.name} in {options.output.name}")


def _part() -> None:
    """Out here nothing refers to the network any more."""
    from .processes import leave_processes

    leave_processes()


def _config(path: Path | None) -> TrainingConfig:
    if path is None:
        return TrainingConfig()
    try:
        return read_json(TrainingConfig, path)
    except MalformedJson as error:
        raise TrainingFailed(f"the settings cannot be used: {error}") from None
    except OSError as error:
        raise TrainingFailed(
            f"the settings {path.name} cannot be read: {error.strerror}"
        ) from None


if __name__ == "__main__":
    sys.exit(main())
