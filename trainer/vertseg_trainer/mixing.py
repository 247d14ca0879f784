"""New corrections beside what must not be forgotten, in fixed shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from napari_vertseg.training import SourceShares, TrainingConfig, TrainingRequest

from .cases import TrainingCase
from .drawn import DrawnScan
from .sources import DrawsScans, ScanSource


@dataclass(frozen=True, eq=False)
class MixedSource:
    """Draws from several sources by their shares."""

    config: TrainingConfig
    parts: tuple[tuple[float, DrawsScans], ...]
    """(share, source); shares are positive."""

    def draw(self, rng: np.random.Generator) -> DrawnScan:
        """A scan of one of the parts."""
        shares = np.array([share for share, _ in self.parts])
        chosen = int(rng.choice(len(self.parts), p=shares / shares.sum()))
        return self.parts[chosen][1].draw(rng)


def mixed_source(
    corrected: Sequence[TrainingCase],
    earlier: Sequence[TrainingCase],
    config: TrainingConfig,
    spacing_mm: float,
    request: TrainingRequest,
) -> MixedSource:
    """Corrected cases, and the replay of earlier cases and made scans.

    Parameters
    ----------
    corrected : sequence of TrainingCase
        With images.
    earlier : sequence of TrainingCase
        Of earlier rounds; where there are none, the whole replay is made: phantoms, and
        scans rendered from the labels of cases whose levels are known.
    """
    made = request.made_share if earlier else 1.0
    replay = request.replay_share
    parts = [
        (1 - replay, _source(corrected, config, spacing_mm, real=1.0)),
        (replay * (1 - made), _source(earlier, config, spacing_mm, real=1.0)),
        (replay * made, _made([*corrected, *earlier], config, spacing_mm)),
    ]
    return MixedSource(
        config, tuple((share, source) for share, source in parts if share and source)
    )


def _made(
    cases: Sequence[TrainingCase], config: TrainingConfig, spacing_mm: float
) -> ScanSource | None:
    # A label map can be rendered where it is known which vertebra is which.
    named = [case for case in cases if case.has_levels]
    synthesis = 0.5 if named else 0.0
    return _source(named, config, spacing_mm, phantom=1.0, synthesis=synthesis)


def _source(
    cases: Sequence[TrainingCase],
    config: TrainingConfig,
    spacing_mm: float,
    *,
    phantom: float = 0.0,
    synthesis: float = 0.0,
    real: float = 0.0,
) -> ScanSource | None:
    if not cases and not phantom:
        return None
    shares = SourceShares(phantom=phantom, synthesis=synthesis, real=real)
    return ScanSource(cases, replace(config, sources=shares), spacing_mm)
