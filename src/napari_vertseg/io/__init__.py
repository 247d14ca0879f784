"""Scans in, labels out: files become canonical arrays, arrays become files on the scan's own grid.

Importing this package loads no file library; each is imported by the reader that needs it.
"""

from .atomic import atomic_path, write_json_atomic
from .labels import read_labels, write_labels
from .scans import read_scan, write_scan

__all__ = [
    "atomic_path",
    "read_labels",
    "read_scan",
    "write_json_atomic",
    "write_labels",
    "write_scan",
]
