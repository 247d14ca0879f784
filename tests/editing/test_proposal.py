"""A tool proposes; only applying writes, only in the box, and never what is locked."""

from __future__ import annotations

import numpy as np
import pytest

from napari_vertseg.editing import (
    LabelIndex,
    VoxelChange,
    add_vertebra,
    delete,
    grow,
    keep_largest,
    merge,
    relabel,
    split_by_plane,
)
from napari_vertseg.errors import EditImpossible
from napari_vertseg.volume import Zyx, ZyxFloat


def test_a_proposal_alone_writes_nothing(labels):
    before = labels.array.copy()
    merge(labels, [1, 2], into=1)

    assert np.array_equal(labels.array, before)


def test_applying_writes_the_box_and_reverting_brings_back_every_byte(labels):
    before = labels.array.tobytes()
    proposal = merge(labels, [2], into=1)
    labels.apply(proposal)

    assert np.array_equal(labels.array[proposal.slices], proposal.after)
    assert labels.index.ids == (1, 3, 4)
    labels.revert(proposal)
    assert labels.array.tobytes() == before
    assert labels.index.ids == (1, 2, 3, 4)


def test_the_box_is_no_larger_than_the_change(labels):
    assert delete(labels, [2]).slices == (slice(9, 15), slice(10, 30), slice(5, 15))


def test_a_proposal_counts_what_every_id_wins_and_loses(labels):
    proposal = merge(labels, [2], into=1)

    assert proposal.changes == {1: VoxelChange(1200, 0), 2: VoxelChange(0, 1200)}
    assert (proposal.voxels, proposal.name) == (1200, "Merge L2 into L1")


def test_a_proposal_is_not_written_over_other_work(labels):
    proposal = delete(labels, [2])
    labels.array[10, 15, 10] = 0
    before = labels.array.copy()

    with pytest.raises(EditImpossible, match="changed since"):
        labels.apply(proposal)
    assert np.array_equal(labels.array, before)


def test_a_proposal_cannot_be_altered(labels):
    proposal = delete(labels, [2])

    with pytest.raises(ValueError, match="read-only"):
        proposal.after[0] = 1
    labels.apply(proposal)
    assert not np.shares_memory(labels.array, proposal.before)


@pytest.mark.parametrize(
    "ask",
    [
        lambda labels: merge(labels, [1], into=2),
        lambda labels: merge(labels, [2], into=1),
        lambda labels: delete(labels, [2]),
        lambda labels: relabel(labels, 2, 9),
        lambda labels: grow(labels, 2, 2.0),
        lambda labels: keep_largest(labels, 2),
        lambda labels: split_by_plane(labels, 2, ZyxFloat(12, 20, 10), ZyxFloat(1, 0, 0), 9),
        lambda labels: add_vertebra(labels, 2, np.ones((2, 2, 2), dtype=bool), Zyx(0, 0, 0)),
    ],
)
def test_a_locked_vertebra_is_refused_by_its_name(labels, ask):
    with pytest.raises(EditImpossible, match="L2 is locked"):
        ask(labels.with_locked({2}))


def test_a_locked_neighbour_is_spared_and_told(labels):
    mask = np.ones((6, 4, 4), dtype=bool)  # half in 2, half above and below
    taking = add_vertebra(labels, 9, mask, Zyx(12, 12, 6), takes_from_others=True)
    sparing = add_vertebra(
        labels.with_locked({2}), 9, mask, Zyx(12, 12, 6), takes_from_others=True
    )

    assert taking.changes == {
        2: VoxelChange(0, 48),
        3: VoxelChange(0, 32),
        9: VoxelChange(96, 0),
    }
    assert sparing.changes == {3: VoxelChange(0, 32), 9: VoxelChange(48, 0)}
    assert sparing.spared == {2: 48}


def test_a_tool_that_would_do_nothing_says_so(labels):
    mask = np.ones((2, 2, 2), dtype=bool)

    with pytest.raises(EditImpossible, match="all 8 voxels are locked or taken"):
        add_vertebra(labels, 9, mask, Zyx(10, 12, 6))


def test_an_id_without_voxels_is_refused(labels):
    with pytest.raises(EditImpossible, match="vertebra 7 has no voxel"):
        delete(labels, [7])


@pytest.mark.parametrize("number", [0, -1, 70000])
def test_numbers_that_are_no_ids_are_refused(labels, number):
    with pytest.raises(EditImpossible, match="1 to 65535"):
        relabel(labels, 1, number)


def test_an_id_in_use_is_not_given_twice(labels):
    with pytest.raises(EditImpossible, match="L2 already has voxels"):
        relabel(labels, 1, 2)


def test_relabelling_keeps_the_shape(labels):
    shape = labels.array == 3
    labels.apply(relabel(labels, 3, 300))

    assert np.array_equal(labels.array == 300, shape)


def test_merging_one_with_itself_is_refused(labels):
    with pytest.raises(EditImpossible, match="two vertebrae"):
        merge(labels, [1], into=1)


def test_deleting_nothing_is_refused(labels):
    with pytest.raises(EditImpossible, match="nothing is selected"):
        delete(labels, [])


def test_the_index_follows_a_brush_that_shrinks_widens_and_empties(labels):
    array, index = labels.array, labels.index
    box = (slice(0, 24), slice(0, 40), slice(0, 20))
    for paint in (
        lambda: array[2:4].fill(0),
        lambda: array[0, 0, :3].fill(1),
        lambda: array[array == 4].fill(0) or array.__setitem__(array == 4, 0),
        lambda: array[5, 5, 5:7].fill(12),
    ):
        before = array.copy()
        paint()
        index.changed(array, box, before)
        fresh = LabelIndex(array)
        assert index.ids == fresh.ids
        assert [index.box(i) for i in index.ids] == [fresh.box(i) for i in fresh.ids]
        assert [index.voxels(i) for i in index.ids] == [fresh.voxels(i) for i in fresh.ids]


def test_a_view_of_another_array_is_edited_in_place():
    whole = np.zeros((10, 12, 20), dtype=np.uint16)
    view = whole[:, :, ::2].transpose(1, 0, 2)
    view[2:5, 2:5, 2:5] = 3
    from napari_vertseg.editing import EditableLabels

    labels = EditableLabels.of(view, (1.0, 1.0, 1.0))
    labels.apply(relabel(labels, 3, 4))

    assert np.count_nonzero(whole == 4) == 27
    assert not (whole == 3).any()
