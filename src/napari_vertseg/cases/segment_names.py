"""Names of the segments in a ``.seg.nrrd`` as 3D Slicer writes it."""

from __future__ import annotations

import re
from pathlib import Path

from ..io.kinds import reading

_KEY = re.compile(r"Segment(\d+)_(Name|LabelValue)")


def segment_names(path: Path) -> dict[int, str]:
    """Label value → name; empty for a plain NRRD.

    Raises
    ------
    ScanUnreadable
        The header is damaged.
    """
    import SimpleITK

    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("NrrdImageIO")
    reader.SetFileName(str(path))
    with reading(path, "NRRD"):
        reader.ReadImageInformation()
    names: dict[str, str] = {}
    values: dict[str, int] = {}
    for key in reader.GetMetaDataKeys():
        match = _KEY.fullmatch(key)
        text = reader.GetMetaData(key).strip()
        if match and match[2] == "Name":
            names[match[1]] = text
        elif match and text.isdecimal():
            values[match[1]] = int(text)
    return {values[number]: name for number, name in names.items() if number in values}
