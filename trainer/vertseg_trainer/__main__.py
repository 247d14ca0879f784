"""``vertseg-train train | resume | publish``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from napari_vertseg.errors import VertsegError
from napari_vertseg.strict_json import MalformedJson, read_json
from napari_vertseg.training import TrainingConfig, TrainingEvent

from .run_folder import RunFolder

EXIT_REFUSED = 2
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code says how it went (0 good, 2 refused, 130 interrupted)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except VertsegError as error:
        print(f"vertseg-train: {error}", file=sys.stderr)
        return EXIT_REFUSED
    except KeyboardInterrupt:
        print("vertseg-train: stopped; 'vertseg-train resume' goes on.", file=sys.stderr)
        return EXIT_INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vertseg-train", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    begin = commands.add_parser("train", help="start a run in a new folder")
    begin.add_argument("--config", type=Path, help="JSON of a TrainingConfig (default: built in)")
    begin.add_argument("--data", type=Path, action="append", default=[], metavar="FOLDER",
                       help="folder with manifest.json; may be given more than once")
    begin.add_argument("--start", type=Path, metavar="MODEL", help="model folder to start from")
    _add_runtime(begin)
    begin.set_defaults(run=_train)

    go_on = commands.add_parser("resume", help="go on from the last checkpoint")
    _add_runtime(go_on)
    go_on.set_defaults(run=_resume)

    publish = commands.add_parser("publish", help="make a model folder with provenance and card")
    publish.add_argument("run_folder", type=Path, metavar="RUN")
    publish.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    publish.add_argument("--name", required=True)
    publish.add_argument("--which", choices=("best", "latest"), default="best")
    publish.add_argument("--refine-below-hu", type=float, default=None)
    publish.set_defaults(run=_publish)
    return parser


def _add_runtime(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_folder", type=Path, metavar="RUN")
    parser.add_argument("--steps", type=int, help="train until this step (default: as configured)")
    parser.add_argument("--minutes", type=float, help="stop after this time; resume goes on")
    parser.add_argument("--loaders", type=int, default=1, help="processes that draw samples")
    parser.add_argument("--threads", type=int, help="threads of the network")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, mps")
    parser.add_argument("--precision", default="32-true", help="32-true or bf16-mixed")
    parser.add_argument("--checkpoint-activations", action="store_true",
                        help="less memory, about a third slower")


def _train(options: argparse.Namespace) -> int:
    config = _config(options.config)
    folder = RunFolder(options.run_folder)
    if _is_first_rank():
        folder.create(config, [str(path) for path in options.data])
    return _run(config, options, start=options.start)


def _resume(options: argparse.Namespace) -> int:
    return _run(RunFolder(options.run_folder).config(), options)


def _run(config: TrainingConfig, options: argparse.Namespace, start: Path | None = None) -> int:
    # torch and its friends are slow to load, and of no use to --help.
    from .start import run

    reached = run(
        config,
        RunFolder(options.run_folder),
        data=options.data if hasattr(options, "data") else None,
        steps=options.steps,
        minutes=options.minutes,
        loaders=options.loaders,
        threads=options.threads,
        device=options.device,
        precision=options.precision,
        checkpoint_activations=options.checkpoint_activations,
        start=start,
        listen=_print,
    )
    return 0 if reached else 1


def _publish(options: argparse.Namespace) -> int:
    from .publish import publish

    publish(
        RunFolder(options.run_folder),
        options.output,
        name=options.name,
        which=options.which,
        refine_below_hu=options.refine_below_hu,
    )
    print(f"published {options.name} in {options.output.name}")
    return 0


def _config(path: Path | None) -> TrainingConfig:
    if path is None:
        return TrainingConfig()
    try:
        return read_json(TrainingConfig, path)
    except (OSError, MalformedJson) as error:
        from napari_vertseg.errors import TrainingFailed

        raise TrainingFailed(f"the settings cannot be used: {error}") from None


def _is_first_rank() -> bool:
    """Under ``torchrun`` every process runs this; one of them makes the folder."""
    return os.environ.get("RANK", "0") == "0"


def _print(event: TrainingEvent) -> None:
    values = " ".join(f"{k} {v:.4g}" for k, v in (event.values or {}).items())
    left = "" if event.seconds_left is None else f" · {event.seconds_left / 60:.0f} min left"
    print(f"{event.kind} {event.step} · {values}{left} {event.message}".rstrip(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
