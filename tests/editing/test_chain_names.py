"""One known level names the whole chain, variants included."""

from __future__ import annotations

import pytest

from napari_vertseg.anatomy import Level
from napari_vertseg.editing import Spine, rename_chain
from napari_vertseg.errors import EditImpossible

ORDER = [7, 3, 9, 4]
"""Head to foot."""
OLD = {7: Level.T10, 3: Level.T11, 9: Level.T12, 4: None}


def test_one_known_level_names_all_others():
    renaming = rename_chain(OLD, ORDER, 9, Level.L1)

    assert renaming.after == {7: Level.T11, 3: Level.T12, 9: Level.L1, 4: Level.L2}
    assert renaming.before == OLD
    assert renaming.name == "This is L1"


def test_names_that_stay_are_no_change():
    assert rename_chain(OLD, ORDER, 9, Level.T12).after == {4: Level.L1}


@pytest.mark.parametrize(
    ("reach", "after"),
    [("down", {9: Level.L1, 4: Level.L2}), ("up", {7: Level.T11, 3: Level.T12, 9: Level.L1})],
)
def test_the_chain_can_be_named_one_way_only(reach, after):
    assert rename_chain(OLD, ORDER, 9, Level.L1, reach=reach).after == after


@pytest.mark.parametrize(
    ("spine", "names"),
    [
        (Spine(), ["T11", "T12", "L1", "L2"]),
        (Spine(thoracic=13), ["T12", "T13", "L1", "L2"]),
        (Spine(thoracic=11), ["T10", "T11", "L1", "L2"]),
    ],
)
def test_thoracic_variants_are_counted(spine, names):
    after = rename_chain({}, ORDER, 9, Level.L1, spine=spine).after

    assert [after[v].name for v in ORDER] == names


def test_lumbar_variants_are_counted():
    six = rename_chain({}, ORDER, 7, Level.L4, spine=Spine(lumbar=6)).after
    four = rename_chain({}, ORDER[:3], 7, Level.L3, spine=Spine(lumbar=4)).after

    assert [six[v].name for v in ORDER] == ["L4", "L5", "L6", "S1"]
    assert [four[v].name for v in ORDER[:3]] == ["L3", "L4", "S1"]


@pytest.mark.parametrize(
    ("known", "level", "reason"),
    [
        (5, Level.L1, "vertebra 5 is not in the chain"),
        (9, Level.T13, "no such level"),
        (9, Level.C2, "beyond C1"),
        (9, Level.S1, "beyond S1"),
        (9, Level.T12, "already has its name"),
    ],
)
def test_impossible_names_are_refused(known, level, reason):
    levels = {7: Level.T10, 3: Level.T11, 9: Level.T12, 4: Level.L1}
    with pytest.raises(EditImpossible, match=reason):
        rename_chain(levels, ORDER, known, level)


def test_a_locked_vertebra_keeps_its_name():
    locked = frozenset({3})

    with pytest.raises(EditImpossible, match="T11 is locked and would become T12"):
        rename_chain(OLD, ORDER, 9, Level.L1, locked=locked)
    after = rename_chain(OLD, ORDER, 9, Level.L1, locked=locked, reach="down").after
    assert after == {9: Level.L1, 4: Level.L2}
