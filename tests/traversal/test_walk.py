from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_vertseg.errors import SegmentationFailed
from napari_vertseg.prediction import Prediction
from napari_vertseg.traversal import (
    Finished,
    FinishReason,
    OraclePredictor,
    Refining,
    Searching,
    SearchOutcome,
    SearchStage,
    VertebraFound,
    trace,
    traverse,
)
from napari_vertseg.traversal.heading import Heading
from napari_vertseg.volume import OUTSIDE_HU, Zyx


def test_a_perfect_predictor_gives_every_vertebra_exactly(spine, config, drain):
    events, state = drain(traverse(spine, OraclePredictor(spine), config))

    assert np.array_equal(state.memory.labels, spine)
    assert [v.id for v in state.found] == [1, 2, 3, 4, 5, 6]
    assert all(v.is_complete and v.confidence == 1.0 for v in state.found)
    assert isinstance(events[-1], Finished)
    assert events[-1].reason is FinishReason.END_OF_SPINE


def test_the_walk_searches_refines_commits_and_looks_at_the_same_patch_again(
    make_spine, config, drain
):
    spine = make_spine(3, shape=(50, 60, 60), process=False)
    events, _ = drain(traverse(spine, OraclePredictor(spine), config))
    told = [
        (type(e).__name__, e.step, tuple(e.window.center), getattr(e, "stage", None))
        for e in events
    ]

    assert told == [
        ("Searching", 1, (24, 24, 24), SearchStage.RASTER),
        ("Refining", 2, (9, 22, 30), None),
        ("VertebraFound", 2, (9, 22, 30), None),
        ("Searching", 3, (9, 22, 30), SearchStage.SAME),
        ("Refining", 4, (20, 22, 30), None),
        ("VertebraFound", 4, (20, 22, 30), None),
        ("Searching", 5, (20, 22, 30), SearchStage.SAME),
        ("Refining", 6, (31, 22, 30), None),
        ("VertebraFound", 6, (31, 22, 30), None),
        ("Searching", 7, (31, 22, 30), SearchStage.SAME),
        ("Finished", 7, (31, 22, 30), None),
    ]


def test_every_forward_pass_is_told(spine, config, drain):
    predict = OraclePredictor(spine)
    events, state = drain(traverse(spine, predict, config))

    looks = [e.step for e in events if isinstance(e, (Searching, Refining))]
    assert looks == list(range(1, predict.calls + 1))
    assert state.step == predict.calls
    assert all(e.seconds >= 0 for e in events)


def test_walking_up_is_walking_down_in_the_mirror(make_spine, config, drain):
    spine = make_spine(sideways=lambda k: 5 * np.sin(k))
    mirrored = np.ascontiguousarray(spine[::-1])
    upward = replace(config, direction="up")
    down_events, down = drain(traverse(spine, OraclePredictor(spine), config))
    up_events, up = drain(traverse(mirrored, OraclePredictor(mirrored), upward))
    mirror = Heading("up", spine.shape[0])

    assert np.array_equal(up.memory.labels, down.memory.labels[::-1])
    assert [type(e) for e in up_events] == [type(e) for e in down_events]
    for above, below in zip(down_events, up_events, strict=True):
        assert above.step == below.step
        assert mirror.window(above.window) == below.window
        if isinstance(above, Refining):
            assert np.array_equal(above.probability[::-1], below.probability)
            turned = mirror.fragment(above.fragment, above.window.shape)
            assert turned.offset == below.fragment.offset
            assert np.array_equal(turned.mask, below.fragment.mask)


def test_walking_up_finds_the_same_vertebrae_from_below(spine, config, drain, true_labels):
    upward = replace(config, direction="up")
    _, state = drain(traverse(spine, OraclePredictor(spine), upward))

    assert true_labels(spine, state) == [6, 5, 4, 3, 2, 1]
    assert np.array_equal(state.memory.labels > 0, spine > 0)
    assert all(v.direction == "up" for v in state.found)


def test_a_scoliotic_spine_is_followed(make_spine, config, drain):
    spine = make_spine(8, shape=(110, 60, 110), x=55, sideways=lambda k: 24 * np.sin(k / 1.5))
    _, state = drain(traverse(spine, OraclePredictor(spine), config))

    assert np.array_equal(state.memory.labels, spine)


