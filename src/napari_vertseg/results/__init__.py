"""What ``vertseg segment`` leaves on the disk: labels, a record of every vertebra, a picture."""

from .describe import describe
from .files import ResultFiles, check_targets
from .publish import published_together
from .record import (
    LEGEND,
    NOTICE,
    GridRecord,
    ModelRecord,
    ResultRecord,
    ScanRecord,
    SettingsRecord,
    VertebraRecord,
    WalkRecord,
    program,
    read_record,
)
from .remarks import remarks
from .tally import WalkTally
from .write import write_results

__all__ = [
    "LEGEND",
    "NOTICE",
    "GridRecord",
    "ModelRecord",
    "ResultFiles",
    "ResultRecord",
    "ScanRecord",
    "SettingsRecord",
    "VertebraRecord",
    "WalkRecord",
    "WalkTally",
    "check_targets",
    "describe",
    "program",
    "published_together",
    "read_record",
    "remarks",
    "write_results",
]
