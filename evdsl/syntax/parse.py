"""Text to IR, with every syntax error of the text in one run."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from evdsl.ir.model import Model
from evdsl.source.diagnostic import Diagnostic
from evdsl.source.text import Source

if TYPE_CHECKING:
    from lark import Lark

    from evdsl.syntax.build import Builder

_BUSY = Lock()  # the builder holds the source that is being parsed


def parse(source: Source) -> tuple[Model, list[Diagnostic]]:
    """The model of a text, and what is wrong with the text.

    Where there are errors the model holds the statements that could be read.
    """
    from lark.exceptions import UnexpectedInput

    lark, builder = _parser()
    with _BUSY:
        builder.open(source)
        try:
            model: Model = lark.parse(source.text)  # type: ignore[assignment]
        except UnexpectedInput:
            from evdsl.syntax.recover import recover

            return recover(source, lark, builder)
        return model, builder.finish(model)


def token_places(source: Source) -> list[tuple[int, int]]:
    """Where the tokens of a text without syntax errors start and end; comments are none."""
    lark, _ = _parser()
    return [(token.start_pos or 0, token.end_pos or 0) for token in lark.lex(source.text)]


@cache
def _parser() -> tuple[Lark, Builder]:
    from evdsl.syntax.build import Builder
    from evdsl.syntax.grammar import lark_parser

    builder = Builder()
    return lark_parser(builder), builder
