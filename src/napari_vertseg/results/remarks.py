"""Sentences about a result that its reader should not have to find out."""

from __future__ import annotations

from ..segmentation import Segmentation
from ..traversal import FinishReason
from ..volume import Scan
from .tally import WalkTally


def remarks(scan: Scan, segmentation: Segmentation, tally: WalkTally) -> tuple[str, ...]:
    """What deserves a look, most general first; empty for a plain result."""
    return (
        *scan.warnings,
        *_about_the_end(scan, segmentation, tally),
        *_about_gaps(segmentation, tally),
        *_about_surfaces(segmentation),
    )


def _about_the_end(scan: Scan, segmentation: Segmentation, tally: WalkTally) -> list[str]:
    said = []
    if tally.end is FinishReason.STEP_CAP:
        said.append(
            f"The walk was ended after {tally.steps} steps; what lies beyond was not looked at."
        )
    if tally.end is FinishReason.NOTHING_AT_START:
        said.append("No vertebra was found at the start; choose a voxel inside one.")
    elif not segmentation.instances:
        said.append(
            f"No vertebra was found in {scan.name}: the labels are empty. "
            "Check that it is a CT with the spine in view."
        )
    return said


def _about_gaps(segmentation: Segmentation, tally: WalkTally) -> list[str]:
    far = [str(n) for n, instance in segmentation.numbered() if instance.id in tally.jumps]
    if not far:
        return []
    return [
        f"Vertebra {', '.join(far)}: further from the one found before than the spacing of the "
        "spine explains; look whether one was missed between them."
    ]


def _about_surfaces(segmentation: Segmentation) -> list[str]:
    left = [str(n) for n, i in segmentation.numbered() if i.is_refined is False]
    if not left:
        return []
    return [
        f"Vertebra {', '.join(left)}: the surface was left as the model drew it, since removing "
        "its dark voxels would have taken more than a tenth."
    ]
