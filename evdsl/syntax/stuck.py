"""Where the parser could not go on, and what is done about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from evdsl.source.diagnostic import Diagnostic
from evdsl.source.text import Source, Span
from evdsl.syntax.lalr import END, Token, language
from evdsl.syntax.tokens import token_of
from evdsl.syntax.words import REDUCERS, STARTERS

CLOSERS = {"(": ")", "[": "]", "{": "}", ".(": ")"}


@dataclass(frozen=True)
class Edit:
    """Tokens `start` to `stop` (exclusive) are replaced."""

    start: int
    stop: int
    tokens: tuple[Token, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What is wrong, and the edits that mend it.

    With edits the statement is read again; without, reading goes on at the token `resume`, or
    where the statement ends.
    """

    diagnostic: Diagnostic
    edits: tuple[Edit, ...] = ()
    resume: int | None = None


@dataclass(frozen=True)
class Stuck:
    """The statement from token `begin` on cannot go on with the token `at`.

    `accepts` holds the types that it could go on with, `block` the index of the `{` of the block
    around it, `block_word` what kind of block that is.
    """

    source: Source
    tokens: list[Token]
    begin: int
    at: int
    accepts: frozenset[str]
    block: int | None
    block_word: str

    @property
    def culprit(self) -> Token:
        return self.tokens[self.at]

    @property
    def before(self) -> Token:
        """The token before the culprit; the culprit itself where there is none."""
        return self.tokens[max(self.at - 1, 0)]

    @property
    def word(self) -> str:
        """The word that starts the statement."""
        return str(self.tokens[self.begin])

    @cached_property
    def said(self) -> list[str]:
        """The statement up to the culprit, token by token."""
        return [str(token) for token in self.tokens[self.begin : self.at]]

    @cached_property
    def open(self) -> list[int]:
        """The tokens that open a bracket which is still open, from the outermost."""
        waiting: list[int] = []
        for index in range(self.begin, self.at):
            if self.tokens[index] in CLOSERS:
                waiting.append(index)
            elif waiting and self.tokens[index] == CLOSERS[str(self.tokens[waiting[-1]])]:
                waiting.pop()
        return waiting

    @property
    def new_line(self) -> bool:
        """Whether the culprit stands on a later line than what is before it."""
        return self.line(self.at) > self.line(self.at - 1)

    @property
    def starts_anew(self) -> bool:
        """Whether the culprit is the beginning of another statement, or of nothing at all."""
        return self.culprit.type == END or is_starter(self.culprit)

    def takes(self, text: str) -> bool:
        """Whether the fixed terminal `text` could stand in the culprit's place."""
        return language().fixed[text] in self.accepts

    def line(self, index: int) -> int:
        return self.source.position(self.tokens[index].start)[0]

    def column(self, index: int) -> int:
        return self.source.position(self.tokens[index].start)[1]

    def span(self, first: int, last: int | None = None) -> Span:
        """From the token `first` to the end of the token `last`."""
        end = self.tokens[first if last is None else last].end
        return Span(self.source, self.tokens[first].start, end)

    @property
    def after(self) -> Span:
        """The place behind the last token that could be read."""
        end = self.before.end
        return Span(self.source, end, end)

    def text(self, first: int, last: int) -> str:
        return " ".join(self.span(first, last).text.split()) if first <= last else ""

    def closing(self, opening: int) -> int | None:
        """The token that closes the bracket at `opening`, within its statement."""
        depth = 0
        for index in range(opening, len(self.tokens)):
            token = self.tokens[index]
            if token in (";", ""):
                return None
            depth += (token in CLOSERS) - (token in CLOSERS.values())
            if depth == 0:
                return index
        return None

    def token(self, text: str, index: int, type: str | None = None) -> Token:
        """A token with another text in the place of the token `index`."""
        place = self.tokens[index]
        return token_of(text, place.start, place.end, type)

    def replaced(self, index: int, text: str, type: str | None = None) -> Edit:
        return Edit(index, index + 1, (self.token(text, index, type),))

    def inserted(self, text: str) -> Edit:
        """The token `text` before the culprit."""
        place = self.after
        return Edit(self.at, self.at, (token_of(text, place.start, place.end),))


def is_starter(token: Token) -> bool:
    return token in STARTERS and token.type not in ("NAME", "STRING")


def is_reducer(token: Token) -> bool:
    return token.type == "NAME" and token in REDUCERS
