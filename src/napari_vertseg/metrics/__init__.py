"""How good a segmentation is: the paper's figures and the field's (numpy and scipy only)."""

from .contingency import Contingency, count_shared_voxels
from .difference import differences
from .matching import Matching, match_vertebrae
from .panoptic import PanopticQuality
from .rules import ScoringRules
from .scan_score import ScanScore
from .scoring import score_scan
from .summary import Figure, flat, summarise
from .surface import SurfaceDistances, surface_distances
from .vertebra_score import InstanceScore, InstanceVerdict, VertebraScore

__all__ = [
    "Contingency",
    "Figure",
    "InstanceScore",
    "InstanceVerdict",
    "Matching",
    "PanopticQuality",
    "ScanScore",
    "ScoringRules",
    "SurfaceDistances",
    "VertebraScore",
    "count_shared_voxels",
    "differences",
    "flat",
    "match_vertebrae",
    "score_scan",
    "summarise",
    "surface_distances",
]
