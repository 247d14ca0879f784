from __future__ import annotations

import numpy as np

from napari_vertseg.labelling import keep_components
from napari_vertseg.volume.components import find_components


def pieces(*edges):
    """Cubes of these edges in a row, none touching another."""
    mask = np.zeros((12, 12, 60), dtype=bool)
    x = 0
    for edge in edges:
        mask[:edge, :edge, x : x + edge] = True
        x += edge + 2
    return mask


def test_a_complete_vertebra_keeps_its_largest_piece():
    kept = keep_components(pieces(3, 9, 5), is_complete=True, voxel_mm3=8.0)

    assert np.count_nonzero(kept) == 9**3


def test_a_cut_vertebra_keeps_every_piece_of_half_a_cubic_centimetre():
    # 4³ voxels of 8 mm³ are 512 mm³, 3³ are 216 mm³.
    kept = keep_components(pieces(3, 9, 4), is_complete=False, voxel_mm3=8.0)

    assert np.count_nonzero(kept) == 9**3 + 4**3


def test_the_largest_piece_stays_however_small():
    kept = keep_components(pieces(2, 3), is_complete=False, voxel_mm3=1.0)

    assert np.count_nonzero(kept) == 27


def test_nothing_stays_nothing():
    assert not keep_components(pieces(), is_complete=True, voxel_mm3=1.0).any()


def test_the_given_mask_is_left_as_it_is():
    mask = pieces(3, 4)
    before = mask.copy()
    keep_components(mask, is_complete=True, voxel_mm3=1.0)

    assert np.array_equal(mask, before)


def test_pieces_come_largest_first_without_their_neighbours():
    found = find_components(pieces(3, 9, 5))

    assert [p.voxels for p in found] == [9**3, 5**3, 3**3]
    assert all(np.count_nonzero(p.mask) == p.voxels for p in found)
    assert [p.voxels for p in find_components(pieces(3, 9, 5), 100)] == [9**3, 5**3]


def test_voxels_that_share_a_corner_are_one_piece():
    mask = np.zeros((2, 2, 2), dtype=bool)
    mask[0, 0, 0] = mask[1, 1, 1] = True

    assert [p.voxels for p in find_components(mask)] == [2]


def test_a_piece_knows_its_place_in_the_mask():
    mask = pieces(3, 4)
    for piece in find_components(mask):
        assert np.array_equal(mask[piece.slices], piece.mask)
