"""A scan made ready for a model, and its vertebrae on the scan's own grid."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelIncompatible, SegmentationFailed
from ..labelling import head_to_foot
from ..prediction import Predictor
from ..segmentation import Segmentation, VertebraInstance
from ..traversal import (
    Event,
    FoundVertebra,
    TraversalConfig,
    TraversalState,
    traverse,
    traverse_from,
)
from ..volume import Scan
from .way_back import WayBack, to_scan_grid
from .working_grid import WorkingImage, to_working_grid, working_voxel

if TYPE_CHECKING:
    from ..network.model import ModelCard


@dataclass(frozen=True, eq=False)
class Walk:
    """A scan made ready to be walked with a predictor; may be walked any number of times."""

    scan: Scan
    image: WorkingImage
    predict: Predictor
    config: TraversalConfig
    way_back: WayBack

    def events(
        self,
        *,
        start: tuple[int, int, int] | None = None,
        both: bool = False,
        state: TraversalState | None = None,
    ) -> Generator[Event, None, TraversalState]:
        """Walk and tell; the return value is the state, resumable.

        Parameters
        ----------
        start : (z, y, x), optional
            Voxel of the canonical scan: the vertebra there comes first (P27).
        both : bool
            From ``start``, walk in both directions.
        state : TraversalState, optional
            Go on from here; ``start`` and ``both`` are in it already.

        Raises
        ------
        SegmentationFailed
            The start lies outside the scan, or is missing; and as ``traverse``.
        """
        if state is None and both and start is None:
            raise SegmentationFailed("To walk both ways, a start is needed; give a voxel.")
        if start is None or state is not None:
            return traverse(self.image.voxels, self.predict, self.config, state)
        voxel = working_voxel(self.scan, self.image.grid, start)
        return traverse_from(self.image.voxels, self.predict, self.config, voxel, both=both)

    def segmentation(self, found: Iterable[FoundVertebra]) -> Segmentation:
        """Vertebrae on the scan's canonical grid, head to foot.

        No two masks share a voxel: what was found first keeps it (P10). Beside
        the masks only one byte per voxel of the scan is needed.
        """
        taken = np.zeros(self.scan.grid.shape, dtype=np.uint8)
        instances: list[VertebraInstance] = []
        for vertebra in found:
            instance = self.on_scan(vertebra, taken)
            if instance is not None:
                taken[instance.slices][instance.mask] = 1
                instances.append(instance)
        spacing = np.array(self.scan.grid.spacing_mm)
        centers = [_center(instance) * spacing for instance in instances]
        order = head_to_foot(np.reshape(centers, (-1, 3)))
        return Segmentation(self.scan.grid, tuple(instances[i] for i in order))

    def on_scan(
        self, found: FoundVertebra, taken: NDArray[np.unsignedinteger[Any]] | None = None
    ) -> VertebraInstance | None:
        """One vertebra on the scan's canonical grid (see ``to_scan_grid``)."""
        return to_scan_grid(found, self.scan, self.image.grid, self.way_back, taken)


def prepare(scan: Scan, card: ModelCard, predict: Predictor, **settings: Any) -> Walk:
    """Make a scan ready for a model.

    Parameters
    ----------
    scan : Scan
        Canonical.
    card : ModelCard
        Working grid, patch, thresholds and way back are the model's.
    predict : Predictor
        The model's predictor, or anything that answers like it.
    **settings
        Fields of ``TraversalConfig`` to set otherwise.

    Raises
    ------
    ModelIncompatible
        The model was not trained for the direction asked for.
    """
    both_ways = {"down", "up"} <= set(card.directions)
    config = TraversalConfig(
        spacing_mm=card.spacing_mm,
        patch_shape=card.network.patch_shape,
        probability_threshold=card.probability_threshold,
        completeness_threshold=card.completeness_threshold,
        looks_back=both_ways,
        starts_again=both_ways,
        withdraws=both_ways,
    )
    config = replace(config, **settings)
    if config.direction not in card.directions:
        raise ModelIncompatible(
            f"The model {card.name} was trained to walk {' and '.join(card.directions)} only, "
            f"not {config.direction}; walk that way, or take another model."
        )
    return Walk(
        scan=scan,
        image=to_working_grid(scan, card.spacing_mm),
        predict=predict,
        config=config,
        way_back=WayBack(
            resampling=card.resampling,
            probability_threshold=config.probability_threshold,
            refine_below_hu=card.refine_below_hu,
        ),
    )


def _center(instance: VertebraInstance) -> NDArray[np.float64]:
    inside = np.argwhere(instance.mask).mean(axis=0)
    return np.asarray(inside + np.array(instance.start), dtype=np.float64)
