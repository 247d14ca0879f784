"""``vertseg cases``: projects and cases on the disk, without a window."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from . import cases_export, cases_import, cases_look, cases_mend, values
from .annotator import add_who
from .exit_codes import EXIT_CODES

ROLES = ("train", "validation", "test")


def add_to(commands: Any) -> None:
    """Describe the command and its commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "cases",
        help="projects: take scans in, look, submit for training, export, mend",
        description="Projects: scans with every version of their labels, and who may be trained "
        "on. docs/formats.md says what lies where.",
    )
    parts = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_new(parts)
    _add_import(parts)
    _add_looks(parts)
    _add_submit(parts)
    _add_export(parts)
    _add_remove(parts)
    _add_mending(parts)


def _part(parts: Any, name: str, run: Any, text: str, *, has_case: bool = False) -> Any:
    parser: argparse.ArgumentParser = parts.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("project", type=Path, metavar="PROJECT", help="folder of the project")
    if has_case:
        parser.add_argument("case", metavar="CASE", help="such as case-0001, as the list says")
    return parser


def _add_new(parts: Any) -> None:
    parser = _part(parts, "new", cases_import.new, "make a project")
    parser.add_argument("--name", help="what to call it (default: the folder's name)")
    parser.add_argument(
        "--copy", action="store_true", help="copy scans in, rather than refer to them"
    )
    parser.add_argument(
        "--demo",
        action="store_true",
        help="put four made scans in: references, a proposal with errors to correct, an empty one",
    )
    add_who(parser)


def _add_import(parts: Any) -> None:
    parser = _part(parts, "import", cases_import.take, "take scans in, each as a case")
    parser.add_argument(
        "scans", type=Path, nargs="+", metavar="SCAN", help="a file, or a folder of DICOM"
    )
    parser.add_argument(
        "--labels", type=Path, metavar="MASK", help="an existing mask of the scan: NIfTI or NRRD"
    )
    parser.add_argument(
        "--as",
        dest="mask_as",
        choices=("proposal", "reference"),
        default="proposal",
        help="proposal to correct, or a reference, accepted as it is (default: proposal)",
    )
    parser.add_argument(
        "--values",
        choices=("auto", "verse", "numbers"),
        default="auto",
        help="what the mask's values are: VerSe levels or mere numbers (default: auto)",
    )
    parser.add_argument(
        "--patient",
        metavar="WORD",
        help="anything that tells the patient from others, where the file does not say; only a "
        "salted hash is kept",
    )
    parser.add_argument(
        "--role", choices=ROLES, help="of the patient (default: proposed, every fourth validates)"
    )
    parser.add_argument(
        "--copy",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="copy the scan in (default: as the project was made)",
    )
    parser.add_argument("--series", metavar="N", help="of a DICOM folder with several")
    parser.add_argument(
        "--spacing", type=values.spacing_mm, metavar="Z,Y,X", help="of a TIFF stack, in mm"
    )
    add_who(parser)


def _add_looks(parts: Any) -> None:
    parser = _part(parts, "list", cases_look.list_cases, "list the cases of a project")
    parser.add_argument(
        "--status", help="only those: new, proposed, in_correction, done, excluded"
    )
    parser.add_argument("--role", choices=ROLES, help="only those")
    parser.add_argument("--json", action="store_true", help="the whole records, as a JSON list")
    parser = _part(parts, "show", cases_look.show, "show one case", has_case=True)
    parser.add_argument("--json", action="store_true", help="the whole record, as JSON")
    parser.add_argument(
        "--compare",
        type=int,
        nargs=2,
        metavar=("A", "B"),
        help="Dice per vertebra between two versions, for example of two annotators",
    )


def _add_submit(parts: Any) -> None:
    parser = _part(parts, "submit", cases_look.submit, "give a case to training", has_case=True)
    parser.add_argument(
        "--reviewed",
        metavar="RANGE",
        help="between which vertebrae none was missed: all, or FIRST:LAST as levels or numbers "
        "from the top (T4:L5, 2:9); an empty side reaches to that end of the scan",
    )
    add_who(parser)


def _add_export(parts: Any) -> None:
    parser = _part(parts, "export", cases_export.export, "write masks or measures for others")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="which (default: all)")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="a folder")
    parser.add_argument(
        "--format",
        choices=("verse", "seg-nrrd", "nnunet", "csv"),
        default="verse",
        help="VerSe mask and centroids, 3D Slicer segmentation, nnU-Net data set, or a table of "
        "measures (default: verse)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")


def _add_remove(parts: Any) -> None:
    text = "withdraw a patient: delete all cases of it, and name the models that have seen it"
    parser = _part(parts, "remove", cases_mend.remove, text, has_case=True)
    parser.add_argument("--yes", action="store_true", help="do it, rather than say what would go")
    add_who(parser)


def _add_mending(parts: Any) -> None:
    parser = _part(parts, "check", cases_mend.check, "say what is wrong with a project")
    parser.add_argument("--quick", action="store_true", help="do not read scans and versions")
    parser = _part(parts, "repair", cases_mend.repair, "put a project in order")
    parser.add_argument(
        "--scans", type=Path, metavar="FOLDER", help="where to look for scans that were moved"
    )
    add_who(parser)
