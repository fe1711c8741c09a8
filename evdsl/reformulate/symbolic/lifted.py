"""What would need more variables than the follower has is refused: extremes, switched variables.

`program` writes them with variables and rows of its own, which a user can write too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from evdsl.ir.expr import Binary, Call, Expr, Reduce
from evdsl.ir.walk import walk
from evdsl.reformulate.symbolic.decided import Decided
from evdsl.reformulate.symbolic.families import Problem
from evdsl.reformulate.symbolic.refusal import refuse

_EXTREMES = ("abs", "max", "min")


def refuse_lifted(problem: Problem, decided: Decided, decisions: Collection[str]) -> None:
    """Raise E0520 for an extreme of decisions, or for a row with a product of two of them."""
    sides = [side for row in problem.rows for side in (row.left, row.right)]
    for node in _within(decided, problem.objective, *sides):
        match node:
            case Call(function=function) | Reduce(function=function) if (
                function in _EXTREMES and decided.holds(node, decisions)
            ):
                refuse(
                    f"`{function}` of decisions in a follower has no derivative",
                    node,
                    "write a variable for it, and a row for each of its sides: `z >= e` and "
                    "`z >= -e` for `abs(e)`",
                )
    for node in _within(decided, *sides):
        match node:
            case Binary(op="*", left=left, right=right) if all(
                decided.holds(factor, decisions) for factor in (left, right)
            ):
                refuse(
                    "the product in this follower's row is no variable of the model",
                    node,
                    "write a variable `w` for the product of the binary `z` and `y`, and in the "
                    "follower `w <= U * z`, `w >= L * z`, `w <= y - L * (1 - z)` and "
                    "`w >= y - U * (1 - z)` with the limits `L` and `U` of `y`",
                )


def _within(decided: Decided, *nodes: Expr) -> Iterator[Expr]:
    """All that stands in the expressions and in the formulas that they name."""
    formulas = [name for name in sorted(decided.names(*nodes)) if name in decided.formulas]
    for whole in (*nodes, *(decided.formulas[name].value for name in formulas)):
        yield from (below for below in walk(whole) if isinstance(below, Expr))