def test_vertebrae_cut_by_the_scan_are_found_and_marked(make_spine, config, drain):
    whole = make_spine(6, process=False)
    scan = np.ascontiguousarray(whole[9:66])
    _, state = drain(traverse(scan, OraclePredictor(whole), config))

    assert [v.is_complete for v in state.found] == [False, True, True, True, True, False]
    assert np.array_equal(state.memory.labels, scan)
    assert not any(v.is_cut_by_patch for v in state.found)


def test_what_is_marked_incomplete_enters_the_memory_all_the_same(spine, config, drain):
    _, state = drain(traverse(spine, OraclePredictor(spine, incomplete={3}), config))

    assert [v.is_complete for v in state.found] == [True, True, False, True, True, True]
    assert np.array_equal(state.memory.labels, spine)


@pytest.mark.parametrize("shape", [(40, 30, 28), (84, 30, 30), (40, 60, 60)])
def test_scans_smaller_than_the_patch_are_walked(make_spine, config, drain, shape):
    whole = make_spine(6, x=14 if shape[2] < 40 else 30, process=False)
    scan = np.ascontiguousarray(whole[: shape[0], 10 : 10 + shape[1], : shape[2]])
    _, state = drain(traverse(scan, OraclePredictor(whole), config))

    assert np.array_equal(state.memory.labels > 0, scan > 0)


def test_a_scan_without_a_spine_ends_the_walk(config, drain):
    air = np.zeros((110, 100, 100), dtype=np.int16)
    predict = OraclePredictor(np.ones((1, 1, 1), dtype=np.int16))
    events, state = drain(traverse(air, predict, config))

    assert predict.calls == 0
    assert [e.reason for e in events] == [FinishReason.NO_VERTEBRA]
    assert state.found == []


def test_bone_that_is_no_spine_is_searched_once_and_left(config, drain):
    rng = np.random.default_rng(1)
    noise = rng.integers(-100, 300, (100, 90, 90)).astype(np.int16)
    looked = []

    def blind(image, memory):
        looked.append(image.tobytes())
        return Prediction(np.zeros(image.shape, dtype=np.float32), 0.0)

    _, state = drain(traverse(noise, blind, config))

    assert len(looked) == len(set(looked)) == 4 * 3 * 3
    assert state.found == []


def test_without_the_threshold_every_window_is_sent_but_air_only_once(spine, config, drain):
    wide = np.zeros((144, 144, 144), dtype=np.int16)
    wide[20:104, 60:120, 60:120] = spine
    sent = []
    oracle = OraclePredictor(wide)

    def listening(image, memory):
        sent.append(image.any() or memory.any())
        return oracle(image, memory)

    verify = replace(config, search_min_hu=None)
    _, thorough = drain(traverse(wide, listening, verify))
    _, quick = drain(traverse(wide, OraclePredictor(wide), config))

    assert sent.count(False) == 1
    assert np.array_equal(thorough.memory.labels, quick.memory.labels)
    assert np.array_equal(thorough.memory.labels, wide)


def test_a_gap_is_crossed_and_told_as_a_jump(make_spine, config, drain, true_labels):
    spine = make_spine(12, shape=(150, 60, 60), process=False)
    spine[np.isin(spine, [5, 6, 7, 8])] = 0
    events, state = drain(traverse(spine, OraclePredictor(spine), config))

    assert true_labels(spine, state) == [1, 2, 3, 4, 9, 10, 11, 12]
    assert [v.id for v in state.found if v.is_jump] == [5]
    assert any(
        isinstance(e, Searching)
        and e.stage is SearchStage.BEYOND
        and e.outcome is SearchOutcome.FRAGMENT
        for e in events
    )


def test_growing_distances_along_a_long_spine_are_no_jumps(config, drain):
    heights = np.cumsum([0, *np.linspace(8, 18, 23)]) + 8
    spine = np.zeros((int(heights[-1]) + 10, 50, 50), dtype=np.int16)
    for label, z in enumerate(heights, start=1):
        spine[int(z) - 2 : int(z) + 3, 15:30, 15:30] = label
    _, state = drain(traverse(spine, OraclePredictor(spine), config))

    assert len(state.found) == 24
    assert not any(v.is_jump for v in state.found)


