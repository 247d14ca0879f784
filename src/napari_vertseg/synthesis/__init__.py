"""Made data: anatomy, procedural or completed from real labels, and CT rendered from it."""

from .anatomy_map import AnatomyMap
from .appearance import Appearance, draw_appearance
from .completion import complete_anatomy
from .render import render
from .tissue import BONES, TOTAL_SEGMENTATOR, Tissue, tissue_of, tissues_of_structures

__all__ = [
    "BONES",
    "TOTAL_SEGMENTATOR",
    "AnatomyMap",
    "Appearance",
    "Tissue",
    "complete_anatomy",
    "draw_appearance",
    "render",
    "tissue_of",
    "tissues_of_structures",
]
