from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from napari_vertseg.anatomy import HEAD_TO_FOOT, is_target
from napari_vertseg.pictures.colours import PALETTE, STRAY, colour_of

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
WHITE = [0.9505, 1.0, 1.089]


def _lab(rgb, vision):
    linear = np.where(
        np.array(rgb) <= 0.04045, np.array(rgb) / 12.92, ((np.array(rgb) + 0.055) / 1.055) ** 2.4
    )
    seen = np.clip(np.array(VISION[vision]) @ linear, 0, 1)
    x, y, z = np.cbrt(np.array(TO_XYZ) @ seen / WHITE)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISION)
def test_neighbours_look_different_to_everybody(vision):
    looks = [_lab(rgb, vision) for rgb in PALETTE]
    gaps = [np.linalg.norm(a - b) for a, b in zip(looks, looks[1:] + looks[:1], strict=True)]
    # 2.3 is just noticeable; neighbours are told apart at a glance.
    assert min(gaps) > 24


def test_anatomical_neighbours_differ_whatever_is_missing():
    chain = [int(level) for level in HEAD_TO_FOOT if is_target(level)]
    pairs = [*pairwise(chain), (19, 20), (18, 20), (18, 28)]
    assert all(colour_of(a) != colour_of(b) for a, b in pairs)


def test_a_number_has_one_colour_for_ever():
    assert colour_of(1) == colour_of(8) == PALETTE[0]
    assert colour_of(20) == PALETTE[5]
    assert STRAY not in PALETTE
