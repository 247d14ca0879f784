"""Pictures of scans and their vertebrae, drawn without a window."""

from .comparison import comparison_picture
from .overview import overview_picture

__all__ = ["comparison_picture", "overview_picture"]
