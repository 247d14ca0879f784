"""TEMP"""
from __future__ import annotations
from dataclasses import dataclass
from typing import Any
@dataclass
class Validation:
    config: Any; folder: Any
    @classmethod
    def prepare(cls, config, cases, folder): return cls(config, folder)
    def __call__(self, network, step): return {}
