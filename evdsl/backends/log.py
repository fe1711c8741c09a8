"""The log of a run: whole lines, added at the end of a file as soon as each is complete, so that
several can write to it in turn."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evdsl.source.diagnostic import Diagnostic, EvdslError


class LogFile(io.TextIOBase):
    """What can no longer be written, for example because the disk is full, is left out.

    Raises EvdslError (E0653) where the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("a", encoding="utf-8")
        except OSError as error:
            raise EvdslError([unwritable(path, error)]) from None
        self._begun = ""

    def write(self, text: str) -> int:
        lines, newline, self._begun = (self._begun + text).rpartition("\n")
        if newline:
            self._add(lines + newline)
        return len(text)

    def close(self) -> None:
        if self._begun:
            self._add(self._begun + "\n")
            self._begun = ""
        self._file.close()
        super().close()

    def _add(self, text: str) -> None:
        try:
            self._file.write(text)
            self._file.flush()
        except OSError:
            pass


def begin_log(path: Path) -> None:
    """Empty the file. Raises EvdslError (E0653) where it cannot be written."""
    try:
        path.write_text("", encoding="utf-8")
    except OSError as error:
        raise EvdslError([unwritable(path, error)]) from None


@contextmanager
def logging(path: Path | None) -> Iterator[LogFile | None]:
    """A file that what a solver says is added to; None where none is asked for."""
    if path is None:
        yield None
        return
    with LogFile(path) as file:
        yield file


def unwritable(path: Path, error: OSError) -> Diagnostic:
    """E0653: a log that cannot be written."""
    reason = (error.strerror or str(error)).lower()
    return Diagnostic("E0653", f"the log file `{path}` cannot be written: {reason}")
