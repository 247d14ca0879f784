"""Is a foreign card's network one that this machine should build at all?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import ModelIncompatible

if TYPE_CHECKING:
    from ..network.config import NetworkConfig

_LARGEST_FILTERS: Final = 1024
_MOST_LEVELS: Final = 8
_LARGEST_PATCH: Final = 512
_SPACINGS_MM: Final = (0.2, 20.0)
"""A voxel far smaller than any scan's would ask for a grid that no memory holds."""
_LEAST_BYTES: Final = 2
"""Per number, in half precision."""


def check_affordable(network: NetworkConfig, spacing_mm: float, weight_bytes: int) -> None:
    """Refuse a card whose network would fill the memory before its weights are looked at.

    Parameters
    ----------
    network : NetworkConfig
        Of a card from anybody.
    spacing_mm : float
        Of the grid that it works on.
    weight_bytes : int
        Size of the weights that came with it.

    Raises
    ------
    ModelIncompatible
        The network is out of all proportion, by itself or to its weights.
    """
    sizes = (max(network.filters), network.levels, max(network.patch_shape))
    limits = (_LARGEST_FILTERS, _MOST_LEVELS, _LARGEST_PATCH)
    words = ("filters", "levels", "voxels along a side of the patch")
    for size, limit, word in zip(sizes, limits, words, strict=True):
        if size > limit:
            raise ModelIncompatible(
                f"the model card asks for {size} {word}, more than {limit}; nothing was imported."
            )
    least, most = _SPACINGS_MM
    if not least <= spacing_mm <= most:
        raise ModelIncompatible(
            f"the model card asks for voxels of {spacing_mm:g} mm; {least:g} to {most:g} mm are "
            "taken. Nothing was imported."
        )
    from ..network.size import parameter_count

    needed = _LEAST_BYTES * parameter_count(network)
    if needed > weight_bytes:
        raise ModelIncompatible(
            f"the model card needs {needed} bytes of weights, but there are {weight_bytes}: card "
            "and weights are of different models. Nothing was imported."
        )
