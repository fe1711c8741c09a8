"""Which decisions an expression depends on, also through the formulas that it names."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from evdsl.ir.expr import At, Call, Choice, Expr, Name, Reduce
from evdsl.ir.walk import walk
from evdsl.reformulate.symbolic.families import Formula
from evdsl.reformulate.symbolic.flatten import Formulas
from evdsl.reformulate.symbolic.hygiene import conjunction, equals, free
from evdsl.reformulate.symbolic.steps import Stepping


class Decided:
    """Knows the formulas; what counts as a decision is said with each question."""

    def __init__(self, formulas: Formulas) -> None:
        self.formulas = formulas
        self._inside: dict[str, frozenset[str]] = {}

    def names(self, *nodes: Expr) -> frozenset[str]:
        """All names in the expressions and in the formulas that they name."""
        found = free(*nodes)
        return frozenset(found).union(*(self._of(name) for name in found if name in self.formulas))

    def holds(self, node: Expr, wanted: Collection[str]) -> bool:
        return not self.names(node).isdisjoint(wanted)

    def _of(self, name: str) -> frozenset[str]:
        if name not in self._inside:
            self._inside[name] = self.names(self.formulas[name].value)
        return self._inside[name]


def use_of(node: Expr) -> tuple[str, tuple[Expr, ...], Expr | None] | None:
    """Name, index and alternative of `x`, `x[t]` or `x[prev(t) else 0]`; None for anything else."""
    match node:
        case Name(name=name):
            return name, (), None
        case At(base=Name(name=name), index=index, otherwise=otherwise):
            return name, index, otherwise
    return None


def spelt_out(
    formula: Formula, index: tuple[Expr, ...], otherwise: Expr | None, copy: Stepping
) -> Expr:
    """What `formula[index else otherwise]` stands for.

    An index that is written as a number or a text is bound, for a step or a mapping takes elements.
    """
    header, env = formula.header, formula.header.at(index)
    written = {n for n, part in env.items() if copy.roots.of(part) is None}
    if written & free(*_calls(formula.value)):
        own, new = copy.anew(header)
        value = copy.expr(formula.value, new)
        equal = tuple(equals(n, part) for n, part in zip(own.names, index, strict=True))
        value = Reduce("sum", own.under(*equal).all_binders(), value)
    else:
        value = copy.expr(formula.value, env)
    if otherwise is None:
        return value
    inside = conjunction(copy.membership(header, index))
    return value if inside is None else Choice(inside, value, otherwise)


def _calls(node: Expr) -> Iterator[Call]:
    return (below for below in walk(node) if isinstance(below, Call))
