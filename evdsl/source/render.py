"""Diagnostics as text for the terminal and as dictionaries for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from unicodedata import combining, east_asian_width

from evdsl.source.diagnostic import Diagnostic, Label
from evdsl.source.text import Span

TAB = 4


@dataclass(frozen=True)
class Palette:
    """ANSI sequences around the parts of a message; empty ones for plain text."""

    error: str = ""
    warning: str = ""
    frame: str = ""
    bold: str = ""
    end: str = ""


PLAIN = Palette()
COLOURS = Palette("\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m")


def render(diagnostics: Iterable[Diagnostic], colour: bool = False) -> str:
    """The messages for a terminal, with an empty line between them and no line end."""
    palette = COLOURS if colour else PLAIN
    return "\n\n".join("\n".join(_lines(diagnostic, palette)) for diagnostic in diagnostics)


def to_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """The message as a dictionary that `json.dumps` takes; lines and columns count from 1."""
    data = diagnostic.data
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        **_place(diagnostic.span),
        "label": diagnostic.label,
        "help": diagnostic.help,
        "notes": list(diagnostic.notes),
        "related": [{**_place(label.span), "text": label.text} for label in diagnostic.related],
        "data": None if data is None else {"file": data.file, "line": data.line},
        "place": diagnostic.place,
    }


def _place(span: Span | None) -> dict[str, Any]:
    if span is None:
        return dict.fromkeys(("file", "line", "column", "end_line", "end_column"))
    end_line, end_column = span.source.position(span.end)
    return {
        "file": span.source.name,
        "line": span.line,
        "column": span.column,
        "end_line": end_line,
        "end_column": end_column,
    }


def _lines(diagnostic: Diagnostic, palette: Palette) -> Iterator[str]:
    accent = palette.error if diagnostic.severity == "error" else palette.warning
    head = f"{accent}{diagnostic.severity}[{diagnostic.code}]{palette.end}"
    yield f"{head}{palette.bold}: {diagnostic.message}{palette.end}"
    spans = [label.span for label in diagnostic.related]
    if diagnostic.span is not None:
        spans.append(diagnostic.span)
    width = max((len(str(span.line)) for span in spans), default=1)
    margin = " " * width
    frame = Palette(frame=palette.frame, end=palette.end)
    if diagnostic.span is not None:
        yield from _snippet(Label(diagnostic.span, diagnostic.label), "^", width, accent, frame)
    elif diagnostic.place:
        yield f"{margin}{palette.frame}-->{palette.end} {diagnostic.place}"
    for label in diagnostic.related:
        yield from _snippet(label, "-", width, palette.frame, frame)
    if diagnostic.data is not None:
        line = f":{diagnostic.data.line}" if diagnostic.data.line else ""
        yield f"{margin}{palette.frame}-->{palette.end} {diagnostic.data.file}{line}"
    remarks = [("note", note) for note in diagnostic.notes]
    if diagnostic.help is not None:
        remarks.append(("help", diagnostic.help))
    for word, remark in remarks:
        first, *rest = remark.split("\n")
        yield f"{margin} {palette.frame}={palette.end} {palette.bold}{word}{palette.end}: {first}"
        yield from (f"{margin}   {' ' * len(word)}  {line}" for line in rest)


def _snippet(label: Label, mark: str, width: int, accent: str, palette: Palette) -> Iterator[str]:
    """Where it is, the line of the source and a row of marks under the piece that is meant."""
    span, source = label.span, label.span.source
    line, column = source.position(span.start)
    end_line, end_column = source.position(span.end)
    text = source.line(line)
    end = end_column - 1 if end_line == line else len(text)
    before = _columns(text[: column - 1])
    marks = max(1, _columns(text[: max(end, column - 1)]) - before)
    margin, bar = " " * width, f"{palette.frame}|{palette.end}"
    yield f"{margin}{palette.frame}-->{palette.end} {source.name}:{line}:{column}"
    yield f"{margin} {bar}"
    yield f"{palette.frame}{line:>{width}}{palette.end} {bar} {_widened(text)}".rstrip()
    said = f"{accent}{mark * marks}{' ' + label.text if label.text else ''}{palette.end}"
    yield f"{margin} {bar} {' ' * before}{said}"


def _widened(text: str) -> str:
    return text.replace("\t", " " * TAB)


def _columns(text: str) -> int:
    """How many columns of a terminal the text takes, with tabs widened."""
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if char == "\t":
        return TAB
    if combining(char):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1
