"""``vertseg models``: what ships with the program, and what a project has made of it."""

from __future__ import annotations

import argparse
import json
import textwrap
from typing import TYPE_CHECKING, Any

from . import models_project
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from ..network.model import ModelCard


def add_to(commands: Any) -> None:
    """Describe the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "models",
        help="list models, compare them, use another one, go back, export, import",
        description="Without a command: the models that ship with the program, with their cards.",
    )
    parser.set_defaults(run=run)
    parser.add_argument("--json", action="store_true", help="the whole cards, as a JSON list")
    models_project.add_to(parser.add_subparsers(title="commands", metavar="COMMAND"))


def run(options: argparse.Namespace) -> int:
    """Print every card."""
    from ..network.model import load_card, shipped_models
    from ..strict_json import to_jsonable

    cards = {folder.name: load_card(folder) for folder in shipped_models()}
    if options.json:
        print(json.dumps([to_jsonable(card) for card in cards.values()], indent=2))
    elif not cards:
        print("This installation ships no model; give --model the path of a model folder.")
    else:
        print("\n\n".join(card_text(name, card) for name, card in cards.items()))
    return ExitCode.DONE


def card_text(name: str, card: ModelCard) -> str:
    """A card for reading."""
    origin = card.provenance
    patch = " × ".join(str(n) for n in card.network.patch_shape)
    rows = [
        ("grid", f"{card.spacing_mm:g} mm, patches of {patch} voxels"),
        ("filters", ", ".join(str(n) for n in card.network.filters)),
        ("walks", " and ".join(card.directions)),
        ("way back", _way_back(card)),
        ("trained", f"{origin.steps} steps" + (f", {origin.created}" if origin.created else "")),
        ("parent", origin.parent or ""),
        ("data", ", ".join(source.name for source in origin.data)),
        ("scores", ", ".join(f"{key} {value:.3g}" for key, value in origin.scores.items())),
        ("licence", origin.licence),
        ("attribution", origin.attribution),
        ("limits", " ".join(origin.limits)),
    ]
    return "\n".join([name, *(_row(key, text) for key, text in rows if text)])


def _way_back(card: ModelCard) -> str:
    if card.refine_below_hu is None:
        return card.resampling
    return f"{card.resampling}, surface voxels below {card.refine_below_hu:g} HU removed"


def _row(key: str, text: str) -> str:
    indent = " " * 14
    return textwrap.fill(text, 96, initial_indent=f"  {key:<12}", subsequent_indent=indent)