def test_after_the_last_vertebra_only_the_windows_beyond_are_searched(make_spine, config, drain):
    spine = make_spine(3, shape=(160, 60, 160), process=False)
    spine[100:, 5:50, 100:150] = -5  # soft tissue with a calcified speck in every window
    spine[::6, ::6, ::6] = np.where(spine[::6, ::6, ::6] == 0, 7, spine[::6, ::6, ::6])
    oracle = OraclePredictor(np.where(spine < 7, spine, 0))

    def no_specks(image, memory):
        return oracle(np.where(image == 7, 0, image), memory)

    events, _ = drain(traverse(spine, no_specks, config))
    last = max(i for i, e in enumerate(events) if isinstance(e, VertebraFound))
    after = [(e.stage, tuple(e.window.center)) for e in events[last + 1 : -1]]

    assert after == [
        (SearchStage.SAME, (31, 22, 30)),
        (SearchStage.BEYOND, (55, 22, 30)),
        (SearchStage.BEYOND, (79, 22, 30)),
        (SearchStage.BEYOND, (103, 22, 30)),
        (SearchStage.BEYOND, (127, 22, 30)),
        (SearchStage.BEYOND, (151, 22, 30)),
    ]


def test_no_input_makes_the_walk_go_on_for_ever(spine, config, drain):
    rng = np.random.default_rng(0)

    def babble(image, memory):
        return Prediction(rng.random(image.shape, dtype=np.float32), 1.0)

    capped = replace(config, max_steps=57, min_vertebra_mm3=1e9)
    events, state = drain(traverse(spine, babble, capped))

    assert events[-1].reason in set(FinishReason)
    assert state.step <= 57


def test_the_step_cap_ends_the_walk_with_what_was_found(spine, config, drain):
    events, state = drain(traverse(spine, OraclePredictor(spine), replace(config, max_steps=5)))

    assert events[-1].reason is FinishReason.STEP_CAP
    assert [v.id for v in state.found] == [1, 2]


def test_a_finished_walk_has_nothing_more_to_tell(spine, config, drain):
    _, state = drain(traverse(spine, OraclePredictor(spine), config))
    events, again = drain(traverse(spine, OraclePredictor(spine), config, state))

    assert events == []
    assert again is state


def test_patches_that_overhang_show_the_outside(spine, config, drain):
    seen = []
    oracle = OraclePredictor(spine)

    def watching(image, memory):
        seen.append(image.min())
        return oracle(image, memory)

    drain(traverse(spine, watching, config))

    assert seen[0] == 0
    assert seen[1] == OUTSIDE_HU


def test_events_own_their_arrays(spine, config, drain):
    buffer = np.empty((48, 48, 48), dtype=np.float32)
    oracle = OraclePredictor(spine)

    def reusing(image, memory):
        buffer[:] = oracle(image, memory).probability
        return Prediction(buffer, 1.0)

    events, state = drain(traverse(spine, reusing, config))
    reference, _ = drain(traverse(spine, OraclePredictor(spine), config))
    state.memory.remember(events[0].window, np.ones((48, 48, 48), dtype=bool), 99)

    assert [trace(e)[:5] for e in events] == [trace(e)[:5] for e in reference]
    for e, r in zip(events, reference, strict=True):
        if isinstance(e, Refining):
            assert np.array_equal(e.probability, r.probability)


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (lambda shape: np.full(shape, np.nan, dtype=np.float32), "instead of probabilities"),
        (lambda shape: np.full(shape, 3.0, dtype=np.float32), "3"),
        (lambda shape: np.zeros((2, 2, 2), dtype=np.float32), r"\(2, 2, 2\)"),
    ],
)
def test_nonsense_of_a_model_is_refused(spine, config, drain, answer, named):
    def broken(image, memory):
        return Prediction(answer(image.shape), 1.0)

    with pytest.raises(SegmentationFailed, match=named):
        drain(traverse(spine, broken, config))


def test_a_state_of_another_scan_or_model_is_refused(spine, config, drain):
    predict = OraclePredictor(spine)
    walk = traverse(spine, predict, config)
    next(walk)
    state = walk.gi_frame.f_locals["state"]

    with pytest.raises(SegmentationFailed, match="scan it belongs to"):
        drain(traverse(spine[1:], predict, config, state))
    with pytest.raises(SegmentationFailed, match="model it was begun with"):
        drain(traverse(spine, predict, replace(config, patch_shape=Zyx(32, 32, 32)), state))
