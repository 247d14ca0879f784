"""May a candidate take the place of the active model?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

from ..strict_json import STRICT
from .comparison import CaseChange, Comparison

_ROUNDING = 1e-9
"""A fall of exactly the limit is no fall beyond it, whatever binary fractions make of it."""


class Outcome(StrEnum):
    """What the gate says; the person decides."""

    PASSES = "passes"
    FAILS = "fails"
    CANNOT_JUDGE = "cannot judge yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRules:
    """When a candidate passes."""

    __pydantic_config__: ClassVar = STRICT
    largest_fall: float = 0.02
    """No case may lose more mean Dice than this."""
    least_patients: int = 2
    """With fewer validation patients nothing can be said about new ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """What the gate says, and why."""

    outcome: Outcome
    sentences: tuple[str, ...]
    patients: int
    """Validation patients that were compared."""
    mean_active: float | None
    """Mean Dice of the validation cases; None without any."""
    mean_candidate: float | None
    worst: CaseChange | None
    """The case that lost most, or gained least; None without any case."""


def judge(comparison: Comparison, rules: GateRules | None = None) -> GateVerdict:
    """The default gate: the mean does not fall, and no case falls by more than 0.02.

    The mean is that of the validation cases; the fall is watched in every compared case.
    """
    rules = rules or GateRules()
    # A scan without a vertebra to score has no Dice that could rise or fall.
    comparison = replace(comparison, cases=tuple(c for c in comparison.cases if c.vertebrae))
    held_out = comparison.of_kind("validation")
    patients = len({case.patient for case in held_out})
    before = _mean([case.active.dice for case in held_out])
    after = _mean([case.candidate.dice for case in held_out])
    worst = min(comparison.cases, key=lambda case: case.gain, default=None)
    faults = _faults(comparison, before, after, rules)
    if patients < rules.least_patients:
        outcome = Outcome.CANNOT_JUDGE
        sentences = (_too_few(patients, rules), *faults)
    elif faults:
        outcome, sentences = Outcome.FAILS, tuple(faults)
    else:
        outcome, sentences = Outcome.PASSES, (_praise(comparison, before, after, worst),)
    return GateVerdict(
        outcome=outcome,
        sentences=sentences,
        patients=patients,
        mean_active=before,
        mean_candidate=after,
        worst=worst,
    )


def _faults(
    comparison: Comparison, before: float | None, after: float | None, rules: GateRules
) -> list[str]:
    faults = []
    if before is not None and after is not None and after < before - _ROUNDING:
        faults.append(
            f"The mean Dice of the validation scans falls from {before:.3f} to {after:.3f}."
        )
    fallen = [c for c in comparison.cases if c.gain < -rules.largest_fall - _ROUNDING]
    for case in sorted(fallen, key=lambda case: case.gain):
        faults.append(
            f"{case.name} ({_why(case)}) falls from {case.active.dice:.3f} to "
            f"{case.candidate.dice:.3f}, by more than {rules.largest_fall:g}."
        )
    return faults


def _too_few(patients: int, rules: GateRules) -> str:
    have = {0: "No validation patient", 1: "Only one validation patient"}.get(
        patients, f"Only {patients} validation patients"
    )
    return (
        f"{have} could be compared, and {rules.least_patients} are needed to say anything about "
        "new ones. Correct scans with the role validation; until then look at how far each "
        "proposal was from its correction."
    )


def _praise(
    comparison: Comparison, before: float | None, after: float | None, worst: CaseChange | None
) -> str:
    if comparison.is_of_one_model:
        return "Both have the very same weights: the training found nothing better."
    least = "" if worst is None else f"; the least gain is {worst.gain:+.3f} ({worst.name})"
    return (
        f"The mean Dice of {len(comparison.of_kind('validation'))} validation scans goes from "
        f"{before or 0:.3f} to {after or 0:.3f}{least}."
    )


def _why(case: CaseChange) -> str:
    return {"validation": "validation", "earlier": "an earlier case", "made": "a made scan"}[
        case.kind
    ]


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
