"""Declarations and blocks: from the rules of `evm.lark` to a Model."""

from __future__ import annotations

from dataclasses import dataclass

from evdsl import ir
from evdsl.source.diagnostic import Diagnostic
from evdsl.source.text import Span
from evdsl.syntax.build_expr import Children, ExprBuilder, unquoted
from evdsl.syntax.foreign import foreign_call
from evdsl.syntax.lalr import Token


class Builder(ExprBuilder):
    """All callbacks of the parser; the span of a declaration is that of its name."""

    def finish(self, model: ir.Model) -> list[Diagnostic]:
        """What the rules reported, in the order of the text."""
        declared = {getattr(d, "name", None) for d in model.declarations}
        calls = [call for call in self.calls.values() if call.function not in declared]
        found = [*self.diagnostics, *filter(None, map(foreign_call, calls))]
        return sorted(found, key=lambda d: d.span.start if d.span else 0)

    # ---- declarations -------------------------------------------------------
    def start(self, children: Children) -> ir.Model:
        heads = [child for child in children if isinstance(child, _Head)]
        for second in heads[1:]:
            self.refuse(
                "E0111",
                "the model is named twice",
                second.span,
                "keep one `model` statement",
            )
        declarations = tuple(child for child in children if not isinstance(child, _Head))
        if not heads:
            return ir.Model(declarations)
        return ir.Model(declarations, heads[0].name, heads[0].title, span=heads[0].span)

    def model(self, children: Children) -> _Head:
        _, name, title, _ = children
        return _Head(str(name), title, self.span(name, name))

    def table(self, children: Children) -> ir.Table:
        _, name, _, file, _, columns, options, _ = children
        return ir.Table(str(name), unquoted(file), columns, **options, span=self.span(name, name))

    def columns(self, children: Children) -> tuple[str, ...]:
        return tuple(
            unquoted(column) if column.type == "STRING" else str(column) for column in children[::2]
        )

    def table_options(self, children: Children) -> dict[str, str]:
        options: dict[str, str] = {}
        for word, value in children:
            if word in options:
                self.refuse(
                    "E0111",
                    f"`{word}` is given twice",
                    self.span(word, value),
                    f"keep one `{word}`",
                )
            options[str(word)] = unquoted(value)
        return options

    def table_option(self, children: Children) -> tuple[Token, Token]:
        word, value = children
        return word, value

    def set_declaration(self, children: Children) -> ir.Set:
        _, name, _, value, cyclic, text, _ = children
        return ir.Set(str(name), value, bool(cyclic), text, span=self.span(name, name))

    def cyclic(self, children: Children) -> bool:
        return True

    def mapping(self, children: Children) -> ir.Mapping:
        _, name, binders, _, target, _, value, text, _ = children
        return ir.Mapping(str(name), binders, str(target), value, text, span=self.span(name, name))

    def param(self, children: Children) -> ir.Param:
        _, name, binders, unit, interval, default, value, text, _ = children
        return ir.Param(
            str(name), binders, unit, interval, default, value, text, span=self.span(name, name)
        )

    def check(self, children: Children) -> ir.Check:
        word, binders, _, condition, text, _ = children
        return ir.Check(condition, binders, text, span=self.span(word, word))

    def definition(self, children: Children) -> ir.Definition:
        _, name, binders, unit, _, value, text, _ = children
        return ir.Definition(str(name), value, binders, unit, text, span=self.span(name, name))

    def report(self, children: Children) -> ir.Report:
        _, name, binders, unit, _, value, text, _ = children
        return ir.Report(str(name), value, binders, unit, text, span=self.span(name, name))

    def leader(self, children: Children) -> ir.Leader:
        _, name, text, _, items, _ = children
        return ir.Leader(str(name), items, None, text, span=self.span(name, name))

    def follower(self, children: Children) -> ir.Follower:
        _, name, binders, text, _, items, _ = children
        return ir.Follower(str(name), items, binders, text, span=self.span(name, name))

    def reference(self, children: Children) -> ir.Reference:
        _, name, binders, text, _, items, _ = children
        return ir.Reference(str(name), items, binders, text, span=self.span(name, name))

    def baseline(self, children: Children) -> ir.Baseline:
        _, name, text, _, assigns, _ = children
        return ir.Baseline(str(name), assigns, text, span=self.span(name, name))

    # ---- inside a block -----------------------------------------------------
    def items(self, children: Children) -> tuple[ir.Item, ...]:
        return tuple(children)

    def var(self, children: Children) -> ir.Var:
        _, name, binders, unit, domain, text, _ = children
        return ir.Var(str(name), domain, binders, unit, text, span=self.span(name, name))

    def objective(self, children: Children) -> ir.Objective:
        sense, value, text, _ = children
        return ir.Objective(_sense(sense), value, text=text, span=self.span(sense, sense))

    def named_objective(self, children: Children) -> ir.Objective:
        sense, name, unit, _, value, text, _ = children
        return ir.Objective(_sense(sense), value, str(name), unit, text, span=self.span(name, name))

    def constraint(self, children: Children) -> ir.Constraint:
        _, name, binders, _, (operands, ops), dual, complements, text, _ = children
        return ir.Constraint(
            str(name), operands, ops, binders, dual, complements, text, span=self.span(name, name)
        )

    def relation(self, children: Children) -> tuple[tuple[ir.Expr, ...], tuple[str, ...]]:
        for op in children[1::2]:
            if op not in ("<=", ">=", "=="):
                strict = {"<": "<=", ">": ">="}.get(op)
                self.refuse(
                    "E0131",
                    f"`{op}` cannot stand in a constraint",
                    self.span(op, op),
                    f"write `{strict}`" if strict else "a constraint holds `<=`, `>=` or `==`",
                )
        return tuple(children[::2]), tuple(map(str, children[1::2]))

    def assigns(self, children: Children) -> tuple[ir.Assign, ...]:
        return tuple(children)

    def assign(self, children: Children) -> ir.Assign:
        name, index, _, value, _ = children
        binders, key = (None, index) if isinstance(index, tuple) else (index, None)
        return ir.Assign(str(name), value, binders, key, span=self.span(name, name))

    def key(self, children: Children) -> tuple[int | str, ...]:
        return tuple(value for value, _ in children[1::2])


@dataclass(frozen=True)
class _Head:
    """What the `model` statement says."""

    name: str
    title: str
    span: Span


def _sense(token: Token) -> ir.Sense:
    return "minimize" if token == "minimize" else "maximize"
