"""From where on a value is doubtful, and how much it weighs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ramp:
    """Weight of a value: none up to one end, growing evenly, full from the other."""

    harmless: float
    """Up to here (or down to here, where ``doubtful`` is smaller) the weight is 0."""
    doubtful: float
    """From here on the weight is full."""
    weight: float
    """Full weight, 0 … 1."""

    def __post_init__(self) -> None:
        if self.harmless == self.doubtful or not 0 <= self.weight <= 1:
            raise ValueError(f"no ramp: {self}")

    def __call__(self, value: float) -> float:
        """Weight of a value."""
        share = (value - self.harmless) / (self.doubtful - self.harmless)
        return self.weight * min(max(share, 0.0), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspicionRules:
    """Every number behind a suspicion; ``docs/suspicion.md`` says where each comes from.

    Deviations are natural logarithms of the ratio to what the neighbours lead to
    expect, so that half and double weigh alike. Ramps of the shape begin where
    the vertebrae of real label maps (86 of 12 scans) end.
    """

    unsure_completeness: Ramp = Ramp(0.25, 0.05, 0.5)
    """Distance of the completeness from a half."""
    cut_inside: float = 0.5
    """Weight of being judged incomplete between two complete ones."""
    entropy_bits: Ramp = Ramp(0.15, 0.4, 0.15)
    """Mean binary entropy over the mask's bounding box."""
    confidence: Ramp = Ramp(0.91, 0.86, 0.9)
    """Mean probability inside the mask × ``last_overlap``. Of all that is known about a
    walked vertebra this tells most, so that the other facts of the walk, which mostly say
    the same once more, weigh little beside it."""
    chain_confidence: Ramp = Ramp(0.88, 0.7, 0.15)
    """Median of the same over all walked vertebrae of the scan."""
    trusted_confidence: float = 0.8
    """Below it, and below the chain's median, a vertebra does not speak for its neighbours."""
    last_overlap: Ramp = Ramp(0.95, 0.65, 0.1)
    """Dice of the last two evaluations; the confidence has it as a factor already."""
    steps: Ramp = Ramp(6, 20, 0.1)
    """Evaluations; 20 is where the midpoint rule ends them (P9)."""
    cut_by_patch: float = 0.1
    """Weight of a mask that meets a face of the patch inside the scan."""
    volume_deviation: Ramp = Ramp(0.2, 0.5, 0.9)
    """Of a complete vertebra, either way; of an incomplete one, too large only."""
    allowance_at_top: float = 0.4
    """Taken off deviations of volume and size where C1 and C2 may be: the first two
    of a chain whose neighbours are no larger than ``cervical_mm3``."""
    cervical_mm3: float = 16_000.0
    """Below it a neighbour may be a cervical vertebra."""
    smallest_mm3: Ramp = Ramp(5_000.0, 2_000.0, 0.8)
    """Volume of a complete vertebra, whatever its neighbours."""
    largest_mm3: Ramp = Ramp(110_000.0, 150_000.0, 0.8)
    """Volume of any vertebra."""
    spacing_deviation: Ramp = Ramp(0.2, 0.5, 0.5)
    """Of the distance to a neighbour; half of it where only one neighbour is off."""
    widest_spacing_mm: Ramp = Ramp(50.0, 70.0, 0.5)
    """Distance to a neighbour, whatever the others; adults have up to 40 mm."""
    beside_line_mm: Ramp = Ramp(4.0, 10.0, 0.7)
    """Sideways distance from the line through both neighbours."""
    before_line_mm: Ramp = Ramp(8.0, 14.0, 0.7)
    """The same distance forwards or backwards, where lordosis bends the chain."""
    extent_longer: Ramp = Ramp(0.25, 0.55, 0.7)
    """Deviation of the size along an axis."""
    extent_shorter: Ramp = Ramp(0.4, 0.8, 0.7)
    """The same, shorter: without transverse processes T12 is 0.4 narrower than L1."""
    stray_share: Ramp = Ramp(0.005, 0.1, 0.6)
    """Share of a complete mask outside its largest piece."""
    stray_share_of_cut: Ramp = Ramp(0.1, 0.5, 0.4)
    """The same of an incomplete one, which may fall apart (P16)."""
    lowest_hu: Ramp = Ramp(60.0, -20.0, 0.8)
    """Mean CT value."""
    highest_hu: Ramp = Ramp(700.0, 1200.0, 0.5)
    """Mean CT value; higher is metal or cement."""
    density_deviation: Ramp = Ramp(0.3, 0.7, 0.4)
    """Distance from the median of the neighbours' mean CT values, as a share of it."""
    density_floor_hu: float = 150.0
    """Shares are of no less than this: osteoporotic bone differs by few HU."""
    more_bone_around: Ramp = Ramp(0.07, 0.25, 0.6)
    """Share of bone in the shell around the mask, beyond the neighbours' median: dose, blur
    and contrast move all vertebrae of a scan alike."""
    bone_around: Ramp = Ramp(0.4, 0.7, 0.6)
    """The same share, whatever the neighbours'."""
    out_of_turn: float = 0.4
    """Weight of being found out of turn, or of a level that does not follow."""
    least: float = 0.02
    """Reasons below this weight are not told."""
