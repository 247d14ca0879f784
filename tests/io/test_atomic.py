"""A file is whole or not there, and an existing one is never lost by accident."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from napari_vertseg.errors import OutputRefused
from napari_vertseg.io import atomic_path, write_json_atomic

NAMES = ["labels.nii.gz", "Rückgrat.nrrd", "脊柱.mha", "no_suffix", "a.b.NII.GZ"]


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_the_file_appears_only_when_the_block_ends(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    with atomic_path(target) as beside:
        beside.write_bytes(b"whole")
        assert not target.exists()
        assert beside.parent == tmp_path
        assert beside.suffix == target.suffix
        assert beside.name.lower().endswith(".nii.gz") == name.lower().endswith(".nii.gz")
    assert target.read_bytes() == b"whole"
    assert names(tmp_path) == [name]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, ValueError, MemoryError])
@pytest.mark.parametrize("overwrite", [False, True])
def test_whatever_ends_the_block_leaves_no_half_file(
    tmp_path: Path, stop: type[BaseException], overwrite: bool
) -> None:
    target = tmp_path / "labels.nii.gz"
    if overwrite:
        target.write_bytes(b"earlier")

    def write_half() -> None:
        with atomic_path(target, overwrite) as beside:
            beside.write_bytes(b"hal")
            raise stop

    with pytest.raises(stop):
        write_half()
    assert names(tmp_path) == (["labels.nii.gz"] if overwrite else [])
    assert not overwrite or target.read_bytes() == b"earlier"


def test_an_existing_file_is_refused_before_any_work(tmp_path: Path) -> None:
    target = tmp_path / "labels.nii.gz"
    target.write_bytes(b"earlier")
    refused = pytest.raises(OutputRefused, match=r"labels.nii.gz exists already.*--overwrite")
    with refused, atomic_path(target):
        pytest.fail("the block must not run")
    assert target.read_bytes() == b"earlier"


def test_a_dangling_link_counts_as_existing(tmp_path: Path) -> None:
    target = tmp_path / "labels.nii.gz"
    target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(OutputRefused, match="exists already"), atomic_path(target):
        pytest.fail("the block must not run")


def test_a_file_that_appears_in_the_meantime_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "labels.nii.gz"

    def write_too_late() -> None:
        with atomic_path(target) as beside:
            beside.write_bytes(b"ours")
            target.write_bytes(b"theirs")

    with pytest.raises(OutputRefused, match="exists already"):
        write_too_late()
    assert target.read_bytes() == b"theirs"
    assert names(tmp_path) == ["labels.nii.gz"]


def test_overwrite_replaces_when_asked(tmp_path: Path) -> None:
    target = tmp_path / "labels.nii.gz"
    target.write_bytes(b"earlier")
    with atomic_path(target, overwrite=True) as beside:
        beside.write_bytes(b"new")
        assert target.read_bytes() == b"earlier"
    assert target.read_bytes() == b"new"
    assert names(tmp_path) == ["labels.nii.gz"]


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_a_disk_without_hard_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def no_links(self: Path, target: Path) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    target = tmp_path / "labels.nii.gz"
    with atomic_path(target) as beside:
        beside.write_bytes(b"whole")
    assert target.read_bytes() == b"whole"
    with pytest.raises(OutputRefused, match="exists already"), atomic_path(target) as beside:
        pytest.fail("the block must not run")
    assert names(tmp_path) == ["labels.nii.gz"]


def test_data_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "labels.nii.gz"
    named_at_sync: list[bool] = []
    sync = os.fsync

    def listening(descriptor: int) -> None:
        named_at_sync.append(target.exists())
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", listening)
    with atomic_path(target) as beside:
        beside.write_bytes(b"whole")
    assert named_at_sync[0] is False


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with (
        pytest.raises(OutputRefused, match="is a folder"),
        atomic_path(tmp_path / "out", overwrite=True),
    ):
        pytest.fail("the block must not run")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    refused = pytest.raises(OutputRefused, match="'nowhere' is missing or not writable")
    with refused, atomic_path(tmp_path / "nowhere" / "labels.nii.gz"):
        pytest.fail("the block must not run")


def test_a_folder_without_write_permission_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    refused = pytest.raises(OutputRefused, match=r"not writable \(Permission denied\)")
    with refused, atomic_path(tmp_path / "labels.nii.gz"):
        pytest.fail("the block must not run")


@pytest.mark.skipif(os.name != "posix", reason="permission bits are a matter of POSIX")
def test_the_result_has_the_usual_permissions(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "ours") as beside:
        beside.write_bytes(b"")
    (tmp_path / "usual").write_bytes(b"")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ours", "usual")]
    assert modes[0] == modes[1]


def test_json_reads_back_as_it_was(tmp_path: Path) -> None:
    value = {"schema": 1, "name": "Wirbelsäule 脊柱", "centroid_mm": [1.5, -2.0, None]}
    path = tmp_path / "side.json"
    write_json_atomic(path, value)
    assert json.loads(path.read_text(encoding="utf-8")) == value
    assert "脊柱" in path.read_text(encoding="utf-8")
    with pytest.raises(OutputRefused, match="exists already"):
        write_json_atomic(path, {})
    write_json_atomic(path, {}, overwrite=True)
    assert json.loads(path.read_text(encoding="utf-8")) == {}


@pytest.mark.parametrize("value", [{"dice": float("nan")}, {"path": Path("x")}])
def test_what_is_no_strict_json_is_not_written(tmp_path: Path, value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        write_json_atomic(tmp_path / "side.json", value)
    assert names(tmp_path) == []


def test_a_full_disk_is_one_sentence_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, *args: object, **kwargs: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OutputRefused, match=r"side.json could not be written \(No space left"):
        write_json_atomic(tmp_path / "side.json", {})
    assert names(tmp_path) == []
