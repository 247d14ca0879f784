"""The numbers of the walk, named with their units."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import ClassVar, Literal

from ..segmentation import Direction
from ..strict_json import STRICT
from ..volume import Zyx


@dataclass(frozen=True, slots=True, kw_only=True)
class StartConfig:
    """How a walk finds the vertebra under a given voxel (P27)."""

    __pydantic_config__: ClassVar = STRICT

    offset_mm: float = 8.0
    """First plane this far behind the voxel. Between T1 and T3 the middles of
    neighbours are only 15 mm apart: half of that is right for a voxel in the
    middle of any vertebra."""
    step_mm: float = 8.0
    """Distance between the planes that are tried where the first one gives a neighbour."""
    tries: int = 12
    """Planes that are tried: eight whole steps, then four half ones. Backwards they reach
    48 mm, as far as the tip of a thoracic spinous process hangs below the middle of its
    vertebra."""
    min_confidence: float = 0.88
    """What settles below it, on one vertebra now and on two the next time, gives way to the
    next plane; where no plane gives better, the one whose
    middle is nearest to the voxel is taken."""
    reach_mm: float = 20.0
    """A voxel that lies in no vertebra, in a disc or the canal, takes the nearest up to here."""

    def __post_init__(self) -> None:
        if min(self.offset_mm, self.step_mm, self.tries) <= 0:
            raise ValueError(f"not a way to start: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TraversalConfig:
    """Settings of a walk; the defaults are the paper's numbers (section 2, P5 to P16)."""

    __pydantic_config__: ClassVar = STRICT

    spacing_mm: float
    """Isotropic voxel size of the working grid (P1)."""
    patch_shape: Zyx
    """(z, y, x) voxels that the network sees (P1)."""
    direction: Direction = "down"
    """Which way the walk goes; from a given voxel: which way it goes first."""
    probability_threshold: float = 0.5
    """A voxel at or above it belongs to the vertebra."""
    completeness_threshold: float = 0.5
    """A vertebra at or above it is completely visible (P4, P11)."""
    min_fragment_mm3: float = 1000.0
    """n_min: smaller finds do not count; only voxels outside the memory do (P6)."""
    convergence_mm: float = 2.0
    """δ_max: the patch has settled when it would move by no more on any axis (P8)."""
    max_refinements: int = 20
    """Evaluations of one vertebra before the midpoint rule ends them (P9)."""
    max_steps: int = 1000
    """Forward passes of one walk at most, so that no input can loop for ever (P9)."""
    search_min_hu: float | None = 150.0
    """A search window without a voxel above it holds no bone and is not sent to
    the network; None sends every one (to verify that nothing is lost), but no two
    of one same value without a memory in them, whose answers are the same."""
    follows: Literal["surest", "first"] = "surest"
    """Which fragment the search over the scan follows: the surest that the windows
    at one height show, or, as in the paper, the first. With an empty memory a
    network is least sure where it takes a heart for a vertebra."""
    focus: Literal["largest", "all"] = "largest"
    """What the patch follows: the largest connected new piece, so that specks do
    not pull the centre, or, as in the paper, all new voxels."""
    fragment_min_mm3: float = 500.0
    """Smaller pieces of an incomplete vertebra are dropped (P16)."""
    min_vertebra_mm3: float = 800.0
    """What settles below it is rejected. Less than n_min: whether a sliver that just reached
    that is kept must not depend on the voxels that it loses while the patch moves to it."""
    min_confidence: float = 0.25
    """What settles with a lower confidence (mean probability × overlap of the
    last two evaluations) is rejected."""
    min_spacing_mm: float = 5.0
    """A centroid nearer to one already found is a remainder of that vertebra, and rejected."""
    rejection_radius_mm: float = 8.0
    """After a rejection no patch is moved to a centre this near to the rejected
    one, on every axis, until the memory changes. Below the 15 mm between two
    cervical vertebrae."""
    jump_factor: float = 1.5
    """A step longer than this × the mean of the last three is reported as a jump (P13)."""
    max_aside_mm: float = 32.0
    """Once the chain is trusted, a find further aside of the last vertebra than this,
    and further aside than ahead, is no neighbour of it: a heart or a hip in the same
    patch. Between neighbours it is 28 mm where the spine lies at 45 degrees."""
    behind_mm: float = 30.0
    """A find so much further towards the back is still not aside: a spinous process, all that
    is in view of a vertebra at the edge of the scan."""
    min_volume_share: float = 0.35
    """What is judged complete and yet smaller than this share of the nearest complete
    ones (median of three) is a piece of something else, of the sacrum mostly, and rejected."""
    trusted_chain: int = 2
    """A chain with fewer vertebrae may be a false find far from the spine: the
    search then goes on over the raster and not only beyond the last one."""
    trusted_confidence: float = 0.87
    """So may a chain in which no vertebra vouches for the others, by this confidence and
    ``trusted_volume_mm3``: a row of pieces of a hip."""
    trusted_volume_mm3: float = 5000.0
    """Pieces of ribs and shoulder blades, of which the network may be sure, have less."""
    doubtful_chain: int = 10
    """This many in a row are the spine, however unsure: noise makes all of it doubtful."""
    looks_back: bool = False
    """At the end, see the first vertebra of the row again from the one after it, and go on
    beyond it; needs a model that walks both ways. Not in the paper: see ``looking_back``."""
    starts_again: bool = False
    """Where the search ends in vain, start from where the network was surest, if it was as sure
    as ``trusted_confidence``, and walk both ways (P27). Not in the paper: see the module
    ``starting_again``."""
    withdraws: bool = False
    """At the end, give up finds that no row of theirs speaks for and that lie aside of
    the spine. Not in the paper: see ``withdrawing``."""
    gap_factor: float = 2.0
    """What lies no further off than this × the usual spacing, and not aside, may be of the
    spine still: one vertebra between was missed."""
    probability_margin: int = 3
    """Voxels kept around each vertebra for resampling its probability (P15)."""
    start: StartConfig = StartConfig()
    """Used by walks that start at a given voxel."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "patch_shape", Zyx(*(int(n) for n in self.patch_shape)))
        if self.spacing_mm <= 0 or min(self.patch_shape) < 2:
            raise ValueError(f"no patch: {self.patch_shape} voxels of {self.spacing_mm} mm")
        if not 0 < self.probability_threshold < 1:
            raise ValueError(f"probability_threshold {self.probability_threshold} not in (0, 1)")
        if self.max_refinements < 2 or self.max_steps < 1:
            raise ValueError("at least two evaluations per vertebra and one step are needed")

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel of the working grid."""
        return self.spacing_mm**3

    @property
    def search_step(self) -> Zyx:
        """Δx: half a patch (P5)."""
        return Zyx(*(max(n // 2, 1) for n in self.patch_shape))

    @property
    def min_fragment_voxels(self) -> int:
        """``min_fragment_mm3`` on the working grid."""
        return self.voxels_of(self.min_fragment_mm3)

    @property
    def min_kept_voxels(self) -> int:
        """What a find may shrink to while the patch settles."""
        return self.voxels_of(min(self.min_fragment_mm3, self.min_vertebra_mm3))

    @property
    def probability_cut(self) -> int:
        """``probability_threshold`` as a value of 0…255."""
        return ceil(self.probability_threshold * 255 - 1e-9)

    def voxels_of(self, volume_mm3: float) -> int:
        """Smallest number of voxels that has at least this volume, and at least one."""
        return max(ceil(volume_mm3 / self.voxel_mm3 - 1e-9), 1)
