"""How the trainer is called: here, on many GPUs, on another machine, through a queue."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from ..errors import TrainingFailed
from ..strict_json import STRICT

_ARGUMENTS: Final = "{arguments}"
_COMMAND: Final = "{command}"
_PYTHON: Final = "{python}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchTemplate:
    """A command line with places to fill in, as a person types it into the settings.

    ``{arguments}``, a word of its own, becomes the words after ``vertseg-train``;
    ``{command}``, anywhere in a word, becomes the whole call of the trainer quoted for
    a shell, as ``ssh`` and ``sbatch --wrap`` want it; ``{python}`` becomes ``python``.
    """

    __pydantic_config__: ClassVar = STRICT
    line: str = "{python} -m vertseg_trainer {arguments}"
    python: str | None = None
    """Interpreter that has the trainer; None = the one that runs this."""
    folders: tuple[tuple[str, str], ...] = ()
    """Pairs (folder here, the same folder there) where another machine sees a shared
    folder under another path."""

    def __post_init__(self) -> None:
        words = self._words()
        if _ARGUMENTS not in words and not any(_COMMAND in word for word in words):
            raise ValueError(
                f"{self.line!r} never calls the trainer: it needs {_ARGUMENTS} or {_COMMAND}"
            )

    def command(self, arguments: Sequence[str]) -> list[str]:
        """Words to start.

        Parameters
        ----------
        arguments : sequence of str
            Words after ``vertseg-train``; paths are absolute.

        Raises
        ------
        TrainingFailed
            No interpreter is known.
        """
        there = [self._there(word) for word in arguments]
        command: list[str] = []
        for word in self._words():
            if word == _ARGUMENTS:
                command += there
            else:
                command.append(self._filled(word, there))
        return command

    def _filled(self, word: str, arguments: Sequence[str]) -> str:
        if _COMMAND in word:
            call = shlex.join([self._python(), "-m", "vertseg_trainer", *arguments])
            word = word.replace(_COMMAND, call)
        return word.replace(_PYTHON, self._python()) if _PYTHON in word else word

    def _words(self) -> list[str]:
        try:
            return shlex.split(self.line)
        except ValueError as error:
            raise ValueError(f"{self.line!r} is no command line: {error}") from None

    def _python(self) -> str:
        python = self.python or sys.executable
        if not python:
            raise TrainingFailed(
                "it is not known which Python runs this program, so the trainer cannot be "
                "started; name one in the settings of the training."
            )
        return python

    def _there(self, word: str) -> str:
        for here, there in self.folders:
            if word == here or word.startswith((f"{here}/", f"{here}\\")):
                return there + word[len(here) :].replace("\\", "/")
        return word


HERE: Final = LaunchTemplate()
"""The same Python on this machine."""

EXAMPLES: Final[dict[str, str]] = {
    "this machine": HERE.line,
    "all GPUs of this machine": (
        "{python} -m torch.distributed.run --standalone --nproc-per-node gpu "
        "-m vertseg_trainer {arguments}"
    ),
    "another machine": "ssh -o BatchMode=yes HOST {command}",
    "a Slurm queue": "sbatch --wait --gres=gpu:1 --wrap {command}",
}
"""Lines to begin with, by what they are for."""
