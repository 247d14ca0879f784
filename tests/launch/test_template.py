"""Any command line can call the trainer; one that does not is refused."""

from __future__ import annotations

import shlex
import sys

import pytest

from napari_vertseg.launch import EXAMPLES, HERE, LaunchTemplate

ARGUMENTS = ["finetune", "--project", "/data/my spines"]


def test_by_default_the_same_python_trains() -> None:
    assert HERE.command(ARGUMENTS) == [sys.executable, "-m", "vertseg_trainer", *ARGUMENTS]


def test_a_shell_on_another_machine_gets_one_quoted_word() -> None:
    template = LaunchTemplate(line="ssh -p 22 gpu {command}", python="/env/bin/python")

    *words, last = template.command(ARGUMENTS)

    assert words == ["ssh", "-p", "22", "gpu"]
    assert shlex.split(last) == ["/env/bin/python", "-m", "vertseg_trainer", *ARGUMENTS]


def test_a_shared_folder_is_named_as_the_other_machine_sees_it() -> None:
    template = LaunchTemplate(line="ssh gpu {command}", folders=(("/data", "/mnt/data"),))

    last = template.command([*ARGUMENTS, "/database"])[-1]

    assert shlex.split(last)[-2:] == ["/mnt/data/my spines", "/database"]


def test_a_queue_waits_for_the_training() -> None:
    template = LaunchTemplate(line="sbatch --wait --wrap={command}", python="python3")

    command = template.command(["resume", "run 1"])

    assert command == ["sbatch", "--wait", "--wrap=python3 -m vertseg_trainer resume 'run 1'"]


@pytest.mark.parametrize("line", EXAMPLES.values(), ids=EXAMPLES)
def test_every_example_calls_the_trainer(line: str) -> None:
    assert "vertseg_trainer" in " ".join(LaunchTemplate(line=line).command(ARGUMENTS))


@pytest.mark.parametrize("line", ["", "ssh gpu", "echo 'unclosed {arguments}"])
def test_a_line_that_trains_nothing_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"never calls the trainer|is no command line"):
        LaunchTemplate(line=line)
