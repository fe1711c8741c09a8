"""A block while it is grounded, and a point of its problem."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from evdsl.ir import model as ir
from evdsl.ir.expr import Binders
from evdsl.program.assembly import Assembly
from evdsl.program.form import Form, Term
from evdsl.program.frame import Frame
from evdsl.program.linear import Family, Floats, Ints
from evdsl.program.locate import Locator
from evdsl.program.program import Multipliers


@dataclass(frozen=True, eq=False)
class Point:
    """Values of all columns of a problem, with the multipliers of its rows and limits.

    `lower` and `upper` hold the multiplier of each column's limits, whether the limit is a number
    or a row.
    """

    x: Floats
    row: Floats
    lower: Floats
    upper: Floats


def point_of(assembly: Assembly, x: Floats, multipliers: Multipliers) -> Point:
    """A point whose limits' multipliers include those of limits that are rows."""
    lower, upper = multipliers.lower.copy(), multipliers.upper.copy()
    for rows in assembly.rows:
        if rows.family.role == "limit":
            side = lower if rows.family.name.endswith(".lower") else upper
            np.add.at(side, rows.limit_column, multipliers.row[rows.family.slice])
    return Point(x, multipliers.row, lower, upper)


@dataclass(frozen=True, eq=False)
class Located:
    """A family with the way from index elements to its members."""

    family: Family
    locator: Locator


@dataclass(eq=False)
class BlockValue:
    """A block while it is grounded: `frame` has one row for each of its elements."""

    declaration: ir.Block
    frame: Frame
    assembly: Assembly
    variables: dict[str, Located] = field(default_factory=dict)
    rows: dict[str, list[Located]] = field(default_factory=dict)
    readings: dict[str, Located] = field(default_factory=dict)
    point: Point | None = None
    grounded: bool = False
    _objective: Form | None = None

    @property
    def name(self) -> str:
        return self.declaration.name

    @cached_property
    def locator(self) -> Locator:
        return Locator(self.frame.keys())

    @cached_property
    def _declared(self) -> frozenset[str | None]:
        return frozenset(getattr(item, "name", None) for item in self.declaration.items)

    def has_member(self, name: str) -> bool:
        return name in self.variables or name in self.rows or name in self._declared

    @property
    def first_owner(self) -> int:
        assert self.frame.owner is not None
        return int(self.frame.owner[0]) if self.frame.size else 0

    def labels(self) -> list[str]:
        keys = self.frame.keys()
        return [self.name + keys.label(i) for i in range(self.frame.size)]


def own_columns(family: Family) -> tuple[Term, ...]:
    return (Term(None, np.arange(family.start, family.stop), 1.0),)


def bind_names(outer: Binders | None, inner: Binders | None) -> tuple[str, ...]:
    """The names of a family's indices, the block's first: what its tables' columns are called."""
    names: list[str] = []
    for binders in (outer, inner):
        for binder in binders.items if binders else ():
            new = [name for name in binder.names if name not in names]
            names.extend(new if binder.names else [getattr(binder.set, "name", "index")])
    return tuple(names)


def owner_of(frame: Frame) -> Ints:
    assert frame.owner is not None
    return frame.owner
