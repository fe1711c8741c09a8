"""The mistakes found in a file, each with its line."""

from __future__ import annotations

import math
from collections.abc import Iterable

from evdsl.backends.mibs.lines import Line
from evdsl.source.diagnostic import Diagnostic, errors
from evdsl.source.suggest import closest

_MOST = 50


class Full(Exception):
    """There are more mistakes than anybody reads."""


class Problems:
    """Gathers Diagnostics; `at` counts the fields of a line from 0, None is the whole line.

    Raises `Full` behind the fiftieth.
    """

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    @property
    def wrong(self) -> bool:
        return bool(errors(self.found))

    def add(
        self, code: str, line: Line, at: int | None, message: str, mend: str | None = None
    ) -> None:
        self.put(Diagnostic(code, message, line.span(at), help=mend))

    def put(self, diagnostic: Diagnostic) -> None:
        self.found.append(diagnostic)
        if len(self.found) >= _MOST:
            raise Full

    def warn(self, code: str, line: Line, message: str, mend: str) -> None:
        self.found.append(Diagnostic(code, message, line.span(), help=mend, severity="warning"))

    def unknown(
        self, code: str, line: Line, at: int, what: str, name: str, known: Iterable[str]
    ) -> None:
        near = closest(name, known)
        mend = f"did you mean `{near}`?" if near else None
        self.add(code, line, at, f"there is no {what} `{name}`", mend)

    def number(self, code: str, line: Line, at: int, endless: bool = False) -> float | None:
        """The number in a field, or None and a mistake; infinite only where `endless`."""
        text = line.fields[at]
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if "_" in text or math.isnan(value):
            self.add(code, line, at, f"`{text}` is not a number")
        elif math.isinf(value) and not endless:
            self.add(code, line, at, f"`{text}` is not finite")
        else:
            return value
        return None
