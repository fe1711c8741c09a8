"""The lines of the two files; those of an MPS file cut into sections and fields.

A line that begins in the first column opens a section, `*` there begins a comment. Fields are
apart by blanks; in the fixed format they stand in the columns 2, 5, 15, 25, 40 and 50, and blanks
inside a name are taken out, as CoinUtils does (`strcpyAndCompress`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from evdsl.source.text import Source, Span

_FIELD = re.compile(r"\S+")
_FIXED = ((1, 3), (4, 12), (14, 22), (24, 36), (39, 47), (49, 61))


@dataclass(frozen=True)
class Line:
    """A line that is no comment; `start` is its offset in the source."""

    source: Source
    start: int
    text: str
    fixed: bool = False

    @cached_property
    def fields(self) -> list[str]:
        parts = [self.text[begin:end] for begin, end in self._places()]
        return [part.replace(" ", "") for part in parts]

    def span(self, index: int | None = None) -> Span:
        """The piece of a field, counted from 0, or of all fields."""
        places = self._places()
        first, last = (places[0], places[-1]) if index is None else (places[index], places[index])
        return Span(self.source, self.start + first[0], self.start + last[1])

    def _places(self) -> list[tuple[int, int]]:
        """Where the fields stand in the text; a marker, or what has none, by its blanks."""
        fixed: list[tuple[int, int]] = []
        for begin, end in _FIXED if self.fixed and "'MARKER'" not in self.text else ():
            part = self.text[begin:end]
            if part.strip():
                fixed.append((begin + len(part) - len(part.lstrip()), begin + len(part.rstrip())))
        return fixed or [found.span() for found in _FIELD.finditer(self.text)]


@dataclass(frozen=True)
class Section:
    """The line that opens a section, its first word in capitals, and the lines below it."""

    word: str
    head: Line
    lines: tuple[Line, ...]


def sections(source: Source, fixed: bool) -> tuple[list[Section], list[Line]]:
    """The sections up to ENDATA, and the lines that stand before the first one."""
    heads: list[Line] = []
    bodies: list[list[Line]] = [[]]
    for line in _lines(source, fixed):
        if line.text[0] in " \t":
            bodies[-1].append(line)
            continue
        heads.append(replace(line, fixed=False))
        bodies.append([])
        if line.text.split()[0].upper() == "ENDATA":
            break
    found = [
        Section(head.text.split()[0].upper(), head, tuple(body))
        for head, body in zip(heads, bodies[1:], strict=True)
    ]
    return found, bodies[0]


def plain_lines(source: Source) -> list[Line]:
    """The lines of an auxiliary file that hold something; `#` and `*` begin comments."""
    return [line for line in _lines(source, False) if not line.text.lstrip().startswith(("#", "*"))]


def _lines(source: Source, fixed: bool) -> Iterator[Line]:
    start = 0
    for whole in source.text.split("\n"):
        text = whole.rstrip()
        if text and not text.startswith("*"):
            yield Line(source, start, text, fixed)
        start += len(whole) + 1
