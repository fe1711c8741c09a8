"""The stationarity condition of each variable of a follower.

It is the derivative of the follower's objective minus, for each row, its `.dual` times the
derivative of `left - right`; the `.dual` is the row's multiplier or the negative of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from evdsl.ir.expr import Expr
from evdsl.reformulate.symbolic.derive import Derivative, Place
from evdsl.reformulate.symbolic.families import Problem, Variable
from evdsl.reformulate.symbolic.hygiene import Header
from evdsl.reformulate.symbolic.join import Join
from evdsl.reformulate.symbolic.steps import Stepping
from evdsl.reformulate.symbolic.terms import Signed, added


class Stationarity:
    """The conditions of one follower block."""

    def __init__(self, problem: Problem, derivative: Derivative, copy: Stepping) -> None:
        self.copy = copy
        self.decided = derivative.decided
        self.decisions = {*derivative.own, *(row.multiplier for row in problem.rows)}
        self.shared = len(problem.header.index)
        self.parts: list[tuple[int, Place, Header, str | None]] = [
            (1, place, problem.header, None) for place in derivative.places(problem.objective)
        ]
        for row in problem.rows:
            pull = problem.pull(row)
            for sign, side in ((-pull, row.left), (pull, row.right)):
                for place in derivative.places(side):
                    self.parts.append((sign, place, row.header, row.multiplier))

    def of(self, variable: Variable) -> tuple[Header, Expr]:
        """The header of the variable's condition, and what is zero in it."""
        header, _ = self.copy.anew(variable.header)
        return header, added(self._terms(variable, header))

    def decides(self, zero: Expr) -> bool:
        """Whether a condition holds any variable."""
        return self.decided.holds(zero, self.decisions)

    def _terms(self, variable: Variable, header: Header) -> Iterator[Signed]:
        for sign, place, rows, multiplier in self.parts:
            if place.variable == variable.name:
                join = Join(place, rows, header, self.shared, self.copy)
                term = join.term(multiplier)
                if term is not None:
                    yield sign if place.number > 0 else -sign, term
