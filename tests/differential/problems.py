"""Small bilevel problems as data: their text in the language, their units, their whole numbers fixed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product

Terms = dict[tuple[str, ...], float]
"""Coefficients by what they multiply: a variable, a product of two, or nothing for a constant.

A row's multiplier is named as the leader reads it, `low.r.dual`."""
Limit = float | Terms
INF = math.inf


@dataclass(frozen=True)
class Variable:
    """What a variable lies between; a limit of a follower's may hold variables of the leader."""

    lower: Limit
    upper: Limit
    whole: bool = False


@dataclass(frozen=True)
class Row:
    terms: Terms
    lower: float
    upper: float


@dataclass(frozen=True)
class Square:
    """`coef * (terms)^2` in an objective."""

    coef: float
    terms: Terms


@dataclass(frozen=True)
class Level:
    """The leader or a follower; names of variables and rows are unique over all levels."""

    name: str
    sense: int
    variables: dict[str, Variable]
    cost: Terms
    rows: dict[str, Row] = field(default_factory=dict)
    squares: tuple[Square, ...] = ()


@dataclass(frozen=True)
class Problem:
    leader: Level
    followers: tuple[Level, ...]

    @property
    def levels(self) -> tuple[Level, ...]:
        return (self.leader, *self.followers)

    @property
    def pairs(self) -> int:
        """How many sides of the followers' rows and limits are finite, but for equalities."""
        sides = [
            (item.lower, item.upper)
            for level in self.followers
            for item in (*level.rows.values(), *level.variables.values())
        ]
        return sum(_is_finite(a) + _is_finite(b) for a, b in sides if a != b)

    @property
    def text(self) -> str:
        """The problem as an .evm file."""
        owner = {name: level.name for level in self.followers for name in level.variables}
        leader = _block("leader", self.leader, owner)
        return "\n".join([leader, *(_block("follower", level, owner) for level in self.followers)])

    def decisions(self) -> Iterator[Problem]:
        """The problem with its whole numbers fixed, in each way that their limits allow."""
        whole = {name: v for name, v in self.leader.variables.items() if v.whole}
        for values in product(*(range(int(v.lower), int(v.upper) + 1) for v in whole.values())):
            yield self._fixed(dict(zip(whole, values, strict=True)))

    def _fixed(self, values: Mapping[str, float]) -> Problem:
        at = {name: Variable(v, v) for name, v in values.items()}
        leader = replace(self.leader, variables=self.leader.variables | at)
        levels = [_map_terms(level, lambda t: _substituted(t, values)) for level in self.followers]
        return Problem(_map_terms(leader, lambda t: _substituted(t, values)), tuple(levels))

    def scaled(
        self,
        variables: Mapping[str, float] | None = None,
        rows: Mapping[str, float] | None = None,
        objectives: Mapping[str, float] | None = None,
    ) -> Problem:
        """The same problem in other units: a variable is what it was divided by its unit, a row and
        an objective are what they were times their factor. What stands for a row's multiplier
        changes with the factors of both.
        """
        rows, objectives = rows or {}, objectives or {}
        units = dict(variables or {})
        for level in self.followers:
            for row in level.rows:
                factor = rows.get(row, 1.0) / objectives.get(level.name, 1.0)
                units[f"{level.name}.{row}.dual"] = factor
        levels = [_scaled(level, units, rows, objectives) for level in self.levels]
        return Problem(levels[0], tuple(levels[1:]))


def _scaled(
    level: Level,
    units: Mapping[str, float],
    rows: Mapping[str, float],
    objectives: Mapping[str, float],
) -> Level:
    factor = objectives.get(level.name, 1.0)

    def limit(value: Limit, unit: float) -> Limit:
        return _times(value, units, 1 / unit) if isinstance(value, dict) else value / unit

    return replace(
        level,
        variables={
            name: replace(
                v,
                lower=limit(v.lower, units.get(name, 1.0)),
                upper=limit(v.upper, units.get(name, 1.0)),
            )
            for name, v in level.variables.items()
        },
        cost=_times(level.cost, units, factor),
        rows={
            name: Row(
                _times(row.terms, units, rows.get(name, 1.0)),
                row.lower * rows.get(name, 1.0),
                row.upper * rows.get(name, 1.0),
            )
            for name, row in level.rows.items()
        },
        squares=tuple(Square(factor * s.coef, _times(s.terms, units, 1.0)) for s in level.squares),
    )


def _times(terms: Terms, units: Mapping[str, float], factor: float) -> Terms:
    return {
        names: coef * factor * math.prod(units.get(name, 1.0) for name in names)
        for names, coef in terms.items()
    }


def _map_terms(level: Level, change) -> Level:
    return replace(
        level,
        cost=change(level.cost),
        rows={name: replace(row, terms=change(row.terms)) for name, row in level.rows.items()},
    )


def _substituted(terms: Terms, values: Mapping[str, float]) -> Terms:
    """Products with known values as linear terms; linear terms stay, so that no row is empty."""
    found: Terms = {}
    for names, coef in terms.items():
        known = [name for name in names if name in values][: len(names) - 1]
        left = tuple(name for name in names if name not in known)
        factor = math.prod(values[name] for name in known)
        found[left] = found.get(left, 0.0) + coef * factor
    return found


def _is_finite(limit: Limit) -> bool:
    return isinstance(limit, dict) or math.isfinite(limit)


# ---- text ------------------------------------------------------------------------------------
def _block(word: str, level: Level, owner: Mapping[str, str]) -> str:
    def name(variable: str) -> str:
        block = owner.get(variable, level.name)
        return variable if block == level.name else f"{block}.{variable}"

    def total(terms: Terms) -> str:
        parts = [" * ".join([number(coef), *map(name, names)]) for names, coef in terms.items()]
        return " + ".join(parts) or "0"

    def limit(value: Limit) -> str:
        return total(value) if isinstance(value, dict) else number(value)

    def domain(v: Variable) -> str:
        if (v.lower, v.upper) == (-INF, INF):
            return "free"
        if v.whole and (v.lower, v.upper) == (0, 1):
            return "binary"
        return f"{'integer ' if v.whole else ''}in [{limit(v.lower)}, {limit(v.upper)}]"

    def objective() -> Iterable[str]:
        yield total(level.cost)
        yield from (f"{number(s.coef)} * ({total(s.terms)})^2" for s in level.squares)

    goal = "minimize" if level.sense > 0 else "maximize"
    lines = [
        *(f"var {v} {domain(variable)};" for v, variable in level.variables.items()),
        f"{goal} {level.name}_goal = {' + '.join(objective())};",
        *(f"constraint {r}: {_relation(row, total(row.terms))};" for r, row in level.rows.items()),
    ]
    return "\n".join([f"{word} {level.name} {{", *(f"  {line}" for line in lines), "}"])


def _relation(row: Row, body: str) -> str:
    if row.lower == row.upper:
        return f"{body} == {number(row.lower)}"
    if math.isinf(row.lower):
        return f"{body} <= {number(row.upper)}"
    if math.isinf(row.upper):
        return f"{body} >= {number(row.lower)}"
    return f"{number(row.lower)} <= {body} <= {number(row.upper)}"


def number(value: float) -> str:
    return f"{value:.12g}"
