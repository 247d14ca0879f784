"""Several files appear together or not at all, and a place is tried before work is spent on it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from napari_vertseg.errors import OutputRefused
from napari_vertseg.results import ResultFiles, check_targets, published_together


@pytest.fixture
def targets(tmp_path: Path) -> list[Path]:
    return [tmp_path / name for name in ("a.nii.gz", "b.json", "c.png")]


def write(staged: list[Path]) -> None:
    for path in staged:
        path.write_text(f"new {path.name}")


def publish(
    targets: list[Path], overwrite: bool, meanwhile: Callable[[], object] = lambda: None
) -> None:
    """Write all, then let something happen before they appear."""
    with published_together(targets, overwrite=overwrite) as staged:
        write(staged)
        meanwhile()


def contents(folder: Path) -> dict[str, str]:
    return {p.name: p.read_text() for p in folder.iterdir()}


def test_all_appear_at_the_end_and_none_before(tmp_path: Path, targets: list[Path]) -> None:
    with published_together(targets, overwrite=False) as staged:
        write(staged)
        assert not any(target.exists() for target in targets)

    assert contents(tmp_path) == {t.name: f"new {t.name}" for t in targets}


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_an_error_in_the_block_leaves_nothing(
    tmp_path: Path, targets: list[Path], error: BaseException
) -> None:
    def breaks() -> None:
        raise error

    with pytest.raises(type(error)):
        publish(targets, True, breaks)

    assert contents(tmp_path) == {}


def test_what_somebody_else_wrote_meanwhile_stays_and_nothing_joins_it(
    tmp_path: Path, targets: list[Path]
) -> None:
    with pytest.raises(OutputRefused, match=r"b\.json exists already"):
        publish(targets, False, lambda: targets[1].write_text("theirs"))

    assert contents(tmp_path) == {"b.json": "theirs"}


@pytest.mark.parametrize("has_links", [True, False])
@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_failed_rename_brings_the_older_files_back(
    tmp_path: Path,
    targets: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    failing: int,
    has_links: bool,
) -> None:
    for target in targets[:2]:
        target.write_text(f"old {target.name}")

    def no_links(*_: object) -> None:
        raise OSError("not supported here")

    if not has_links:
        monkeypatch.setattr(os, "link", no_links)
    replace = Path.replace

    def breaks(self: Path, to: Path) -> Path:
        if to == targets[failing] and self.name.startswith(".part-"):
            raise OSError(28, "No space left on device")
        return replace(self, to)

    monkeypatch.setattr(Path, "replace", breaks)
    with pytest.raises(OSError, match="No space left"):
        publish(targets, True)

    assert contents(tmp_path) == {t.name: f"old {t.name}" for t in targets[:2]}


def test_trying_a_place_makes_its_folder_and_leaves_nothing_in_it(tmp_path: Path) -> None:
    files = ResultFiles.of(tmp_path / "a" / "b", "scan")
    check_targets(files.all, overwrite=False)

    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_the_first_taken_file_is_named_and_the_others_counted(tmp_path: Path) -> None:
    files = ResultFiles.of(tmp_path, "scan")
    for file in files.all:
        file.write_text("mine")

    with pytest.raises(OutputRefused, match=r"scan_vertebrae.nii.gz \(and 2 more\) exists"):
        check_targets(files.all, overwrite=False)
    check_targets(files.all, overwrite=True)


def test_a_folder_in_place_of_a_file_is_refused_even_with_overwrite(tmp_path: Path) -> None:
    files = ResultFiles.of(tmp_path, "scan")
    files.record.mkdir()

    with pytest.raises(OutputRefused, match=r"scan_vertebrae\.json"):
        check_targets(files.all, overwrite=True)


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere, Windows differs"
)
def test_a_folder_that_may_not_be_written_is_seen_at_once(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputRefused, match="Nothing can be written"):
            check_targets([tmp_path / "a.json"], overwrite=False)
    finally:
        tmp_path.chmod(0o700)
