"""Names and values of the structures in TotalSegmentator label maps."""

from __future__ import annotations

from typing import Final

_PAIRED: Final = (
    "adrenal_gland autochthon brachiocephalic_vein clavicula "
    "common_carotid_artery femur gluteus_maximus gluteus_medius gluteus_minimus hip humerus "
    "iliac_artery iliac_vena iliopsoas kidney kidney_cyst scapula subclavian_artery "
    "lung_lower_lobe lung_upper_lobe"
)
_SINGLE: Final = (
    "aorta atrial_appendage_left brachiocephalic_trunk brain colon costal_cartilages duodenum "
    "esophagus gallbladder "
    "heart inferior_vena_cava liver lung_middle_lobe_right pancreas "
    "portal_vein_and_splenic_vein prostate pulmonary_vein sacrum skull small_bowel spinal_cord "
    "spleen sternum stomach superior_vena_cava thyroid_gland trachea urinary_bladder"
)
_SPINE: Final = (("C", 7), ("T", 12), ("L", 5), ("S", 1))

TOTAL_SEGMENTATOR: Final[tuple[str, ...]] = (
    "background",
    *sorted(
        [f"{name}_{side}" for name in _PAIRED.split() for side in ("left", "right")]
        + [f"rib_{side}_{k}" for side in ("left", "right") for k in range(1, 13)]
        + [f"vertebrae_{part}{k}" for part, count in _SPINE for k in range(1, count + 1)]
        + _SINGLE.split()
    ),
)
"""Names by value: 0 is background, the others count up in alphabetical order."""
