"""What the manifest offers to napari besides panels: reading, writing, sample data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import ScanUnreadable, VertsegError
from ..io import read_labels, read_scan
from ..volume import Scan
from .marks import KEY
from .samples import phantom_labels, phantom_scan
from .saving import write_layer
from .scan_layer import image_settings, placed

LayerTuple = tuple[Any, dict[str, Any], str]


def get_reader(path: str | list[str]) -> Callable[[str | list[str]], list[LayerTuple]] | None:
    """The reader of scans and masks; None for several files that are no series."""
    paths = path if isinstance(path, list) else [path]
    if len(paths) != 1 and not all(str(p).lower().endswith(".dcm") for p in paths):
        return None
    return read_layers


def read_layers(path: str | list[str]) -> list[LayerTuple]:
    """A CT scan as an image layer, or a label map as a labels layer.

    Raises
    ------
    ScanUnreadable
        Neither; the message says why it is no CT scan and what to do.
    """
    source = path[0] if isinstance(path, list) else path
    try:
        return [scan_layer(read_scan(source))]
    except ScanUnreadable as reason:
        try:
            return [labels_layer(source)]
        except VertsegError:
            raise reason from None


def scan_layer(scan: Scan) -> LayerTuple:
    """A scan as napari takes layers from readers."""
    return scan.voxels, image_settings(scan), "image"


def labels_layer(path: str) -> LayerTuple:
    """A mask of this or another program."""
    labels, grid = read_labels(path)
    settings = {"name": Path(path).name.split(".")[0], "metadata": {KEY: {"grid": grid}}}
    return labels, {**settings, **placed(grid)}, "labels"


def write_vertebrae(path: str, labels: Any, attributes: dict[str, Any]) -> list[str]:
    """Write a labels layer on the grid of its scan, numbered from the top.

    Raises
    ------
    OutputRefused
        The layer belongs to no scan, or the file cannot be written.
    """
    return [str(file) for file in write_layer(Path(path), labels, attributes)]


def sample_phantom() -> list[LayerTuple]:
    """A made CT of a lumbar spine."""
    return [scan_layer(phantom_scan())]


def sample_phantom_with_truth() -> list[LayerTuple]:
    """The same with its true vertebrae as labels."""
    image = scan_layer(phantom_scan())
    grid = phantom_scan().grid
    settings = {"name": "true vertebrae", "metadata": {KEY: {"grid": grid}}, **placed(grid)}
    return [image, (phantom_labels(), settings, "labels")]
