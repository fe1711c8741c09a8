"""Declarations as tokens, in the order of the grammar, with their `;`."""

from __future__ import annotations

from evdsl.ir import model as ir
from evdsl.ir import words
from evdsl.ir.expr import Binders, Node, Unit
from evdsl.ir.print_expr import (
    COMPARISON,
    SET,
    SUM,
    Tokens,
    constant_tokens,
    expr_tokens,
    index_tokens,
    separated,
    unit_text,
)


def statement_tokens(node: Node) -> Tokens:
    """A declaration or an item of a block as tokens; not a whole block."""
    return [*_tokens(node), *_note(getattr(node, "text", "")), ";"]


def header_tokens(block: ir.Block | ir.Baseline) -> Tokens:
    """`follower aev[u in U] "text"`, what stands before the brace."""
    word = type(block).__name__.lower()
    index = index_tokens(block.binders) if isinstance(block, ir.Block) else []
    return [word, words.name(block.name), *index, *_note(block.text)]


def domain_tokens(domain: ir.Domain) -> Tokens:
    word: Tokens = [] if domain.kind == "real" else [domain.kind]
    return word if domain.bounds is None else [*word, "in", *interval_tokens(domain.bounds)]


def interval_tokens(interval: ir.Interval) -> Tokens:
    lower, upper = expr_tokens(interval.lower, SUM), expr_tokens(interval.upper, SUM)
    return ["[", *lower, ",", *upper, "]"]


def _tokens(node: Node) -> Tokens:
    match node:
        case ir.Table():
            columns = separated([_column(column)] for column in node.index)
            head = ["table", words.name(node.name), "from", words.text(node.file)]
            return [*head, "index", *columns, *_options(node)]
        case ir.Set():
            cyclic = ["cyclic"] if node.cyclic else []
            return ["set", words.name(node.name), "=", *expr_tokens(node.value, SET), *cyclic]
        case ir.Mapping():
            head = ["mapping", words.name(node.name), *index_tokens(node.binders)]
            return [*head, "->", words.name(node.target), "=", *expr_tokens(node.value)]
        case ir.Param():
            span = ["in", *interval_tokens(node.range)] if node.range else []
            default = ["default", *expr_tokens(node.default, SUM)] if node.default else []
            value = ["=", *expr_tokens(node.value)] if node.value else []
            return ["param", *_head(node.name, node.binders, node.unit), *span, *default, *value]
        case ir.Check():
            return ["check", *index_tokens(node.binders), ":", *expr_tokens(node.condition)]
        case ir.Definition():
            head = _head(node.name, node.binders, node.unit)
            return ["expr", *head, "=", *expr_tokens(node.value)]
        case ir.Report():
            head = _head(node.name, node.binders, node.unit)
            return ["report", *head, "=", *expr_tokens(node.value)]
        case ir.Var():
            head = _head(node.name, node.binders, node.unit)
            return ["var", *head, *domain_tokens(node.domain)]
        case ir.Objective():
            return [node.sense, *_objective_name(node), *expr_tokens(node.value)]
        case ir.Constraint():
            return _constraint(node)
        case ir.Assign():
            return [words.name(node.name), *_place(node), "=", *expr_tokens(node.value)]
    raise words.unwritable(f"`{type(node).__name__}` is no statement", "use the nodes of evdsl.ir")


def _constraint(node: ir.Constraint) -> Tokens:
    first, *others = node.operands
    relation = expr_tokens(first, SUM)
    for op, other in zip(node.ops, others, strict=True):
        relation += [op, *expr_tokens(other, SUM)]
    dual = ["dual", "in", *interval_tokens(node.dual)] if node.dual else []
    pair = ["complements", *expr_tokens(node.complements, COMPARISON)] if node.complements else []
    head = ["constraint", words.name(node.name), *index_tokens(node.binders), ":"]
    return [*head, *relation, *dual, *pair]


def _head(name: str, binders: Binders | None, unit: Unit | None) -> Tokens:
    return [words.name(name), *index_tokens(binders), *_unit(unit)]


def _unit(unit: Unit | None) -> Tokens:
    return [] if unit is None else [":", unit_text(unit)]


def _objective_name(node: ir.Objective) -> Tokens:
    if node.name is not None:
        return [words.name(node.name), *_unit(node.unit), "="]
    if node.unit is not None:
        raise words.unwritable("an objective with a unit needs a name", "give it a name")
    return []


def _place(assign: ir.Assign) -> Tokens:
    if assign.key is not None:
        return ["[", *separated(map(constant_tokens, assign.key)), "]"]
    return index_tokens(assign.binders)


def _column(column: str) -> str:
    plain = words.NAME.fullmatch(column) and column not in words.RESERVED
    return column if plain else words.text(column)


def _options(table: ir.Table) -> Tokens:
    options = (("sep", table.sep), ("decimal", table.decimal), ("timezone", table.timezone))
    given = [[word, words.text(value)] for word, value in options if value is not None]
    return [token for option in given for token in option]


def _note(text: str) -> Tokens:
    return [words.text(text)] if text else []
