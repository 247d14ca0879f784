"""The thresholds behind every word of a score: found, merged, split, false."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..anatomy import Level

BACKGROUND_LABELS: Final[frozenset[int]] = frozenset({int(Level.S1)})
"""Reference values that are bone but never a target (P28)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringRules:
    """What counts as what; the defaults are those of every published figure."""

    found_dice: float = 0.5
    """A reference is found where a prediction of its own reaches this Dice."""
    match_iou: float = 0.5
    """An instance is a true positive of panoptic quality above this IoU (never two)."""
    merged_share: float = 0.5
    """A prediction that is the best match of two references and covers more than
    this share of each has merged them."""
    split_share: float = 0.1
    """A reference is split where two predictions that lie mostly on it each cover
    at least this share of it."""
    stray_share: float = 0.1
    """A prediction with less than this share of its volume on references overlaps
    none. A few leaked voxels do not make a false vertebra a true one."""
    sacrum_share: float = 0.1
    """A prediction with more than this share of its volume in the sacrum lies on it."""
    identification_mm: float = 20.0
    """Largest distance between the centroids of an identified vertebra (VerSe)."""
    surface_tolerance_mm: float = 1.0
    """Distance within which two surfaces agree, for the surface Dice."""
    background_labels: frozenset[int] = BACKGROUND_LABELS
    """Reference values that are no targets and are not scored (P28)."""
