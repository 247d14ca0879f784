"""The sacrum with S1, in the frame of S1's body: a background bone (P28)."""

from __future__ import annotations

import numpy as np

from .shape_parts import Field, ellipse, ellipsoid, rod

SACRUM_EXTENT_MM = ((-30.0, 125.0), (-35.0, 75.0), (-68.0, 68.0))
"""Bounds along (h, p, s) of a sacrum of scale 1."""


def sacrum_distance(h: Field, p: Field, s: Field, scale: float) -> Field:
    """Signed distance in mm.

    Parameters
    ----------
    h, p, s : (...) float32
        Local mm: down, back, left of the middle of S1.
    scale : float
        1 for an average adult.
    """
    h = h / np.float32(scale)
    p = p / np.float32(scale)
    s = np.abs(s / np.float32(scale))
    # The sacrum curls: what lies lower is further back, then forward again.
    curl = 26 * np.sin(np.clip(h, 0, 120) * np.float32(np.pi / 150))
    q = p - curl.astype(np.float32)
    bodies = _bodies(h, q, s)
    wings = _wings(h, q, s)
    back = _back(h, q, s)
    canal = ellipse(q, s, (24.0, 0.0), (8.5, 13.0)) + np.maximum(h - 70, 0) * 0.3
    whole = np.minimum(bodies, np.maximum(np.minimum(wings, back), -canal))
    for k in range(4):
        hole = rod(
            h, q, s, (16 + 24 * k, -20, 20 - 2 * k), (16 + 24 * k, 60, 20 - 2 * k), (4.5, 4.5)
        )
        whole = np.maximum(whole, -hole)
    return np.asarray(whole * np.float32(scale), dtype=np.float32)


def _bodies(h: Field, q: Field, s: Field) -> Field:
    """Five fused bodies that taper; a slit stays where S1 meets S2."""
    share = np.clip((h + 14) / 120, 0, 1)
    deep, wide = 17 - 11 * share, 26 - 16 * share
    cross = np.hypot(q / deep, s / wide)
    drum = np.maximum((cross - 1) * deep, np.maximum(-14 - h, h - 108))
    slit = 2.0 - np.abs(h - 15) - 0.35 * np.maximum(q + 8, 0)
    return np.asarray(np.maximum(drum, slit), dtype=np.float32)


def _wings(h: Field, q: Field, s: Field) -> Field:
    """Alae and lateral parts down to S3."""
    ala = ellipsoid(h, q, s, (10.0, 6.0, 30.0), (24.0, 20.0, 27.0))
    low = rod(h, q, s, (20.0, 10.0, 42.0), (85.0, 4.0, 14.0), (13.0, 6.0))
    return np.asarray(np.minimum(ala, low), dtype=np.float32)


def _back(h: Field, q: Field, s: Field) -> Field:
    """Roof of the canal, median crest, upper articular processes."""
    roof = np.abs(ellipse(q, s, (20.0, 0.0), (16.0, 20.0))) - 3.0
    roof = np.maximum(roof, np.maximum(-2 - h, h - 90))
    roof = np.maximum(roof, 14 - q)
    crest = np.maximum(np.abs(s) - 3.0, np.maximum(np.abs(q - 38) - 6.0, np.abs(h - 38) - 34.0))
    facet = rod(h, q, s, (6.0, 26.0, 20.0), (-20.0, 27.0, 20.5), (7.0, 5.0))
    return np.asarray(np.minimum.reduce([roof, crest, facet]), dtype=np.float32)
