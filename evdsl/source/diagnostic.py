"""One value for every message: the terminal, JSON, tests and editors render the same one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from evdsl.source.text import Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class DataPlace:
    """A place in a data file: `line` counts from 1 and includes the header; 0 is the whole file."""

    file: str
    line: int = 0


@dataclass(frozen=True)
class Label:
    """A second place that the message speaks of, with what to say there."""

    span: Span
    text: str


@dataclass(frozen=True)
class Diagnostic:
    """A message to the user.

    `code` is stable (`E0207`); `span` is the piece of the model that is wrong, `place` says in
    words where it is for models that were built without text (`constraint aev.soc`), `label`
    stands behind the caret, `help` is the mend, and `data` points into a data file.
    """

    code: str
    message: str
    span: Span | None = None
    label: str = ""
    help: str | None = None
    notes: tuple[str, ...] = ()
    related: tuple[Label, ...] = ()
    place: str = ""
    data: DataPlace | None = None
    severity: Severity = "error"


class EvdslError(Exception):
    """The input is wrong; `diagnostics` says where and how to mend it."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n".join(f"{d.severity}[{d.code}]: {d.message}" for d in self.diagnostics)


def errors(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those of the messages that forbid to go on."""
    return [d for d in diagnostics if d.severity == "error"]
