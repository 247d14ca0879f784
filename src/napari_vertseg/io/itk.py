"""MetaImage (MHA, MHD) and NRRD files, through SimpleITK."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanUnreadable
from .checks import check_spacing, volume_shape
from .kinds import Kind, head_of
from .stored import LPS_TO_RAS, StoredVolume, affine_from

_READERS = {Kind.METAIMAGE: "MetaImageIO", Kind.NRRD: "NrrdImageIO"}
_NUMBER = r"[-+]?(?:nan|inf|[0-9.]+(?:e[-+]?[0-9]+)?)"


def read_itk(path: Path, kind: Kind) -> StoredVolume:
    """One MetaImage or NRRD volume.

    Raises
    ------
    ScanUnreadable
        Not one volume of scalars, or no spacing in the header. Damage surfaces
        as SimpleITK's ``RuntimeError``; the caller names the file.
    """
    import SimpleITK

    # ITK takes a missing spacing as 1 mm in silence, hence the look into the header.
    spacing_mm = _stated_spacing(head_of(path).decode("latin-1"), kind)
    if spacing_mm is None or len(spacing_mm) == 3:  # else it is flat, which is said below
        check_spacing(path.name, spacing_mm)
    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO(_READERS[kind])
    reader.SetFileName(str(path))
    reader.ReadImageInformation()
    if reader.GetNumberOfComponents() > 1:
        raise ScanUnreadable(
            f"{path.name} holds {reader.GetNumberOfComponents()} values per voxel "
            "(colour, RGB, or a vector field), not CT values; export the CT itself."
        )
    volume_shape(path.name, reader.GetSize())
    image = reader.Execute()
    while image.GetDimension() > 3:
        image = image[:, :, :, 0] if image.GetDimension() == 4 else image[..., 0]
    directions = np.array(image.GetDirection()).reshape(3, 3)
    affine = affine_from(directions, image.GetSpacing(), image.GetOrigin())
    # ITK hands out (k, j, i); a transposed view is the file's (i, j, k).
    return StoredVolume(SimpleITK.GetArrayFromImage(image).T, affine)


def write_itk(path: Path, voxels: NDArray[Any], affine: NDArray[np.float64]) -> None:
    """Write a volume as ``.mha`` or ``.nrrd``, compressed.

    Parameters
    ----------
    path : Path
        The suffix chooses the format.
    voxels : (i, j, k)
        In file order; the dtype is kept.
    affine : (4, 4)
        Voxel (i, j, k) → RAS millimetres.
    """
    import SimpleITK

    spacing_mm = np.linalg.norm(affine[:3, :3], axis=0)
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(voxels.T))
    image.SetSpacing(spacing_mm.tolist())
    image.SetOrigin((LPS_TO_RAS @ affine[:3, 3]).tolist())
    image.SetDirection((LPS_TO_RAS @ affine[:3, :3] / spacing_mm).ravel().tolist())
    SimpleITK.WriteImage(image, str(path), useCompression=True)


def _stated_spacing(head: str, kind: Kind) -> tuple[float, ...] | None:
    """Spacing along the first three axes as the text header has it, None if it is silent."""
    if kind is Kind.METAIMAGE:
        return _numbers(re.search(r"^ElementSpacing\s*=(.*)$", head, re.MULTILINE))
    plain = re.search(r"^spacings:(.*)$", head, re.MULTILINE)
    if plain:
        return _numbers(plain)
    vectors = re.search(r"^space directions:(.*)$", head, re.MULTILINE)
    if not vectors:
        return None
    columns = re.findall(r"\(([^)]*)\)", vectors[1])
    return tuple(float(np.linalg.norm([float(v) for v in c.split(",")])) for c in columns[:3])


def _numbers(line: re.Match[str] | None) -> tuple[float, ...] | None:
    if line is None:
        return None
    return tuple(float(v) for v in re.findall(_NUMBER, line[1].lower())[:3])
