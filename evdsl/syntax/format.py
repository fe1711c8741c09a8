"""The canonical form of a text, with its comments: `evdsl fmt`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from evdsl.ir.layout import INDENT, Word, block_line, line, statement
from evdsl.source.diagnostic import EvdslError, errors
from evdsl.source.text import Source
from evdsl.syntax.parse import parse, token_places
from evdsl.syntax.words import BLOCKS

BLANK = ""


@dataclass(frozen=True)
class _Statement:
    """One statement, with what stands on own lines before it: comments and BLANK lines."""

    above: tuple[str, ...]
    words: tuple[Word, ...]


@dataclass(frozen=True)
class _Block:
    """A header up to its `{`, the statements inside, and its `}`."""

    header: _Statement
    inside: tuple[_Statement, ...]
    closing: _Statement


def format_source(source: Source) -> str:
    """The text in canonical form; raises EvdslError where it has syntax errors.

    Comments stay where they are, single blank lines between statements too; everything else
    depends on the tokens alone, so that formatting twice changes nothing.
    """
    wrong = errors(parse(source)[1])
    if wrong:
        raise EvdslError(wrong)
    words, below = _words(source)
    lines: list[str] = []
    for part in _parts(words):
        lines += _block(part) if isinstance(part, _Block) else _lines(part, 0)
    lines += _above(below, 0)
    return "".join(f"{row}\n" for row in _single_blanks(lines))


def _words(source: Source) -> tuple[list[Word], tuple[str, ...]]:
    """The tokens with the comments around them, and what stands on own lines below the last."""
    words: list[Word] = []
    end = 0
    for start, stop in token_places(source):
        behind, above = _gap(source.text[end:start], not words)
        if behind:
            words[-1] = replace(words[-1], behind=behind)
        words.append(Word(source.text[start:stop], above))
        end = stop
    behind, below = _gap(source.text[end:], not words)
    if behind:
        words[-1] = replace(words[-1], behind=behind)
    return words, below


def _gap(text: str, first: bool) -> tuple[str, tuple[str, ...]]:
    """What stands between two tokens: a comment behind the first, then comments and blank lines."""
    rows = [row.strip() for row in text.split("\n")]
    behind, own = ("", rows) if first else (rows[0], rows[1:])
    return behind, tuple(own[:-1]) if own and not own[-1] else tuple(own)


def _parts(words: Sequence[Word]) -> Iterator[_Statement | _Block]:
    header: _Statement | None = None
    inside: list[_Statement] = []
    for part in _statements(words):
        last = part.words[-1].text
        if header is None and last == "{":
            header = part
        elif header is not None and last == "}":
            yield _Block(header, tuple(inside), part)
            header, inside = None, []
        elif header is not None:
            inside.append(part)
        else:
            yield part


def _statements(words: Sequence[Word]) -> Iterator[_Statement]:
    """Statements up to their `;`, headers up to their `{`, and each closing `}` alone."""
    start = depth = 0
    for index, word in enumerate(words):
        header = words[start].text in BLOCKS and word.text == "{" and depth == 0
        if word.text == ";" or header or (word.text == "}" and index == start):
            first, *others = words[start : index + 1]
            yield _Statement(first.before, (replace(first, before=()), *others))
            start, depth = index + 1, 0
        else:
            depth += (word.text in ("[", "{")) - (word.text in ("]", "}"))


def _block(block: _Block) -> list[str]:
    lines = _above(block.header.above, 0)
    whole = _one_line(block)
    if whole is not None:
        return [*lines, whole]
    lines += statement(_without_blanks(block.header.words), 0)
    for part in block.inside:
        lines += _lines(part, INDENT)
    return lines + _above(block.closing.above, INDENT) + statement(block.closing.words, 0)


def _one_line(block: _Block) -> str | None:
    """A baseline, or a block with nothing in it, where it has no comments and fits."""
    parts = [block.header, *block.inside, replace(block.closing, words=())]
    comments = any(any(p.above) for p in (*block.inside, block.closing)) or any(
        word.behind or any(word.before) for part in parts for word in part.words
    )
    if comments or (block.inside and block.header.words[0].text != "baseline"):
        return None
    rows = [line([word.text for word in part.words]) for part in block.inside]
    whole = block_line(line([word.text for word in block.header.words[:-1]]), rows)
    behind = block.closing.words[0].behind
    return f"{whole}  {behind}" if whole is not None and behind else whole


def _lines(part: _Statement, indent: int) -> list[str]:
    return _above(part.above, indent) + statement(_without_blanks(part.words), indent)


def _without_blanks(words: Sequence[Word]) -> list[Word]:
    return [replace(word, before=tuple(filter(None, word.before))) for word in words]


def _above(rows: Sequence[str], indent: int) -> list[str]:
    return [f"{' ' * indent}{row}" if row else BLANK for row in rows]


def _single_blanks(lines: Sequence[str]) -> Iterator[str]:
    """No blank line at an end of the text or of a block, and never two."""
    before = "{"
    for index, row in enumerate(lines):
        following = next((below for below in lines[index:] if below), None)
        ends = following is None or following == "}" or following.startswith("}  #")
        if row or not (ends or before in ("", "{") or before.endswith(" {")):
            yield row
            before = row
        elif before:
            before = before if before.endswith("{") else row
