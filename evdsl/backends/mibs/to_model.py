"""An instance as a model of the language: a leader and a follower with scalar members."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evdsl.backends.mibs.identifiers import identifiers
from evdsl.backends.mibs.instance import Instance
from evdsl.ir.expr import Binary, Expr, Member, Name, Number, Unary
from evdsl.ir.model import (
    Constraint,
    Domain,
    Follower,
    Interval,
    Item,
    Leader,
    Model,
    Objective,
    Sense,
    Var,
)

_CHUNK = 60
_EXACT = 2.0**53

Term = tuple[float, Expr]


def to_model(instance: Instance, name: str, title: str) -> Model:
    """The model, named `name` as far as that is a name.

    Variables and constraints have the names of the file where these are names of the language;
    another name stays as the text of its declaration. The objective has the name of its row. Rows
    without a side, or that hold for nobody's choice, are left out.
    """
    return _Writer(instance).model(name, title)


@dataclass(frozen=True)
class _Names:
    """The names in the language, in the order of the file."""

    columns: list[str]
    rows: list[str]
    objective: str
    leader: str
    follower: str


class _Writer:
    def __init__(self, instance: Instance) -> None:
        self._flat, self._lower = instance.flat, instance.lower
        self._linear = instance.flat.linear
        m, n = self._linear.shape
        self._owns_column, self._owns_row = np.zeros(n, np.bool_), np.zeros(m, np.bool_)
        self._owns_column[self._lower.columns] = True
        self._owns_row[self._lower.rows] = True
        self._names = self._named()

    def model(self, name: str, title: str) -> Model:
        names, linear = self._names, self._linear
        written = _origin(self._flat.free_rows[0], names.objective)
        goal = _sum([*self._terms(linear.cost, in_follower=False), *_constant(linear.constant)])
        leader = Leader(
            names.leader,
            (
                *self._variables(in_follower=False),
                Objective(_sense(linear.sense), goal, names.objective, text=written),
                *self._constraints(in_follower=False),
            ),
        )
        cost = np.zeros(len(self._owns_column))
        cost[self._lower.columns] = self._lower.cost
        follower = Follower(
            names.follower,
            (
                *self._variables(in_follower=True),
                Objective(_sense(self._lower.sense), _sum(self._terms(cost, in_follower=True))),
                *self._constraints(in_follower=True),
            ),
        )
        return Model((leader, follower), identifiers([name], set())[0], title)

    def _named(self) -> _Names:
        """Columns keep their names first, then rows; blocks get what is left."""
        taken: set[str] = set()
        columns = identifiers(self._flat.columns, taken)
        rows = identifiers(self._flat.rows, taken)
        objective, leader, follower = (
            identifiers([word], taken)[0] for word in (self._flat.free_rows[0], "up", "low")
        )
        return _Names(columns, rows, objective, leader, follower)

    def _variables(self, in_follower: bool) -> Iterable[Item]:
        linear = self._linear
        for j in np.flatnonzero(self._owns_column == in_follower).tolist():
            limits = float(linear.lower[j]), float(linear.upper[j])
            domain = _domain(*limits, whole=bool(linear.integer[j]))
            name = self._names.columns[j]
            yield Var(name, domain, text=_origin(self._flat.columns[j], name))

    def _constraints(self, in_follower: bool) -> Iterable[Item]:
        linear = self._linear
        for i in np.flatnonzero(self._owns_row == in_follower).tolist():
            low, high = float(linear.row_lower[i]), float(linear.row_upper[i])
            part = slice(linear.A.indptr[i], linear.A.indptr[i + 1])
            columns, values = linear.A.indices[part].tolist(), linear.A.data[part].tolist()
            if (low, high) == (-math.inf, math.inf) or (not columns and low <= 0 <= high):
                continue
            entries = sorted(zip(columns, values, strict=True)) or [
                (int(self._lower.columns[0]), 0.0)
            ]
            terms = [(value, self._reference(j, in_follower)) for j, value in entries]
            name = self._names.rows[i]
            operands, ops = _relation(_sum(terms), low, high)
            yield Constraint(name, operands, ops, text=_origin(self._flat.rows[i], name))

    def _terms(self, cost: Any, in_follower: bool) -> list[Term]:
        used = np.flatnonzero(cost).tolist()
        return [(float(cost[j]), self._reference(j, in_follower)) for j in used]

    def _reference(self, column: int, in_follower: bool) -> Expr:
        name = self._names.columns[column]
        if self._owns_column[column] and not in_follower:
            return Member(Name(self._names.follower), name)
        return Name(name)


def _origin(original: str, name: str) -> str:
    return "" if original == name else original


def _sense(sense: int) -> Sense:
    return "minimize" if sense > 0 else "maximize"


def _domain(low: float, high: float, whole: bool) -> Domain:
    if whole and (low, high) == (0, 1):
        return Domain("binary")
    if not whole and (low, high) == (-math.inf, math.inf):
        return Domain("free")
    if whole:
        return Domain("integer", Interval(_number(low), _number(high)))
    return Domain("real", Interval(_number(low), _number(high)))


def _relation(body: Expr, low: float, high: float) -> tuple[tuple[Expr, ...], tuple[str, ...]]:
    if low == high:
        return (body, _number(low)), ("==",)
    if low == -math.inf:
        return (body, _number(high)), ("<=",)
    if high == math.inf:
        return (body, _number(low)), (">=",)
    return (_number(low), body, _number(high)), ("<=", "<=")


def _constant(value: float) -> list[Term]:
    return [(value, Number(1))] if value else []


def _sum(terms: Sequence[Term]) -> Expr:
    """The sum of the terms; a long one is a sum of sums in parentheses, since a sum is as deep as
    it has terms and the language limits depth."""
    if not terms:
        return Number(0)
    if len(terms) <= _CHUNK:
        return _chain(terms)
    size = _CHUNK
    while size * _CHUNK < len(terms):
        size *= _CHUNK
    parts = [_sum(terms[at : at + size]) for at in range(0, len(terms), size)]
    whole = parts[0]
    for part in parts[1:]:
        whole = Binary("+", whole, part)
    return whole


def _chain(terms: Sequence[Term]) -> Expr:
    value, body = terms[0]
    whole = _product(value, body)
    for value, body in terms[1:]:
        whole = Binary("-" if value < 0 else "+", whole, _product(abs(value), body))
    return whole


def _product(value: float, body: Expr) -> Expr:
    if isinstance(body, Number):
        return _number(value)
    if value == 1:
        return body
    return Unary("-", body) if value == -1 else Binary("*", _number(value), body)


def _number(value: float) -> Expr:
    """Whole numbers without a point, negative ones as the text means them."""
    plain = abs(value)
    written = Number(int(plain) if plain < _EXACT and plain == int(plain) else plain)
    return Unary("-", written) if value < 0 else written
