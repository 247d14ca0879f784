"""``vertseg evaluate PROJECT``: proposals, or a model's walks, against accepted corrections."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..cases import Project
    from ..evaluation import Evaluation, Looks
    from ..rounds.evaluating import Side

PROPOSALS = "proposals"


def evaluated(
    options: argparse.Namespace, tell: Callable[[str], None]
) -> tuple[Evaluation, Evaluation | None, Looks, list[str]]:
    """Both sides, how to look at them, and sentences that must be read first.

    Raises
    ------
    CaseIncomplete
        No project, a damaged case, or no case that could be scored.
    ModelIncompatible
        No such model.
    OutputRefused
        Label maps are there already.
    """
    from ..cases import Project, Role
    from ..errors import CaseIncomplete
    from ..evaluation.output import output_files
    from ..results import check_targets
    from ..rounds.evaluating import ProjectLooks, evaluate_project

    project = Project.open(options.prediction)
    names = [options.model or PROPOSALS, *([str(options.against)] if options.against else [])]
    sides = [_side(project, name) for name in names]
    folders = [options.output / place for place in ("masks", "masks-against")[: len(sides)]]
    masks = [f / f"{case}_vertebrae.nii.gz" for f in folders for case in project.ids()]
    targets = output_files(options.output, is_comparison=len(sides) > 1)
    check_targets([*targets, *masks], overwrite=options.overwrite)
    role = None if options.role is None else Role(options.role)
    found = [
        evaluate_project(project, side, folder, role=role, tell=tell)
        for side, folder in zip(sides, folders, strict=True)
    ]
    for evaluation, name in zip(found, names, strict=True):
        if not evaluation.scans:
            raise CaseIncomplete(_nothing(evaluation, name))
    notes = [n for name, e in zip(names, found, strict=True) for n in _seen(project, name, e)]
    against = found[1] if len(found) > 1 else None
    return found[0], against, ProjectLooks(project), notes


def _side(project: Project, name: str) -> Side:
    from ..rounds.evaluating import Proposals, Walks
    from ..rounds.models import find_in

    return Proposals() if name == PROPOSALS else Walks.load(find_in(project, name))


def _nothing(evaluation: Evaluation, name: str) -> str:
    """Why nothing could be scored."""
    if evaluation.failed:
        return "There is nothing to score: " + "; ".join(f"{n}: {r}" for n, r in evaluation.failed)
    pairing = evaluation.pairing
    alone = [*pairing.predictions_alone, *pairing.references_alone]
    lacking = "a submitted correction" + (" and a proposal" if name == PROPOSALS else "")
    return (
        f"There is nothing to score: no case has {lacking} "
        f"(there are: {', '.join(alone) or 'none'}); vertseg cases submit gives one."
    )


def _seen(project: Project, name: str, evaluation: Evaluation) -> list[str]:
    """A model knows the scans that it was trained on."""
    from ..rounds.lineage import seen_by
    from ..rounds.models import active_name
    from ..training import ACTIVE

    if name == PROPOSALS:
        return []
    known = seen_by(project, active_name(project) if name == ACTIVE else Path(name).name)
    scored = [s.pair.name for s in evaluation.scans if s.pair.reference.name in known]
    if not scored:
        return []
    return [
        f"{name} was trained on {', '.join(scored)}: what it makes of these says nothing about "
        "scans that it has not seen."
    ]
