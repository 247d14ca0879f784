"""Who has a case open (``lock.json``), and whether that one is still there."""

from __future__ import annotations

import os
import platform
import secrets
from dataclasses import dataclass
from typing import ClassVar, Literal

import psutil

from ..strict_json import STRICT
from .clock import now

_SAME_PROCESS_S = 2.0
"""Start times of one process, asked for twice, differ by rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRecord:
    """One person in one process."""

    __pydantic_config__: ClassVar = STRICT
    schema: Literal[1] = 1
    kind: Literal["napari-vertseg lock"] = "napari-vertseg lock"
    owner: str
    """The annotator."""
    host: str
    pid: int
    started: float
    """Of the process, seconds since 1970; a pid alone is used again."""
    since: str
    """Time."""
    token: str
    """Tells this lock from the next one of the same process."""

    @classmethod
    def of_this_process(cls, owner: str) -> LockRecord:
        """A new lock."""
        return cls(
            owner=owner,
            host=platform.node(),
            pid=os.getpid(),
            started=psutil.Process().create_time(),
            since=now(),
            token=secrets.token_hex(8),
        )

    @property
    def is_here(self) -> bool:
        """Whether it was taken on this machine."""
        return self.host == platform.node()

    @property
    def is_dead(self) -> bool:
        """Its process ran on this machine and is gone."""
        if not self.is_here:
            return False
        try:
            process = psutil.Process(self.pid)
            is_gone = process.status() == psutil.STATUS_ZOMBIE
            is_another = abs(process.create_time() - self.started) > _SAME_PROCESS_S
            return bool(is_gone or is_another)
        except psutil.NoSuchProcess:
            return True
        except psutil.Error:
            return False  # it is there, but not ours to look at

    def describe(self) -> str:
        """For people: who, where, since when."""
        place = "this machine" if self.is_here else self.host
        return f"{self.owner} (on {place}, process {self.pid}, since {self.since})"
