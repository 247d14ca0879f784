"""What a voxel of made anatomy consists of, and how TotalSegmentator names map to it."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray


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


TOTAL_SEGMENTATOR: Final[tuple[str, ...]] = tuple(
    ["background", "adrenal_gland_left", "adrenal_gland_right", "aorta", "atrial_appendage_left", "autochthon_left", "autochthon_right", "brachiocephalic_trunk", "brachiocephalic_vein_left", "brachiocephalic_vein_right", "brain", "clavicula_left", "clavicula_right", "colon", "common_carotid_artery_left", "common_carotid_artery_right", "costal_cartilages", "duodenum", "esophagus", "femur_left", "femur_right", "gallbladder", "gluteus_maximus_left", "gluteus_maximus_right", "gluteus_medius_left", "gluteus_medius_right", "gluteus_minimus_left", "gluteus_minimus_right", "heart", "hip_left", "hip_right", "humerus_left", "humerus_right", "iliac_artery_left", "iliac_artery_right", "iliac_vena_left", "iliac_vena_right", "iliopsoas_left", "iliopsoas_right", "inferior_vena_cava", "kidney_cyst_left", "kidney_cyst_right", "kidney_left", "kidney_right", "liver", "lung_lower_lobe_left", "lung_lower_lobe_right", "lung_middle_lobe_right", "lung_upper_lobe_left", "lung_upper_lobe_right", "pancreas", "portal_vein_and_splenic_vein", "prostate", "pulmonary_vein", "rib_left_1", "rib_left_10", "rib_left_11", "rib_left_12", "rib_left_2", "rib_left_3", "rib_left_4", "rib_left_5", "rib_left_6", "rib_left_7", "rib_left_8", "rib_left_9", "rib_right_1", "rib_right_10", "rib_right_11", "rib_right_12", "rib_right_2", "rib_right_3", "rib_right_4", "rib_right_5", "rib_right_6", "rib_right_7", "rib_right_8", "rib_right_9", "sacrum", "scapula_left", "scapula_right", "skull", "small_bowel", "spinal_cord", "spleen", "sternum", "stomach", "subclavian_artery_left", "subclavian_artery_right", "superior_vena_cava", "thyroid_gland", "trachea", "urinary_bladder", "vertebrae_C1", "vertebrae_C2", "vertebrae_C3", "vertebrae_C4", "vertebrae_C5", "vertebrae_C6", "vertebrae_C7", "vertebrae_L1", "vertebrae_L2", "vertebrae_L3", "vertebrae_L4", "vertebrae_L5", "vertebrae_S1", "vertebrae_T1", "vertebrae_T10", "vertebrae_T11", "vertebrae_T12", "vertebrae_T2", "vertebrae_T3", "vertebrae_T4", "vertebrae_T5", "vertebrae_T6", "vertebrae_T7", "vertebrae_T8", "vertebrae_T9"]
)
"""Structure names in the order of their values: 0 is background, then alphabetical."""


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
