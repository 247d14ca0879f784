"""What the loop's study found, in sentences."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .loop_figures import DomainSummary, differences, interval, summarise_domain
from .loop_stages import Measure, Side, Stages, mean_of

_LEAST_REDUCTION = 0.5
_MOST_LOST = 0.02


def said(found: Stages, last: int, seeds: int) -> str:
    """Before and after, of the first arm; the start alone where there is no more.

    Parameters
    ----------
    found : Stages
    last : int
        Corrected scans after the last round that is meant to be.
    seeds : int
        That are meant to be.
    """
    words = [_start(found), _fell(summarise_domain(found), last, seeds)]
    idle, rounds = _idle(found)
    if idle:
        words.append(
            f"In {idle} of {rounds} rounds no walk of the scans that judge was better, so the "
            "weights stayed as they were."
        )
    seen = sorted({name for row in found.get(0, {}).values() for name in row.get("seen", ())})
    if seen:
        words.append(
            f"The starting model was trained on {', '.join(seen)} already: to correct those again "
            "can teach it little."
        )
    slivers = [mean_of(row["fresh"], "slivers") for row in found.get(0, {}).values()]
    if slivers and np.mean(slivers):
        words.append(
            f"{np.mean(slivers):.1f} vertebrae of a fresh scan are less than 1 cm³ in view, which "
            "no walk looks for (P6): to add them remains to be done."
        )
    return " ".join(word for word in words if word)


def judged(summary: DomainSummary | None, last: int, seeds: int) -> str:
    """What was asked for, beside what came; nothing before the first round."""
    if summary is None:
        return ""
    is_whole = summary.scans_corrected == last and summary.seeds == seeds
    so_far = "" if is_whole else " so far"
    rows = (
        ("effort falls by at least 50 %", summary.effort_reduction >= _LEAST_REDUCTION),
        ("no earlier scan loses more than 0.02", summary.worst_earlier_loss <= _MOST_LOST),
    )
    words = [
        f"{what}: **{'reached' if is_so else 'not reached'}{so_far}**" for what, is_so in rows
    ]
    return f"Asked for: {'; '.join(words)}."


def against(name: str, found: Stages, other_name: str, other: Stages) -> str:
    """One arm beside another one, over the seeds that both have; nothing without such."""
    size, touched = differences(found, other, "fresh", "touched")
    if not touched:
        return ""
    rows: tuple[tuple[str, Side, Measure, int], ...] = (
        ("vertebrae touched", "fresh", "touched", 1),
        ("voxels changed", "fresh", "voxels", 0),
        ("Dice of the earlier domain", "earlier", "dice", 3),
    )
    words = []
    for title, side, measure, digits in rows:
        values = list(differences(found, other, side, measure)[1].values())
        low, high = interval(values)
        words.append(
            f"{title} {np.mean(values):+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f})"
        )
    return (
        f"*{name}* less *{other_name}*, after {size} scans, {_seeds(len(touched))} in common: "
        f"{', '.join(words)}."
    )


def _start(found: Stages) -> str:
    before = list(found.get(0, {}).values())
    if not before:
        return "Nothing is measured yet."
    dice = np.mean([mean_of(row["fresh"], "dice") for row in before])
    return f"The starting model has Dice {dice:.3f} here ({_seeds(len(before))})."


def _fell(found: DomainSummary | None, last: int, seeds: int) -> str:
    if found is None:
        return "No round is measured yet."
    low, high = found.effort_reduction_interval
    between = f"95 % over seeds: {low:.0%} to {high:.0%}"
    if found.seeds == 1:
        between = "of one seed nobody knows how sure that is"
    return (
        f"After {found.scans_corrected} of {last} corrected scans "
        f"({found.seeds} of {seeds} seeds) Dice goes from {found.dice_before:.3f} to "
        f"{found.dice_after:.3f}; vertebrae to touch fall by "
        f"{found.effort_reduction_vertebrae:.0%}, voxels by {found.effort_reduction_voxels:.0%} "
        f"(the smaller one, {between}); voxels of a scan by "
        f"{found.effort_reduction_voxels_per_scan:.0%} in the mean of scans. "
        f"Dice of earlier scans changes by {0 - found.mean_earlier_loss:+.3f} in the mean, and by "
        f"{0 - found.worst_earlier_loss:+.3f} at worst."
    )


def _idle(found: Stages) -> tuple[int, int]:
    """Rounds that left the weights as they were, and all rounds."""
    same = []
    for before, after in pairwise(sorted(found)):
        for seed in found[before].keys() & found[after].keys():
            weights = [found[size][seed].get("weights_sha256") for size in (before, after)]
            same.append(weights[0] is not None and weights[0] == weights[1])
    return sum(same), len(same)


def _seeds(number: int) -> str:
    return "one seed" if number == 1 else f"{number} seeds"
