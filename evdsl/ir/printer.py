"""The IR as .evm text that parses back to an equal IR."""

from __future__ import annotations

from collections.abc import Sequence

from evdsl.ir import model as ir
from evdsl.ir import words
from evdsl.ir.expr import Binder, Binders, Expr, Node, Unit
from evdsl.ir.layout import INDENT, Word, block_line, line, statement
from evdsl.ir.print_expr import binders_tokens, expr_tokens, unit_text
from evdsl.ir.print_statement import (
    domain_tokens,
    header_tokens,
    interval_tokens,
    statement_tokens,
)


def to_text(node: Node) -> str:
    """Any node in canonical form: a model with a line end, an expression on one line.

    Raises EvdslError (E0140) for what no text can express: a name that is no word, a text with a
    line end, `nan`. A negative `Number` is written as the negation that the text means.
    """
    match node:
        case ir.Model():
            return _model(node)
        case ir.Block() | ir.Baseline():
            return _block(node)
        case Expr():
            return line(expr_tokens(node))
        case Unit():
            return unit_text(node)
        case Binders():
            return line(binders_tokens(node))
        case Binder():
            return line(binders_tokens(Binders((node,))))
        case ir.Interval():
            return line(interval_tokens(node))
        case ir.Domain():
            return line(domain_tokens(node))
    return "\n".join(_folded(statement_tokens(node), 0))


def _folded(tokens: Sequence[str], indent: int) -> list[str]:
    return statement([Word(token) for token in tokens], indent)


def _model(model: ir.Model) -> str:
    """Kinds of declarations apart, each block with an empty line around it."""
    parts: list[str] = []
    before: type | None = None
    if model.name is not None:
        title = [words.text(model.title)] if model.title else []
        parts = ["\n".join(_folded(["model", words.name(model.name), *title, ";"], 0))]
    for declaration in model.declarations:
        block = isinstance(declaration, ir.Block | ir.Baseline)
        apart = block or type(declaration) is not before
        parts += ["", to_text(declaration)] if parts and apart else [to_text(declaration)]
        before = None if block else type(declaration)
    return "".join(f"{part}\n" for part in parts)


def _block(block: ir.Block | ir.Baseline) -> str:
    header = header_tokens(block)
    items: Sequence[Node] = block.items if isinstance(block, ir.Block) else block.assigns
    if isinstance(block, ir.Baseline) or not items:
        whole = block_line(line(header), [line(statement_tokens(item)) for item in items])
        if whole is not None:
            return whole
    rows = [row for item in items for row in _folded(statement_tokens(item), INDENT)]
    return "\n".join([*_folded([*header, "{"], 0), *rows, "}"])
