"""Tokens of a text and the LALR automaton that runs over them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from evdsl.syntax.tables import Tables, tables

END = "$END"
KINDS = ("STRING", "NUMBER", "MEMBER", "RELATION", "NAME")  # terminals with a pattern, in order

Action: TypeAlias = Callable[[list[Any]], Any]


class Token(str):
    """A piece of the text with its type and its place: `start` inclusive, `end` exclusive."""

    __slots__ = ("end", "start", "type")

    type: str
    start: int
    end: int

    def __new__(cls, type: str, text: str, start: int, end: int) -> Token:
        token = super().__new__(cls, text)
        token.type, token.start, token.end = type, start, end
        return token


class Unexpected(Exception):
    """The automaton cannot go on with a token, or the text holds something that is no token."""


@dataclass()
class State:
    """Where the automaton is: the states that it came through and what has been built."""

    states: list[int]
    values: list[Any]

    def copy(self) -> State:
        return State([*self.states], [*self.values])


class Parser:
    """The automaton whose rules call the methods of `builder`."""

    def __init__(self, builder: object) -> None:
        table = language()
        self.table = table
        self.rules = [
            (origin, size, None if single or origin[0] == "_" else getattr(builder, name), spread)
            for origin, size, name, single, spread in table.rules
        ]

    def begin(self) -> State:
        return State([self.table.start], [])

    def parse(self, text: str) -> Any:
        """What the builder makes of the text; raises Unexpected."""
        state = self.begin()
        for token in tokens(text):
            self.feed(state, token)
        return self.feed(state, Token(END, "", len(text), len(text)))

    def feed(self, state: State, token: Token) -> Any:
        """Go on with a token; with END return the result. Raises Unexpected.

        `state` is changed, also where the token does not fit.
        """
        states, values, rows = state.states, state.values, self.table.states
        while True:
            target = rows[states[-1]].get(token.type)
            if target is None:
                raise Unexpected(token)
            if target >= 0:
                states.append(target)
                values.append(token)
                return None
            origin, size, action, spread = self.rules[~target]
            children = values[len(values) - size :]
            if size:
                del states[-size:]
                del values[-size:]
            for index in reversed(spread):
                children[index : index + 1] = children[index]
            states.append(rows[states[-1]][origin])
            if action is not None:
                values.append(action(children))
            else:
                values.append(tuple(children) if origin[0] == "_" else children[0])
            if token.type == END and states[-1] == self.table.end:
                return values[-1]

    def accepts(self, state: State) -> frozenset[str]:
        """The types of the tokens that the automaton could go on with."""
        kinds = {*self.table.fixed.values(), *self.table.patterns, END}
        return frozenset(kind for kind in kinds if self._fits(state.states, kind))

    def _fits(self, states: list[int], kind: str) -> bool:
        states, rows = [*states], self.table.states
        while (target := rows[states[-1]].get(kind)) is not None and target < 0:
            origin, size, _, _ = self.rules[~target]
            del states[len(states) - size :]
            states.append(rows[states[-1]][origin])
            if kind == END and states[-1] == self.table.end:
                return True
        return target is not None


@cache
def language() -> Tables:
    """The tables of the language."""
    return tables()


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text; raises Unexpected at what is none."""
    fixed = language().fixed
    for match in _pattern().finditer(text):
        kind, piece = match.lastgroup or "", match.group()
        if kind == "skip":
            continue
        if kind == "sign" or kind == "NAME":
            kind = fixed.get(piece, kind)
        elif kind == "other":
            raise Unexpected(piece)
        yield Token(kind, piece, match.start(), match.end())


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(token_pattern({}))


def token_pattern(habits: dict[str, str]) -> str:
    """One regular expression for all tokens, with further ones right behind texts in quotes."""
    table = language()
    signs = sorted((text for text in table.fixed if not text.isalpha()), key=len, reverse=True)
    kinds = {kind: table.patterns[kind] for kind in KINDS}
    parts = {
        "skip": "|".join(table.patterns[kind] for kind in table.ignored),
        "STRING": kinds.pop("STRING"),
        **habits,
        **kinds,
        "sign": "|".join(map(re.escape, signs)),
        "other": "(?s:.)",
    }
    return "|".join(f"(?P<{name}>{pattern})" for name, pattern in parts.items())
