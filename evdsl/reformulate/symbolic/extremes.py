"""`abs`, `max` and `min` of a follower's decisions as variables and rows.

`abs(e)` where a smaller value is better becomes `z` with `z >= e` and `z >= -e`; `max` and `min`
have a row for each argument or member. There is a `z` for each member that the sums around it run
over.
"""

from __future__ import annotations

from dataclasses import replace

from evdsl.ir.expr import (
    At,
    Binder,
    Binders,
    Call,
    Choice,
    Compare,
    Expr,
    Name,
    Number,
    Reduce,
)
from evdsl.ir.model import Follower
from evdsl.ir.walk import walk
from evdsl.reformulate.symbolic.decided import spelt_out, use_of
from evdsl.reformulate.symbolic.derive import negation
from evdsl.reformulate.symbolic.families import Problem, Row, Variable, member
from evdsl.reformulate.symbolic.hygiene import Header, conjunction, conjuncts, equals, free, rebuilt
from evdsl.reformulate.symbolic.names import Names
from evdsl.reformulate.symbolic.parts import Parts
from evdsl.reformulate.symbolic.refusal import refuse
from evdsl.reformulate.symbolic.steps import Stepping
from evdsl.reformulate.symbolic.terms import minus

_FUNCTIONS = ("abs", "max", "min")


def without_extremes(problem: Problem, names: Names, parts: Parts, copy: Stepping) -> Problem:
    """The problem with its extremes as variables of their own."""
    lift = _Lift(problem, names, parts, copy)
    limits = [lift.row(row) for row in problem.rows if row.is_limit]
    rows = [lift.row(row) for row in problem.rows if not row.is_limit]
    objective = lift.expr(problem.objective, problem.header)
    return replace(
        problem,
        objective=objective,
        variables=(*problem.variables, *lift.variables),
        rows=(*rows, *lift.rows, *limits),
    )


class _Lift:
    def __init__(self, problem: Problem, names: Names, parts: Parts, copy: Stepping) -> None:
        self.block: Follower = problem.block
        self.shared = len(problem.header.index)
        self.names = names
        self.parts = parts
        self.copy = copy
        self.variables: list[Variable] = []
        self.rows: list[Row] = []

    def row(self, row: Row) -> Row:
        left, right = (self.expr(side, row.header) for side in (row.left, row.right))
        return replace(row, left=left, right=right)

    def expr(self, node: Expr, around: Header) -> Expr:
        """The expression with variables for its extremes; `around` is what runs around it."""
        if not self._is_bent(node):
            return node
        match node:
            case Name() | At():
                return self._use(node, around)
            case Choice(condition=condition, taken=taken, other=other):
                where = conjuncts(condition)
                return replace(
                    node,
                    taken=self.expr(taken, around.under(*where)),
                    other=self.expr(other, around.under(negation(condition))),
                )
            case Reduce(binders=binders, body=Expr() as body):
                needed = self._needed(around, node)
                inside = needed.inside(binders)
                inner = self.expr(body, inside)
                if node.function in _FUNCTIONS:
                    return self._stands_for(node.function, [inner], needed, inside, node)
                return replace(node, body=inner)
            case Call(function=function, arguments=arguments) if function in _FUNCTIONS:
                inner_parts = [self.expr(argument, around) for argument in arguments]
                return self._stands_for(function, inner_parts, around, around, node)
        return rebuilt(node, lambda inner: self.expr(inner, around))

    def _use(self, node: Name | At, around: Header) -> Expr:
        found = use_of(node)
        if found is None or found[0] not in self.parts.decided.formulas:
            refuse("an extreme stands for what is off the end of a set", node)
        name, index, otherwise = found
        formula = self.parts.decided.formulas[name]
        return self.expr(spelt_out(formula, index, otherwise, self.copy), around)

    def _is_bent(self, node: Expr) -> bool:
        """Whether an extreme of decisions stands in the expression or in a formula in it."""
        formulas = self.parts.decided.formulas
        return any(
            (self._is_extreme(below) and self.parts.decides(below))
            or (
                isinstance(below, Name)
                and below.name in formulas
                and self._is_bent(formulas[below.name].value)
            )
            for below in walk(node)
            if isinstance(below, Expr)
        )

    def _is_extreme(self, node: Expr) -> bool:
        return isinstance(node, Call | Reduce) and node.function in _FUNCTIONS

    def _needed(self, around: Header, node: Reduce) -> Header:
        """What runs around a sum, without the indices that it does not look at.

        Conditions that look at others ask whether there is any such member.
        """
        used = {*around.index[: self.shared], *free(node)}
        for binder in reversed(around.binders):
            if not used.isdisjoint(binder.names):
                used |= free(binder.set)
        kept: list[Binder] = []
        others: list[Binder] = []
        same: list[Expr] = []
        for binder in around.binders:
            wanted = [name for name in binder.names if name in used]
            roots = [self.copy.roots.named(Name(name)) for name in wanted]
            if len(wanted) == len(binder.names) or None in roots:
                kept.append(binder)
                used |= set(binder.names)
                continue
            new = {name: self.copy.fresh.name(name) for name in wanted}
            names = tuple(new.get(name, name) for name in binder.names)
            others.append(replace(binder, names=names))
            same += [equals(Name(new[name]), Name(name)) for name in wanted]
            kept += [
                Binder((name,), Name(root.name))
                for name, root in zip(wanted, roots, strict=True)
                if root is not None
            ]
        index = tuple(name for name in around.index if name in used)
        dropped = {name for binder in others for name in binder.names}
        where = tuple(c for c in around.where if free(c).isdisjoint(dropped))
        linked = [*same, *(c for c in around.where if not free(c).isdisjoint(dropped))]
        if linked:
            any_ = Reduce("count", Binders(tuple(others), conjunction(linked)))
            where = (*where, Compare((any_, Number(0)), (">",)))
        return Header(tuple(kept), where, index)

    def _stands_for(
        self, function: str, parts: list[Expr], around: Header, inside: Header, node: Expr
    ) -> Expr:
        number = 1 + sum(v.member.rstrip("0123456789") == function for v in self.variables)
        short = f"{function}{number}"
        called = self.names.member(self.block, short)
        header, _ = self.copy.anew(around)
        self.variables.append(Variable(called, short, header, like=parts[0]))
        sides = [*parts, *map(minus, parts)] if function == "abs" else parts
        for k, side in enumerate(sides, 1):
            header, env = self.copy.anew(inside)
            own = member(called, self.copy.exprs(around.names, env))
            row = Row(
                self.names.new(f"{called}_{k}"),
                self.names.of("m", self.block, f"{short}_{k}"),
                header,
                own,
                "<=" if function == "min" else ">=",
                self.copy.expr(side, env),
                ("", ""),
                header,
                span=node.span,
            )
            self.rows.append(row)
        return member(called, around.names)
