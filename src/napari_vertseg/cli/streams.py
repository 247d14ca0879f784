"""Standard output is for results, standard error for how it is going."""

from __future__ import annotations

import shutil
import sys
from types import TracebackType
from typing import TextIO


def complain(sentence: str) -> None:
    """One sentence on standard error."""
    print(f"vertseg: {sentence}", file=sys.stderr, flush=True)


class ProgressLines:
    """Lines that stay, and on a terminal one line that is rewritten.

    Used as a context it leaves no such line behind, whatever ends the block.

    Parameters
    ----------
    stream : text stream, optional
        Standard error where not given.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._is_terminal = self._stream.isatty()
        self._shown = 0

    def __enter__(self) -> ProgressLines:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()

    def complain(self, sentence: str) -> None:
        """One sentence on standard error that stays."""
        self.clear()
        complain(sentence)

    def stay(self, text: str) -> None:
        """A line that is kept."""
        self.clear()
        print(text, file=self._stream, flush=True)

    def pass_by(self, text: str) -> None:
        """A line that the next one replaces; nothing where lines cannot be replaced."""
        if not self._is_terminal:
            return
        # One column less: a full line would wrap and could not be rewritten.
        fitting = text[: shutil.get_terminal_size().columns - 1]
        print(f"\r{fitting.ljust(self._shown)}", end="", file=self._stream, flush=True)
        self._shown = len(fitting)

    def clear(self) -> None:
        """Take away what ``pass_by`` left."""
        if self._shown:
            print(f"\r{' ' * self._shown}\r", end="", file=self._stream, flush=True)
            self._shown = 0
