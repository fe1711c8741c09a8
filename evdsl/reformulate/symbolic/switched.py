"""The variable for `z * y`, a binary of the leader's times a variable of the follower's.

With `L <= y <= U` it is the `w` with the rows

    w <= U z,    w >= L z,    w <= y - L (1 - z),    w >= y - U (1 - z)

and the limits `min(L, 0) <= w <= max(U, 0)`, as in `program.switches`. Its index is that of `y`,
and that of `z` behind it unless the one tells the other. The limits of `y` must be the data that is
written at it: sharper ones, which follow from other rows, have no symbolic form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TypeAlias

from evdsl.ir.expr import (
    At,
    Binary,
    Call,
    Choice,
    Compare,
    Expr,
    Name,
    Node,
    Number,
    Reduce,
    Unary,
)
from evdsl.ir.walk import transform
from evdsl.reformulate.symbolic.derive import Place
from evdsl.reformulate.symbolic.facts import Facts
from evdsl.reformulate.symbolic.families import Problem, Row, Variable, member
from evdsl.reformulate.symbolic.hygiene import Copy, Header, free
from evdsl.reformulate.symbolic.join import Join
from evdsl.reformulate.symbolic.names import Names
from evdsl.reformulate.symbolic.refusal import refuse
from evdsl.reformulate.symbolic.steps import Stepping

_Part: TypeAlias = "int | Expr"
"""What an index of `z` is: that of `y` at this place, or the same everywhere."""


@dataclass(frozen=True)
class Use:
    """`z[switch] * y[index]` for each member of what runs around it."""

    around: Header
    switch: tuple[Expr, ...]
    index: tuple[Expr, ...]

    def pattern(self) -> tuple[_Part, ...] | None:
        """What each index of `z` is by those of `y`, where they tell it."""
        bound = {name for binder in self.around.binders for name in binder.names}
        found: list[_Part] = []
        for part in self.switch:
            if part in self.index:
                found.append(self.index.index(part))
            elif free(part).isdisjoint(bound):
                found.append(part)
            else:
                return None
        return tuple(found)


@dataclass
class Switch:
    """A binary and a variable that it switches, with all the places where it does."""

    binary: Variable
    variable: Variable
    short: str
    called: str
    uses: list[Use] = field(default_factory=list)

    @property
    def like(self) -> Expr:
        return Name(self.variable.name)

    @property
    def _pattern(self) -> tuple[_Part, ...] | None:
        """What the index of `z` is by that of `y`, where it is the same in all places."""
        found = {use.pattern() for use in self.uses}
        return found.pop() if len(found) == 1 else None

    def shortened(self, row: Row) -> Row:
        """The row without the indices of `z` where those of `y` tell them."""
        if self._pattern is None:
            return row
        left, right = (
            _shorter(side, self.called, len(self.variable.header.index))
            for side in (row.left, row.right)
        )
        return replace(row, left=left, right=right)

    def header(self, problem: Problem, copy: Stepping) -> Header:
        """The members for which the product stands in a row."""
        header, _ = copy.anew(self.variable.header)
        if self._pattern is None:
            inner, _ = copy.anew(self.binary.header)
            header = header.with_inner(inner)
        conditions: list[Expr] = []
        for use in self.uses:
            index = use.index if self._pattern is not None else (*use.index, *use.switch)
            join = Join(Place(index=index), use.around, header, len(problem.header.index), copy)
            match join.term(None):
                case Number():
                    return header
                case Choice(condition=condition):
                    conditions.append(condition)
                case Reduce(binders=binders):
                    count = Reduce("count", binders)
                    conditions.append(Compare((count, Number(0)), (">",)))
        return header.under(reduce(lambda one, other: Binary("or", one, other), conditions))

    def rows(
        self, problem: Problem, header: Header, facts: Facts, names: Names, copy: Stepping
    ) -> Iterator[Row]:
        """The rows and limits that make `w` the product. Raises E0520 for sharper limits of `y`."""
        block, shared = problem.block, len(self.variable.header.index)
        matrix_name = f"{self.variable.member}.if.{self.binary.name}"
        if not facts.has_declared_limits(block.name, matrix_name):
            path = f"{block.name}.{self.variable.member}"
            reason = f"the limits of `{path}` that a switch needs follow from other rows"
            span = facts.span(block.name, self.variable.member)
            refuse(reason, span, f"write limits of `{path}` that are data and as tight")

        def row(ending: str, op: str, right: Callable[[_Members], Expr], side: str = "") -> Row:
            own, _ = copy.anew(header)
            y = own.names[:shared]
            z = own.names[shared:] if self._pattern is None else self._switch_at(y)
            limits = [self._limit(problem, side, y, copy) for side in ("lower", "upper")]
            members = _Members(member(self.binary.name, z), member(self.variable.name, y), *limits)
            return Row(
                names.new(f"{self.called}_{ending}"),
                names.of("m", block, f"{self.short}_{ending}"),
                own,
                member(self.called, own.names),
                op,
                right(members),
                (self.short, side),
                own,
            )

        yield row("1", "<=", lambda m: _times(m.upper, m.z))
        yield row("2", ">=", lambda m: _times(m.lower, m.z))
        yield row("3", "<=", lambda m: _without(m.y, m.lower, 1 - m.z))
        yield row("4", ">=", lambda m: _without(m.y, m.upper, 1 - m.z))
        yield row("lo", ">=", lambda m: _towards("min", m.lower), "lower")
        yield row("up", "<=", lambda m: _towards("max", m.upper), "upper")

    def _switch_at(self, index: tuple[Expr, ...]) -> tuple[Expr, ...]:
        pattern = self._pattern or ()
        return tuple(index[part] if isinstance(part, int) else part for part in pattern)

    def _limit(self, problem: Problem, side: str, index: tuple[Expr, ...], copy: Copy) -> Expr:
        (row,) = (r for r in problem.rows if r.source == (self.variable.member, side))
        return copy.expr(row.right, row.header.at(index))


@dataclass(frozen=True)
class _Members:
    """`z`, `y` and the limits of `y` in one member."""

    z: Expr
    y: Expr
    lower: Expr
    upper: Expr


def _shorter(node: Expr, name: str, count: int) -> Expr:
    """The expression with no more than the first indices of a variable."""

    def change(below: Node) -> Node:
        match below:
            case At(base=Name(name=base), index=index) if base == name:
                return member(name, index[:count])
        return below

    return transform(node, change)


def _times(limit: Expr, factor: Expr) -> Expr:
    """`limit * factor`, short where the limit is 0 or 1."""
    match limit:
        case Number(value=0):
            return limit
        case Number(value=1):
            return factor
    return limit * factor


def _without(variable: Expr, limit: Expr, off: Expr) -> Expr:
    """`variable - limit * off`"""
    match limit:
        case Number(value=0):
            return variable
        case Unary(op="-", operand=opposite):
            return variable + _times(opposite, off)
    return variable - _times(limit, off)


def _towards(function: str, limit: Expr) -> Expr:
    """`min(L, 0)` or `max(U, 0)`."""
    match function, limit:
        case _, Number(value=0):
            return limit
        case "max", Number():
            return limit
        case "min", Unary(op="-", operand=Number()):
            return limit
        case "min", Number():
            return Number(0)
        case "max", Unary(op="-", operand=Number()):
            return Number(0)
    return Call(function, (limit, Number(0)))
