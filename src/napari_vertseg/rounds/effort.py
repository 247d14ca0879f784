"""What correcting costs, scan by scan and round by round: the learning curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..cases import Project
from .evidence import ProposalEvidence, evidence
from .ledger import read_rounds


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundEffort:
    """Scans that were corrected between two promoted models."""

    model: str | None
    """That made their proposals; None for masks of other tools."""
    round: int | None
    """That made this model; None for one from elsewhere."""
    scans: tuple[ProposalEvidence, ...]
    """In the order of their submission."""

    @property
    def minutes(self) -> float:
        """Mean per scan."""
        return _mean([scan.minutes for scan in self.scans])

    @property
    def voxels_changed(self) -> float:
        """Mean per scan."""
        return _mean([float(scan.voxels_changed) for scan in self.scans])

    @property
    def vertebrae_touched(self) -> float:
        """Mean per scan."""
        return _mean([float(scan.vertebrae_touched) for scan in self.scans])

    @property
    def dice(self) -> float:
        """Mean Dice of proposal and correction."""
        return _mean([scan.dice for scan in self.scans])


def effort(project: Project) -> list[RoundEffort]:
    """The learning curve: one point per model that made proposals, in their order."""
    return effort_by_model(list(evidence(project)), _rounds(project))


def effort_by_model(
    scans: Sequence[ProposalEvidence], rounds: dict[str, int]
) -> list[RoundEffort]:
    """Group scans by the model that proposed, in the order of their first submission.

    Parameters
    ----------
    scans : sequence of ProposalEvidence
    rounds : dict
        Weights hash of a model → round that made it.
    """
    groups: dict[str, list[ProposalEvidence]] = {}
    for scan in scans:
        key = "" if scan.model is None else scan.model.weights_sha256
        groups.setdefault(key, []).append(scan)
    return [
        RoundEffort(
            model=None if group[0].model is None else group[0].model.name,
            round=rounds.get(key),
            scans=tuple(group),
        )
        for key, group in groups.items()
    ]


def _rounds(project: Project) -> dict[str, int]:
    records = [r for r in read_rounds(project) if r.model is not None]
    return {r.model.weights_sha256: r.number for r in records if r.model is not None}


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
