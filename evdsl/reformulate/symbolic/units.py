"""Units of the multipliers, which the text had no need to name.

A multiplier is the objective by its row: a price in `ct/kWh` for a balance in `kWh`. A model that
uses no units gets none; where the unit of a row or of the objective cannot be made out, its
multiplier has none either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from evdsl.ir.expr import At, Binary, Call, Choice, Expr, Member, Name, Number, Reduce, Unary, Unit
from evdsl.ir.model import Block, Model, Param
from evdsl.ir.walk import walk
from evdsl.reformulate.symbolic.families import Problem
from evdsl.reformulate.symbolic.flatten import Formulas

_PLAIN = Unit(())
_SAME = ("abs", "min", "max", "floor", "ceil", "round", "sum", "mean")


class Units:
    """Works units out: None where that cannot be done, or where any unit fits, as with 0."""

    def __init__(self, model: Model, formulas: Formulas, problems: Iterable[Problem]) -> None:
        self.used = any(isinstance(node, Unit) for node in walk(model))
        self.formulas = formulas
        self._variables = {v.name: v for problem in problems for v in problem.variables}
        params = [d for d in model.declarations if isinstance(d, Param)]
        own = model.leader.variables if model.leader is not None else ()
        self._declared = {d.name: d.unit or _PLAIN for d in params}
        self._declared |= {v.name: v.unit or _PLAIN for v in own}
        self._members = {
            (block.name, item.name): getattr(item, "unit", None)
            for block in model.declarations
            if isinstance(block, Block)
            for item in block.items
        }

    def within(self, problem: Problem) -> Problem:
        """The problem with the units of its multipliers."""
        if not self.used:
            return problem
        goal = problem.block.objectives[0].unit or self.of(problem.objective)
        rows = (
            replace(row, unit=_shown(_over(goal, self.of(row.left) or self.of(row.right))))
            for row in problem.rows
        )
        return replace(problem, rows=tuple(rows))

    def of(self, node: Expr) -> Unit | None:
        match node:
            case Number(value=value, unit=unit):
                return unit or (None if value in (0, float("inf")) else _PLAIN)
            case Name(name=name):
                return self._of_name(name)
            case At(base=base):
                return self.of(base)
            case Member(base=At(base=Name(name=block)) | Name(name=block), name=name):
                return self._members.get((block, name))
            case Unary(operand=operand):
                return self.of(operand)
            case Binary(op="+" | "-" | "mod", left=left, right=right):
                return self.of(left) or self.of(right)
            case Binary(op="*", left=left, right=right):
                return _times(self.of(left), self.of(right))
            case Binary(op="/" | "div", left=left, right=right):
                return _over(self.of(left), self.of(right))
            case Binary(op="^", left=left, right=Number(value=int() as power)):
                return _power(self.of(left), power)
            case Choice(taken=taken, other=other):
                return self.of(taken) or self.of(other)
            case Reduce(function=function, body=Expr() as body) if function in _SAME:
                return self.of(body)
            case Call(function=function, arguments=arguments) if function in _SAME:
                return next((unit for unit in map(self.of, arguments) if unit is not None), None)
        return _PLAIN

    def _of_name(self, name: str) -> Unit | None:
        if name in self._variables:
            return self._variables[name].unit or _PLAIN
        if name in self.formulas:
            formula = self.formulas[name]
            return formula.unit or self.of(formula.value)
        return self._declared.get(name, _PLAIN)


def _shown(unit: Unit | None) -> Unit | None:
    return None if unit == _PLAIN else unit


def _times(one: Unit | None, other: Unit | None) -> Unit | None:
    if one is None or other is None:
        return None
    powers = dict(one.factors)
    for name, power in other.factors:
        powers[name] = powers.get(name, 0) + power
    return Unit(tuple((name, power) for name, power in powers.items() if power))


def _power(unit: Unit | None, power: int) -> Unit | None:
    if unit is None or power == 0:
        return unit and _PLAIN
    return Unit(tuple((name, exponent * power) for name, exponent in unit.factors))


def _over(one: Unit | None, other: Unit | None) -> Unit | None:
    return _times(one, _power(other, -1))
