"""From single vertebrae to a clean, ordered chain."""

from .components import keep_components
from .sequence import head_to_foot

__all__ = ["head_to_foot", "keep_components"]
