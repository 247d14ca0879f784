"""Who comes second is told who has the case; who is gone holds nobody up."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.cases import Case, Project
from napari_vertseg.cases.lock import holder
from napari_vertseg.cases.lock_record import LockRecord
from napari_vertseg.cases.records import write_record
from napari_vertseg.errors import CaseLocked, OutputRefused

HOLDER = """
import sys
from napari_vertseg.cases import Project
desk = Project.open(sys.argv[1]).desk("case-0001", "Ben")
print("have it", flush=True)
sys.stdin.readline()
"""


@contextmanager
def another_process(project: Project) -> Iterator[subprocess.Popen[str]]:
    """Has case-0001 open until it is told to end, without closing it."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(project.folder.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "have it\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_process_is_told_who_has_the_case_and_can_still_read_it(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    with another_process(project) as process:
        with pytest.raises(CaseLocked, match=rf"open for Ben \(on this machine, .*{process.pid}"):
            project.desk(case.id, "Ann")
        with pytest.raises(CaseLocked):  # alive and here: not to be taken over
            project.desk(case.id, "Ann", take_over=True)
        np.testing.assert_array_equal(project.current_labels(project.case(case.id)), labels)
        process.kill()
        process.wait()

        with project.edit(case.id, "Ann") as desk:  # killed: no obstacle
            assert desk.annotator == "Ann"
    assert holder(project.folder.case(case.id)) is None


def test_two_windows_of_one_process_exclude_each_other(project: Project, case: Case) -> None:
    with project.edit(case.id, "Ann"), pytest.raises(CaseLocked, match="open for Ann"):
        project.desk(case.id, "Ann")
    project.desk(case.id, "Ann").close()


def test_a_process_number_that_is_used_again_is_another_process(
    project: Project, case: Case
) -> None:
    ours = LockRecord.of_this_process("Old")
    write_record(project.folder.case(case.id).lock, replace(ours, started=ours.started - 5000))

    with project.edit(case.id, "Ann") as desk:
        assert desk.annotator == "Ann"


def test_a_lock_of_another_machine_is_taken_over_only_on_demand(
    project: Project, case: Case
) -> None:
    folder = project.folder.case(case.id)
    record = replace(LockRecord.of_this_process("Ben"), host="far away", pid=1)
    write_record(folder.lock, record)
    with pytest.raises(CaseLocked, match=r"open for Ben .on far away"):
        project.desk(case.id, "Ann")
    long_ago = time.time() - 3600
    os.utime(folder.lock, (long_ago, long_ago))
    with pytest.raises(CaseLocked, match="no sign of life for 60 minutes"):
        project.desk(case.id, "Ann")

    with project.edit(case.id, "Ann", take_over=True) as desk:
        desk.sign_of_life()
        assert time.time() - folder.lock.stat().st_mtime < 60


def test_a_lock_that_cannot_be_read_is_not_passed_over_in_silence(
    project: Project, case: Case
) -> None:
    lock = project.folder.case(case.id).lock
    lock.write_text("{", encoding="utf-8")
    with pytest.raises(CaseLocked, match="cannot be read"):
        project.desk(case.id, "Ann")

    project.desk(case.id, "Ann", take_over=True).close()
    assert not lock.exists()


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="this user may write everywhere"
)
def test_a_project_that_may_not_be_written_can_be_looked_at(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    folder = project.folder.case(case.id).path
    (folder / ".guard").unlink(missing_ok=True)
    folder.chmod(0o555)
    try:
        with pytest.raises(OutputRefused, match="look only"):
            project.desk(case.id, "Ann")
        np.testing.assert_array_equal(project.current_labels(project.case(case.id)), labels)
    finally:
        folder.chmod(0o755)


def test_what_many_processes_write_into_one_project_is_all_there(project: Project) -> None:
    code = (
        "import sys\nfrom dataclasses import replace\nfrom napari_vertseg.cases import Project\n"
        "p = Project.open(sys.argv[1])\n"
        "for _ in range(20): p.change(lambda r: replace(r, next_case=r.next_case + 1),"
        " who='x', what='y')"
    )
    command = [sys.executable, "-c", code, str(project.folder.path)]
    running = [subprocess.Popen(command, env=os.environ) for _ in range(3)]

    assert [process.wait() for process in running] == [0, 0, 0]
    assert project.record.next_case == 61
    assert len(project.record.history) == 61
