"""Where the spaces and line breaks of a statement go: the canonical form of the language.

The printer and the formatter both end here, so that a printed model is a formatted one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evdsl.ir.words import RESERVED

WIDTH = 100
INDENT = 2
OPENING = {"(": 1, ".(": 2, "[": 2, "{": 2}  # how much less a break inside is wanted
CLOSING = (")", "]", "}")
RANKS = {"then": 1, "else": 1, "or": 2, "and": 3} | dict.fromkeys(
    ("<=", ">=", "==", "!=", "<", ">", "+", "-", "union", "minus"), 4
)
RANKS |= dict.fromkeys(("*", "/", "div", "mod"), 6)
CLAUSES = ("default", "dual", "complements")
WITH_UNIT = ("param", "var", "expr", "report", "minimize", "maximize")
UNIT_ENDS = ("in", "default", "=", "free", "binary", "integer", ";")
BLOCKS = ("leader", "follower", "reference", "baseline")
TIGHT_COLON = ("constraint", "check")


@dataclass(frozen=True)
class Word:
    """A token with the comments around it: on own lines before it, and behind it on its line."""

    text: str
    before: tuple[str, ...] = ()
    behind: str = ""


@dataclass(frozen=True)
class _Slot:
    """A token in its statement: whether a space stands before it, and how well a line breaks there.

    `rank` is None where no line may begin with the token; a smaller one is a better break.
    """

    text: str
    space: bool
    depth: int
    rank: tuple[int, int] | None
    clause: bool


def line(tokens: Sequence[str]) -> str:
    """The tokens on one line."""
    return "".join(f" {slot.text}" if slot.space else slot.text for slot in _slots(tokens))


def statement(words: Sequence[Word], indent: int) -> list[str]:
    """The lines of a statement: `indent` spaces before the first and more before the others."""
    slots = _slots([word.text for word in words])
    lines: list[str] = []
    start = 0
    for index, word in enumerate(words):
        if word.before and index:
            lines += _folded(slots[start:index], indent, not lines)
            start = index
        if word.before:
            lines += [f"{' ' * _inner(slots[index], indent, index == 0)}{c}" for c in word.before]
        if word.behind:
            lines += _folded(slots[start : index + 1], indent, start == 0)
            lines[-1] += f"  {word.behind}"
            start = index + 1
    return lines + _folded(slots[start:], indent, start == 0)


def block_line(header: str, statements: Sequence[str]) -> str | None:
    """A block on one line, as baselines are written; None where it does not fit."""
    whole = " ".join([f"{header} {{", *statements, "}"])
    return whole if len(whole) <= WIDTH else None


def _folded(slots: Sequence[_Slot], indent: int, first: bool) -> list[str]:
    """The slots on as many lines as they need; a line breaks where brackets are fewest."""
    lines: list[str] = []
    while slots:
        margin = _inner(slots[0], indent, first)
        fits = _fitting(slots, WIDTH - margin)
        breaks = [(*slot.rank, -i) for i, slot in enumerate(slots[: fits + 1]) if i and slot.rank]
        cut = -min(breaks)[2] if fits < len(slots) and breaks else len(slots)
        if fits < len(slots) and not breaks:
            cut = next((i for i, slot in enumerate(slots) if i > fits and slot.rank), len(slots))
        lines.append(" " * margin + _joined(slots[:cut]))
        slots, first = slots[cut:], False
    return lines


def _inner(slot: _Slot, indent: int, first: bool) -> int:
    if first:
        return indent
    return indent + (2 if slot.clause else 4) + 2 * min(slot.depth, 3)


def _fitting(slots: Sequence[_Slot], width: int) -> int:
    """How many of the slots fit into the width."""
    used = 0
    for count, slot in enumerate(slots):
        used += len(slot.text) + (slot.space and count > 0)
        if used > width:
            return count
    return len(slots)


def _joined(slots: Sequence[_Slot]) -> str:
    parts = (f" {slot.text}" if slot.space and i else slot.text for i, slot in enumerate(slots))
    return "".join(parts)


def _slots(tokens: Sequence[str]) -> list[_Slot]:
    return list(_Spacing(tokens).slots())


class _Spacing:
    """One walk along the tokens of a statement that knows the brackets and units around each."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = tokens
        self.open: list[int] = []  # the tokens that opened the brackets
        self.unit = False

    def slots(self) -> Iterator[_Slot]:
        for index, token in enumerate(self.tokens):
            if token in CLOSING and self.open:
                closed = self.tokens[self.open.pop()]
                self.unit = self.unit and closed != "["
            if not self.open and token in UNIT_ENDS:
                self.unit = False
            depth = sum(OPENING[self.tokens[opening]] for opening in self.open)
            clause = self._clause(index)
            rank = 0 if clause else self._rank(index)
            yield _Slot(
                token,
                index > 0 and self._space(index),
                len(self.open),
                None if rank is None else (depth, rank),
                clause,
            )
            if token in OPENING:
                self.unit = self.unit or self._opens_unit(index)
                self.open.append(index)
            elif token == ":" and not self.open and self.tokens[0] in WITH_UNIT:
                self.unit = True

    def _opens_unit(self, index: int) -> bool:
        return self.tokens[index] == "[" and index > 0 and self.tokens[index - 1][0].isdigit()

    def _clause(self, index: int) -> bool:
        """Whether the token begins a part of the statement: its value, its default, its text."""
        if self.open or index == 0:
            return False
        before, token = self.tokens[index - 1], self.tokens[index]
        value = before == "=" or (before == ":" and self.tokens[0] in TIGHT_COLON)
        domain = token == "in" and self.tokens[0] in ("var", "param")
        return value or domain or token in CLAUSES or (token[0] == '"' and _ends_operand(before))

    def _rank(self, index: int) -> int | None:
        """How well a line breaks before the token, or None."""
        if index == 0 or self.unit:
            return None
        before, token = self.tokens[index - 1], self.tokens[index]
        if before == ",":
            return 4
        if token == ":" and self.open:
            return None if self._tight_colon() else 1
        if token == "-" and not _ends_operand(before):
            return None
        if token == "else" and "[" in [self.tokens[opening] for opening in self.open[-1:]]:
            return 4
        return RANKS.get(token)

    def _space(self, index: int) -> bool:
        before, token = self.tokens[index - 1], self.tokens[index]
        if token in (",", ";", *CLOSING, "..", ".(", "^") or token[0] == ".":
            return False
        if before in ("(", "[", "{", ".(", "..", "^"):
            return False
        if before == "-" and not _ends_operand(self.tokens[index - 2] if index > 1 else ""):
            return False
        if self.unit and (token in ("*", "/") or before in ("*", "/")):
            return False
        match token:
            case "(":
                return not (_is_name(before) or before == "}")
            case "[":
                return not (_is_name(before) or before in (")", "]", "check") or before[0] == ".")
            case "{":
                return not _is_name(before) or (self.tokens[0] in BLOCKS and not self.open)
            case ":":
                return not self._tight_colon()
        return True

    def _tight_colon(self) -> bool:
        """`constraint c: ...`, `check: ...` and the entries of a map."""
        if not self.open:
            return self.tokens[0] in TIGHT_COLON
        opening = self.open[-1]
        inner = self.tokens[opening + 1]
        return self.tokens[opening] == "{" and (inner[0] in '"-' or inner[0].isdigit())


def _is_name(token: str) -> bool:
    return token.isidentifier() and token not in RESERVED


def _ends_operand(token: str) -> bool:
    """Whether the token can end an operand, so that a `-` behind it is a difference."""
    if not token:
        return False
    word = token[0] in '"' or token[0].isalnum() or token[0] == "_"
    return (word and (token not in RESERVED or token in ("inf", "true", "false"))) or (
        token in CLOSING or (token[0] == "." and token not in ("..", ".("))
    )
