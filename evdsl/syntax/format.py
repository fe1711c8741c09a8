"""The canonical form of a text, with its comments: `evdsl fmt`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from evdsl.ir.layout import INDENT, Word, block_line, line, statement
from evdsl.source.diagnostic import EvdslError, errors
from evdsl.source.text import Source
from evdsl.syntax.lalr import tokens
from evdsl.syntax.parse import parse
from evdsl.syntax.words import BLOCKS


@dataclass(frozen=True)
class _Statement:
    """One statement; `above` are the comments on own lines before it, "" for a blank line."""

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
        top = not lines
        lines += _block(part, top) if isinstance(part, _Block) else _lines(part, 0, top)
    lines += _above(below, 0, top=not lines, bottom=True)
    return "".join(f"{row}\n" for row in lines)


def _words(source: Source) -> tuple[list[Word], tuple[str, ...]]:
    """The tokens with the comments around them, and what stands on own lines below the last."""
    words: list[Word] = []
    end = 0
    for token in tokens(source.text):
        behind, above = _gap(source.text[end : token.start], not words)
        if behind:
            words[-1] = replace(words[-1], behind=behind)
        words.append(Word(str(token), above))
        end = token.end
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


def _block(block: _Block, top: bool) -> list[str]:
    lines = _above(block.header.above, 0, top)
    whole = _one_line(block)
    if whole is not None:
        return [*lines, whole]
    lines += statement(_without_blanks(block.header.words), 0)
    for index, part in enumerate(block.inside):
        lines += _lines(part, INDENT, top=index == 0)
    lines += _above(block.closing.above, INDENT, top=not block.inside, bottom=True)
    return lines + statement(block.closing.words, 0)


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


def _lines(part: _Statement, indent: int, top: bool) -> list[str]:
    return _above(part.above, indent, top) + statement(_without_blanks(part.words), indent)


def _without_blanks(words: Sequence[Word]) -> list[Word]:
    return [replace(word, before=tuple(filter(None, word.before))) for word in words]


def _above(rows: Sequence[str], indent: int, top: bool = False, bottom: bool = False) -> list[str]:
    """Comments and single blank lines; none at the top or bottom of a text or block."""
    before = ("" if top else "above", *rows)
    kept = [row for row, above in zip(rows, before, strict=False) if row or above]
    if bottom and kept and not kept[-1]:
        kept.pop()
    return [f"{' ' * indent}{row}" if row else "" for row in kept]
