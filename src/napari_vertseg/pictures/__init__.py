"""Pictures of scans and their vertebrae, drawn without a window."""

from .animation import write_animation
from .comparison import comparison_picture
from .figure3d import figure_3d
from .overview import overview_picture

__all__ = ["comparison_picture", "figure_3d", "overview_picture", "write_animation"]
