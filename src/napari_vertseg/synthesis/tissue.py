"""What a voxel of made anatomy consists of, and how TotalSegmentator names map to it."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .structure_names import TOTAL_SEGMENTATOR


class Tissue(IntEnum):
    """Class of a voxel; the integer is its value in ``AnatomyMap.structures``."""

    AIR = 0
    FAT = 1
    MUSCLE = 2
    SOFT = 3
    LUNG = 4
    LIVER = 5
    SPLEEN = 6
    KIDNEY = 7
    ORGAN = 8
    BOWEL = 9
    BOWEL_GAS = 10
    BLADDER = 11
    HEART = 12
    ARTERY = 13
    VEIN = 14
    BRAIN = 15
    CANAL = 16
    DISC = 17
    CARTILAGE = 18
    VERTEBRA = 19
    SACRUM = 20
    RIB = 21
    OTHER_BONE = 22
    SKULL = 23
    TABLE = 24
    METAL = 25
    AIRWAY = 26
    TOOTH = 27


BONES: Final[tuple[Tissue, ...]] = (
    Tissue.VERTEBRA,
    Tissue.SACRUM,
    Tissue.RIB,
    Tissue.OTHER_BONE,
    Tissue.SKULL,
)
"""Tissues drawn as a cortical shell around trabecular bone."""

_EXACT: Final[dict[str, Tissue]] = {
    "brain": Tissue.BRAIN,
    "costal_cartilages": Tissue.CARTILAGE,
    "heart": Tissue.HEART,
    "inferior_vena_cava": Tissue.VEIN,
    "superior_vena_cava": Tissue.VEIN,
    "portal_vein_and_splenic_vein": Tissue.VEIN,
    "pulmonary_vein": Tissue.HEART,
    "brachiocephalic_trunk": Tissue.ARTERY,
    "aorta": Tissue.ARTERY,
    "liver": Tissue.LIVER,
    "spleen": Tissue.SPLEEN,
    "colon": Tissue.BOWEL,
    "small_bowel": Tissue.BOWEL,
    "duodenum": Tissue.BOWEL,
    "stomach": Tissue.BOWEL,
    "urinary_bladder": Tissue.BLADDER,
    "gallbladder": Tissue.BLADDER,
    "sacrum": Tissue.SACRUM,
    "vertebrae_S1": Tissue.SACRUM,
    "skull": Tissue.SKULL,
    "spinal_cord": Tissue.CANAL,
    "sternum": Tissue.OTHER_BONE,
    "trachea": Tissue.AIRWAY,
}

_PREFIX: Final[tuple[tuple[str, Tissue], ...]] = (
    ("vertebrae_", Tissue.VERTEBRA),
    ("rib_", Tissue.RIB),
    ("lung_", Tissue.LUNG),
    ("kidney_cyst", Tissue.BLADDER),
    ("kidney_", Tissue.KIDNEY),
    ("autochthon_", Tissue.MUSCLE),
    ("gluteus_", Tissue.MUSCLE),
    ("iliopsoas_", Tissue.MUSCLE),
    ("atrial_appendage", Tissue.HEART),
    ("brachiocephalic_vein", Tissue.VEIN),
    ("iliac_vena", Tissue.VEIN),
    ("iliac_artery", Tissue.ARTERY),
    ("common_carotid", Tissue.ARTERY),
    ("subclavian_artery", Tissue.ARTERY),
    ("clavicula_", Tissue.OTHER_BONE),
    ("femur_", Tissue.OTHER_BONE),
    ("hip_", Tissue.OTHER_BONE),
    ("humerus_", Tissue.OTHER_BONE),
    ("scapula_", Tissue.OTHER_BONE),
)


def tissue_of(structure: str) -> Tissue:
    """Tissue of a TotalSegmentator structure name; unknown organs are ``ORGAN``."""
    if structure in _EXACT:
        return _EXACT[structure]
    for prefix, tissue in _PREFIX:
        if structure.startswith(prefix):
            return tissue
    return Tissue.ORGAN


def tissues_of_structures(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Tissue classes of a TotalSegmentator label map.

    Parameters
    ----------
    values : (z, y, x) uint8
        0 is unlabelled, then the alphabetical values of ``TOTAL_SEGMENTATOR``.

    Returns
    -------
    (z, y, x) uint8
        ``Tissue`` values; what is unlabelled comes back as ``AIR``.
    """
    table = np.zeros(256, dtype=np.uint8)
    for value, name in enumerate(TOTAL_SEGMENTATOR[1:], start=1):
        table[value] = tissue_of(name)
    return table[values]


def bone_mask(structures: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(z, y, x) bool: where ``Tissue`` values are bone of any kind."""
    table = np.zeros(256, dtype=bool)
    table[[int(b) for b in BONES]] = True
    return np.asarray(table[structures])
