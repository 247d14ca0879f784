"""A recorded walk gives the events and the mask again, bit by bit, without a model."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from napari_vertseg.errors import OutputRefused, RecordingUnreadable
from napari_vertseg.recording import (
    RecordingHeader,
    RecordingWriter,
    TakenBack,
    load_state,
    mask_of,
    read_header,
    recorded,
    replay,
    replay_all,
    save_state,
    scan_sha256,
)
from napari_vertseg.traversal import (
    Checkpoint,
    NoisyPredictor,
    OraclePredictor,
    Refining,
    TraversalConfig,
    TraversalState,
    VertebraFound,
    trace,
    traverse,
)
from napari_vertseg.volume import Grid, Zyx

CONFIG = TraversalConfig(spacing_mm=2.0, patch_shape=Zyx(40, 40, 40), search_min_hu=0.0)


@pytest.fixture
def spine():
    labels = np.zeros((60, 44, 44), dtype=np.int16)
    z, y, x = np.ogrid[:60, :44, :44]
    for label in range(1, 6):
        ball = ((z - 11 * label + 4) / 5) ** 2 + ((y - 22) / 8) ** 2 + ((x - 22) / 9) ** 2 <= 1
        labels[ball] = label
    return labels


@pytest.fixture
def header(spine):
    return RecordingHeader.of(
        scan_sha256=scan_sha256(spine),
        grid=Grid.canonical(spine.shape, (2.0, 2.0, 2.0)),
        model_name="oracle",
        model_sha256="0" * 64,
        config=CONFIG,
    )


@pytest.fixture
def walk(spine):
    noisy = NoisyPredictor(OraclePredictor(spine), 1, false_share=0.3, speckle_share=0.01)
    state = TraversalState.fresh(spine.shape, CONFIG)
    return traverse(spine, noisy, CONFIG, state), state


@pytest.fixture
def recording(tmp_path, walk, header):
    """A file, the events that were told, and the final state."""
    path = tmp_path / "wälk.jsonl"
    events = list(recorded(walk[0], path, header))
    return path, events, walk[1]


def same(a, b):
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    if is_dataclass(a):
        return type(a) is type(b) and all(
            same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a)
        )
    return a == b


def test_the_replay_tells_the_same_events(recording):
    path, events, _ = recording
    again = list(replay(path))

    assert [trace(e) for e in again] == [trace(e) for e in events]
    for told, replayed in zip(events, again, strict=True):
        expected = replace(told, probability=None) if isinstance(told, Refining) else told
        assert same(expected, replayed)


def test_the_mask_comes_back_bit_by_bit(recording):
    path, _, state = recording

    assert len(state.found) == 5
    assert np.array_equal(mask_of(path), state.memory.labels)
    assert mask_of(path).dtype == state.memory.labels.dtype


def test_each_vertebra_keeps_its_probability(recording):
    path, _, state = recording
    again = [e.vertebra for e in replay(path) if isinstance(e, VertebraFound)]

    for before, after in zip(state.found, again, strict=True):
        assert np.array_equal(before.probability, after.probability)


def test_recording_passes_the_walk_on_unchanged(tmp_path, spine, header, drain_both):
    plain, through = drain_both(spine, tmp_path / "walk.jsonl", header)

    assert [trace(e) for e in plain[0]] == [trace(e) for e in through[0]]
    assert np.array_equal(plain[1].memory.labels, through[1].memory.labels)


@pytest.fixture
def drain_both():
    def run(spine, path, header):
        results = []
        for wrap in (lambda g: g, lambda g: recorded(g, path, header)):
            walk = wrap(traverse(spine, OraclePredictor(spine), CONFIG))
            events = []
            while True:
                try:
                    events.append(next(walk))
                except StopIteration as end:
                    results.append((events, end.value))
                    break
        return results

    return run


def test_the_header_says_what_was_walked_and_how(recording, spine):
    path, _, _ = recording
    header = read_header(path)

    assert header.config == CONFIG
    assert header.scan_sha256 == scan_sha256(spine)
    assert header.grid.is_same(Grid.canonical(spine.shape, (2.0, 2.0, 2.0)))
    assert header.model_name == "oracle"


def test_every_event_is_on_the_disk_before_the_listener_hears_of_it(tmp_path, walk, header):
    path = tmp_path / "walk.jsonl"
    walking = recorded(walk[0], path, header)
    for count in range(1, 6):
        next(walking)
        assert len(list(replay(path))) == count


def test_an_abandoned_walk_leaves_a_recording_of_what_it_told(tmp_path, walk, header):
    path = tmp_path / "walk.jsonl"
    walking = recorded(walk[0], path, header)
    told = [trace(next(walking)) for _ in range(4)]
    walking.close()

    assert [trace(e) for e in replay(path)] == told


@pytest.mark.parametrize("cut", [1, 2, 25])
def test_a_truncated_last_line_is_tolerated(recording, cut):
    path, events, _ = recording
    path.write_bytes(path.read_bytes()[:-cut])

    assert [trace(e) for e in replay(path)] == [trace(e) for e in events[:-1]]


def test_a_walk_cut_within_a_letter_is_tolerated(recording):
    path, events, _ = recording
    path.write_bytes(path.read_bytes() + b'{"event": "\xc3')

    assert len(list(replay(path))) == len(events)


def changed(path, line, change):
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[line] = json.dumps(change(json.loads(lines[line])))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("line", [0, 1])
def test_an_unknown_key_is_named_with_its_line(recording, line):
    path, _, _ = recording
    changed(path, line, lambda record: {**record, "patient": "x"})

    with pytest.raises(RecordingUnreadable, match=rf"line {line + 1}.*unknown key 'patient'"):
        list(replay(path))


def test_damage_before_the_end_is_an_error(recording):
    path, _, _ = recording
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    lines[2] = lines[2][:30] + "\n"
    path.write_text("".join(lines), encoding="utf-8")

    with pytest.raises(RecordingUnreadable, match="line 3"):
        list(replay(path))


def test_another_schema_is_refused(recording):
    path, _, _ = recording
    changed(path, 0, lambda record: {**record, "schema": 2})

    with pytest.raises(RecordingUnreadable, match="schema"):
        read_header(path)


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\x1f\x8b\x08\x00", b"[1, 2]\n"])
def test_a_foreign_file_is_refused_in_a_sentence(tmp_path, content):
    path = tmp_path / "other.txt"
    path.write_bytes(content)

    with pytest.raises(RecordingUnreadable, match=r"other\.txt"):
        mask_of(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(RecordingUnreadable, match="none"):
        read_header(tmp_path / "none.jsonl")


def test_an_existing_file_is_not_overwritten_unasked(tmp_path, header):
    path = tmp_path / "walk.jsonl"
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(OutputRefused, match="exists already"):
        RecordingWriter(path, header)
    assert path.read_text(encoding="utf-8") == "precious"
    RecordingWriter(path, header, overwrite=True).close()

    assert read_header(path).config == CONFIG


def test_a_folder_that_is_not_there_is_refused(tmp_path, header):
    with pytest.raises(OutputRefused, match="another folder"):
        RecordingWriter(tmp_path / "none" / "walk.jsonl", header)


def test_a_recording_names_neither_place_nor_patient(recording, tmp_path):
    path, _, _ = recording
    text = path.read_text(encoding="utf-8")

    assert str(tmp_path) not in text
    assert set(json.loads(text.splitlines()[0])) == {
        "schema", "kind", "scan_sha256", "shape", "affine", "model_name", "model_sha256", "config",
    }  # fmt: skip


def test_the_hash_is_of_values_and_shape_not_of_their_storage():
    voxels = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    fortran = np.asfortranarray(voxels)

    assert scan_sha256(voxels) == scan_sha256(fortran) == scan_sha256(voxels.astype(">i2"))
    assert scan_sha256(voxels) != scan_sha256(voxels.reshape(2, 4, 3))
    assert scan_sha256(voxels) != scan_sha256(voxels + 1)


def test_a_walk_saved_to_a_file_goes_on(tmp_path, spine):
    unbroken = [trace(e) for e in traverse(spine, OraclePredictor(spine), CONFIG)]
    state = TraversalState.fresh(spine.shape, CONFIG)
    walk = traverse(spine, OraclePredictor(spine), CONFIG, state)
    told = [trace(next(walk)) for _ in range(5)]
    save_state(tmp_path / "walk.json", state)
    loaded = load_state(tmp_path / "walk.json")
    told += [trace(e) for e in traverse(spine, OraclePredictor(spine), CONFIG, loaded)]

    assert told == unbroken


def test_a_saved_walk_is_not_overwritten_unasked(tmp_path, spine):
    state = TraversalState.fresh(spine.shape, CONFIG)
    save_state(tmp_path / "walk.json", state)
    with pytest.raises(OutputRefused):
        save_state(tmp_path / "walk.json", state)
    save_state(tmp_path / "walk.json", state, overwrite=True)

    assert load_state(tmp_path / "walk.json").step == 0


def test_a_saved_walk_that_is_missing_is_refused(tmp_path):
    with pytest.raises(RecordingUnreadable, match="cannot be read"):
        load_state(tmp_path / "none.json")


def test_a_vertebra_taken_back_is_not_in_the_mask(tmp_path, spine, header):
    path = tmp_path / "walk.jsonl"
    state = TraversalState.fresh(spine.shape, CONFIG)
    with RecordingWriter(path, header) as writer:
        start = Checkpoint.of(state)
        for event in traverse(spine, OraclePredictor(spine), CONFIG, state):
            writer.write(event)
            if isinstance(event, VertebraFound):
                break
        (gone,) = start.restore(state)
        writer.take_back([gone])
        for event in traverse(spine, OraclePredictor(spine), CONFIG, state):
            writer.write(event)

    ids = set(np.unique(mask_of(path))) - {0}
    assert ids == {2, 3, 4, 5, 6}
    assert np.array_equal(mask_of(path), state.memory.labels)
    assert [told.vertebrae for told in replay_all(path) if isinstance(told, TakenBack)] == [(1,)]
    assert len(list(replay(path))) == len(list(replay_all(path))) - 1
