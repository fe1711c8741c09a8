"""Reading a text that has errors: all of them in one run, and none that follows from another.

The parser is fed statement by statement. Where it is stuck, the finding either mends the tokens,
and the statement is read again from its beginning, or the statement is skipped.
"""

from __future__ import annotations

from dataclasses import dataclass

from evdsl.ir.model import Model
from evdsl.source.diagnostic import Diagnostic
from evdsl.source.text import Source
from evdsl.syntax.build import Builder
from evdsl.syntax.diagnose import diagnose
from evdsl.syntax.lalr import END, Parser, State, Token, Unexpected
from evdsl.syntax.stuck import Edit, Stuck, is_starter
from evdsl.syntax.tokens import mended_tokens
from evdsl.syntax.words import BLOCKS, INNER, OUTER

MISPLACED = "E0109"  # says nothing new right behind a header that could not be read


def recover(source: Source) -> tuple[Model, list[Diagnostic]]:
    """The statements that can be read, and every syntax error of the text."""
    builder = Builder(source)
    recovery = _Recovery(source, builder)
    model = recovery.run()
    found = [*recovery.diagnostics, *builder.finish(model)]
    return model, sorted(found, key=lambda d: d.span.start if d.span else 0)


@dataclass(frozen=True)
class _Mark:
    """The parser's state before a statement; returning to it forgets the statement."""

    state: State
    reported: int
    index: int


@dataclass(frozen=True)
class _Block:
    """The block that is being read: its word, its `{`, and the mark before its header."""

    word: str
    opening: int
    header: _Mark


class _Recovery:
    def __init__(self, source: Source, builder: Builder) -> None:
        self.source = source
        self.builder = builder
        self.parser = Parser(builder)
        self.state = self.parser.begin()
        self.tokens, self.diagnostics, self.unreadable = mended_tokens(source)
        size = len(source.text.rstrip())
        self.tokens.append(Token(END, "", size, size))
        self.index = 0
        self.skipped = -1  # where reading went on behind a statement that was skipped
        self.block: _Block | None = None

    def run(self) -> Model:
        while self.block is not None or self.tokens[self.index].type != END:
            self._statement()
        model: Model = self.parser.feed(self.state, self.tokens[self.index])
        return model

    def _statement(self) -> None:
        """Read one statement, the header of a block or its end; skip what cannot be mended."""
        mark = self._mark()
        for _ in range(len(self.tokens)):
            stuck = self._read(mark)
            if stuck is None:
                return
            finding = diagnose(stuck)
            readable = self._readable(stuck)
            follows = finding.diagnostic.code == MISPLACED and mark.index == self.skipped
            if readable and not follows:
                self.diagnostics.append(finding.diagnostic)
            self._return_to(mark)
            edits = finding.edits if readable else ()
            if not edits and (header := _header(stuck)):
                edits = (header,)
            if not edits:
                self.index = self.skipped = finding.resume or _end(stuck)
                return
            if self.block is not None and edits[0].start < mark.index:
                mark = self.block.header
                self._return_to(mark)
                self.block = None
            self._edit(edits)

    def _read(self, mark: _Mark) -> Stuck | None:
        """Feed one statement; None where that went well."""
        first = self.tokens[self.index]
        if not self._may_start(first):
            return self._stuck(mark)
        if first == "}":
            self.parser.feed(self.state, first)
            self.index, self.block = self.index + 1, None
            return None
        depth = 0
        while True:
            token = self.tokens[self.index]
            if token.type == END or (self.index > mark.index and is_starter(token)):
                return self._stuck(mark)
            before = self._mark()
            try:
                self.parser.feed(self.state, token)
            except Unexpected:
                self._return_to(before)  # reductions on the way to the error hide what fits here
                return self._stuck(mark)
            self.index += 1
            if token.type == "SEMICOLON":
                return None
            if token.type == "LBRACE" and depth == 0 and first in BLOCKS:
                self.block = _Block(str(first), self.index - 1, mark)
                return None
            depth += (token.type in ("LSQB", "LBRACE")) - (token.type in ("RSQB", "RBRACE"))

    def _may_start(self, token: Token) -> bool:
        if self.block is None:
            return is_starter(token) and token in OUTER
        if token.type == "RBRACE":
            return True
        if self.block.word == "baseline":
            return not is_starter(token) and (token.isidentifier() or token.type == "NAME")
        return is_starter(token) and token in INNER

    def _stuck(self, mark: _Mark) -> Stuck:
        return Stuck(
            self.source,
            self.tokens,
            mark.index,
            self.index,
            self.parser.accepts(self.state),
            None if self.block is None else self.block.opening,
            "" if self.block is None else self.block.word,
        )

    def _readable(self, stuck: Stuck) -> bool:
        span = stuck.span(stuck.begin, stuck.at)
        return not any(span.start <= start <= span.end for start in self.unreadable)

    def _edit(self, edits: tuple[Edit, ...]) -> None:
        for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
            self.tokens[edit.start : edit.stop] = edit.tokens

    def _mark(self) -> _Mark:
        return _Mark(self.state.copy(), len(self.builder.diagnostics), self.index)

    def _return_to(self, mark: _Mark) -> None:
        self.state = mark.state.copy()
        del self.builder.diagnostics[mark.reported :]
        self.index = mark.index


def _header(stuck: Stuck) -> Edit | None:
    """A header in the place of one that cannot be read, so that its block can be."""
    if stuck.block is not None or (is_starter(stuck.tokens[stuck.begin]) and not _heads(stuck)):
        return None
    for index in range(max(stuck.at, stuck.begin + _heads(stuck)), len(stuck.tokens)):
        token = stuck.tokens[index]
        if token.type in ("SEMICOLON", "RBRACE", END) or is_starter(token):
            return None
        if token.type == "LBRACE" and stuck.tokens[index + 1] in INNER:
            names = [t for t in stuck.tokens[stuck.begin : index] if t.type == "NAME"]
            name = names[0] if names else stuck.token("_", stuck.begin, "NAME")
            word = stuck.word if _heads(stuck) else "follower"
            return Edit(stuck.begin, index + 1, (stuck.token(word, stuck.begin), name, token))
    return None


def _heads(stuck: Stuck) -> bool:
    return stuck.word in BLOCKS and is_starter(stuck.tokens[stuck.begin])


def _end(stuck: Stuck) -> int:
    """Where reading goes on behind a statement: after its `;`, or before what cannot be in it."""
    depth = sum(stuck.tokens[index] == "{" for index in stuck.open)
    for index in range(max(stuck.at, stuck.begin + 1), len(stuck.tokens)):
        token = stuck.tokens[index]
        if token.type == "SEMICOLON":
            return index + 1
        if token.type == END or is_starter(token):
            return index
        if token.type == "LBRACE":
            depth += 1
        if token.type == "RBRACE":
            if depth == 0 and stuck.block is not None:
                return index
            depth -= 1
    return len(stuck.tokens) - 1
