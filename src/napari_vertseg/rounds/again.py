"""A candidate compared anew with the model in use: other scans may be there to judge by now."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

from ..cases import ModelRef, Project
from ..errors import ModelIncompatible
from ..training import ACTIVE
from .compare import compare, fresh_masks, save_comparison
from .comparison import CaseChange, Comparison
from .gate import judge
from .judging import default_scans
from .ledger import change_round, read_rounds
from .models import find_in, ref_of


def compare_again(
    project: Project,
    name: str,
    *,
    has_phantoms: bool = True,
    who: str = "",
    tell: Callable[[str], None] = lambda sentence: None,
) -> Generator[CaseChange, None, Comparison]:
    """Walk every validation scan and every earlier one with both models, telling each.

    What comes out is kept in the round that made the candidate; until the last scan is
    walked, that of before stands.

    Parameters
    ----------
    name : str
        The candidate.
    has_phantoms : bool
        Take made scans where the model in use has seen no case of this project.
    tell : callable
        Hears of scans that are left out since they cannot be read.

    Raises
    ------
    ModelIncompatible
        There is no such model, it is damaged, or it is the one in use.
    """
    from ..network.model import load_model

    folders = [find_in(project, ACTIVE), find_in(project, name)]
    active, candidate = (ref_of(folder) for folder in folders)
    if active == candidate:
        raise ModelIncompatible(
            f"{candidate.name} is the model in use, so there is nothing to compare it with; roll "
            "back first, or choose another."
        )
    number = _round_of(project, candidate)
    comparison = yield from compare(
        load_model(folders[0]),
        load_model(folders[1]),
        default_scans(project, has_phantoms=has_phantoms, tell=tell),
        refs=(active, candidate),
        masks=None if number is None else fresh_masks(project, number),
    )
    if number is not None:
        save_comparison(project, number, comparison)
        change_round(
            project,
            number,
            lambda r: replace(
                r,
                scores_before=comparison.scores("active"),
                scores_after=comparison.scores("candidate"),
            ),
            what=f"compared again: {judge(comparison).outcome}",
            who=who,
        )
    return comparison


def _round_of(project: Project, model: ModelRef) -> int | None:
    """Number of the round that made a model; None for one from elsewhere."""
    return next((r.number for r in read_rounds(project) if r.model == model), None)
