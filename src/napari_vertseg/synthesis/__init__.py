"""Made data: anatomy, procedural or completed from real labels, and CT rendered from it."""

from .anatomy_map import AnatomyMap
from .appearance import Appearance, draw_appearance
from .completion import complete_anatomy
from .phantom import Phantom, make_phantom
from .phantom_anatomy import PhantomAnatomy, build_phantom_anatomy, random_anatomy
from .phantom_parameters import FieldOfView, Fracture, PhantomParameters, draw_phantom
from .phantom_ranges import DEFAULT_RANGES, PhantomRanges
from .render import render
from .structure_names import TOTAL_SEGMENTATOR
from .tissue import BONES, Tissue, tissue_of, tissues_of_structures

__all__ = [
    "BONES",
    "DEFAULT_RANGES",
    "TOTAL_SEGMENTATOR",
    "AnatomyMap",
    "Appearance",
    "FieldOfView",
    "Fracture",
    "Phantom",
    "PhantomAnatomy",
    "PhantomParameters",
    "PhantomRanges",
    "Tissue",
    "build_phantom_anatomy",
    "complete_anatomy",
    "draw_appearance",
    "draw_phantom",
    "make_phantom",
    "random_anatomy",
    "render",
    "tissue_of",
    "tissues_of_structures",
]
