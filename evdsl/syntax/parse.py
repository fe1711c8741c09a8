"""Text to IR, with every syntax error of the text in one run."""

from __future__ import annotations

from evdsl.ir.model import Model
from evdsl.source.diagnostic import Diagnostic
from evdsl.source.text import Source
from evdsl.syntax.build import Builder
from evdsl.syntax.lalr import Parser, Unexpected


def parse(source: Source) -> tuple[Model, list[Diagnostic]]:
    """The model of a text, and what is wrong with the text.

    Where there are errors the model holds the statements that could be read or mended: enough for
    an outline, not for a check, whose messages would only follow from what is missing.
    """
    builder = Builder(source)
    try:
        model: Model = Parser(builder).parse(source.text)
    except Unexpected:
        from evdsl.syntax.recover import recover

        return recover(source)
    return model, builder.finish(model)
