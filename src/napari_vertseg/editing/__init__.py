"""Tools that correct labels: numpy in, a proposal out.

A tool looks at the box of what it works on and proposes a change of it; nothing is written until
the proposal is applied. Locked vertebrae are never touched. An impossible request raises
``EditImpossible`` with one sentence for the user.
"""

from .chain_names import Renaming, Spine, rename_chain
from .contours import fill_contours
from .edge_cost import EdgeRules, edge_cost
from .foreign import add_vertebra, replace_vertebra
from .index import LabelIndex
from .labels import EditableLabels
from .live_wire import Contour, LiveWire, contour
from .paint import erase, paint
from .pieces import fill_holes, keep_largest
from .plane import Plane
from .proposal import Proposal, VoxelChange
from .slicewise import copy_slice, interpolate
from .split import split_by_plane, split_by_seeds
from .surface import grow, shrink, smooth
from .whole import delete, merge, relabel

__all__ = [
    "Contour",
    "EdgeRules",
    "EditableLabels",
    "LabelIndex",
    "LiveWire",
    "Plane",
    "Proposal",
    "Renaming",
    "Spine",
    "VoxelChange",
    "add_vertebra",
    "contour",
    "copy_slice",
    "delete",
    "edge_cost",
    "erase",
    "fill_contours",
    "fill_holes",
    "grow",
    "interpolate",
    "keep_largest",
    "merge",
    "paint",
    "relabel",
    "rename_chain",
    "replace_vertebra",
    "shrink",
    "smooth",
    "split_by_plane",
    "split_by_seeds",
]
