"""Writing files so that nobody ever sees half of one, or loses what was read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from evdsl.source.diagnostic import Diagnostic, EvdslError


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Within it an OSError says that this file or directory cannot be written (E0614)."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise EvdslError([Diagnostic("E0614", f"`{path}` cannot be written: {reason}")]) from None


def replace_text(path: Path, text: str) -> None:
    """Put `text` into a file in one step: whoever reads it sees the old text or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.chmod(name, path.stat().st_mode if path.exists() else _mode_of_new_files())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def is_read(path: Path, read: Iterable[Path]) -> bool:
    """Whether a file to be written is one of those that are read."""
    return path.exists() and any(other.exists() and path.samefile(other) for other in read)


def _mode_of_new_files() -> int:
    """What `open` would give a new file; a temporary one is for its owner only."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
