"""Expressions of the language, as frozen dataclasses.

Names are kept as written and are resolved by `evdsl.check`; spans never take part in comparison,
so an expression that was parsed equals the same one built in Python:

>>> Name("x") - 4 * Name("low").member("y") == Binary(
...     "-", Name("x"), Binary("*", Number(4), Member(Name("low"), "y")))
True
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import copysign
from typing import TypeAlias, Union

from evdsl.source.text import Span

Scalar: TypeAlias = Union["Expr", int, float, str, bool]


@dataclass(frozen=True)
class Node:
    """What everything in the IR is: it may know the piece of text that it came from."""

    span: Span | None = field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class Unit(Node):
    """A unit as a product of powers, in the order written.

    `EUR/MWh` is `(("EUR", 1), ("MWh", -1))`, and `1` is `()`.
    """

    factors: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Expr(Node):
    """An expression. Python's `+ - * / **`, unary `-` and `[...]` build larger ones."""

    def __add__(self, other: Scalar) -> Expr:
        return Binary("+", self, expr(other))

    def __radd__(self, other: Scalar) -> Expr:
        return Binary("+", expr(other), self)

    def __sub__(self, other: Scalar) -> Expr:
        return Binary("-", self, expr(other))

    def __rsub__(self, other: Scalar) -> Expr:
        return Binary("-", expr(other), self)

    def __mul__(self, other: Scalar) -> Expr:
        return Binary("*", self, expr(other))

    def __rmul__(self, other: Scalar) -> Expr:
        return Binary("*", expr(other), self)

    def __truediv__(self, other: Scalar) -> Expr:
        return Binary("/", self, expr(other))

    def __rtruediv__(self, other: Scalar) -> Expr:
        return Binary("/", expr(other), self)

    def __pow__(self, other: Scalar) -> Expr:
        return Binary("^", self, expr(other))

    def __neg__(self) -> Expr:
        return Unary("-", self)

    def __getitem__(self, index: Scalar | tuple[Scalar, ...]) -> At:
        items = index if isinstance(index, tuple) else (index,)
        return At(self, tuple(expr(item) for item in items))

    def member(self, name: str) -> Member:
        """`self.name`: a block's member, a table's column, `.dual`, `.lower`, `.upper`."""
        return Member(self, name)


@dataclass(frozen=True)
class Number(Expr):
    """A number that is not negative, with the unit written behind it; `inf` is `Number(math.inf)`.

    `-1` is `Unary("-", Number(1))`, as in the text; `expr(-1)` makes that.
    """

    value: int | float
    unit: Unit | None = None


@dataclass(frozen=True)
class Text(Expr):
    """A text such as `"home"`: an element of a set, or a time stamp."""

    value: str


@dataclass(frozen=True)
class Truth(Expr):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True)
class Name(Expr):
    """A declared thing or a bound index, without its subscript."""

    name: str


@dataclass(frozen=True)
class Member(Expr):
    """`base.name`: a member of a block, a column of a table, `.dual`, `.lower`, `.upper`.

    A column whose name is no word is `fleet["charge max"]`, an `At` with a `Text` index, because
    only the checker knows that `fleet` is a table.
    """

    base: Expr
    name: str


@dataclass(frozen=True)
class Columns(Expr):
    """`trips.(vehicle, trip)`: several columns of a table, as a set of tuples."""

    base: Expr
    names: tuple[str, ...]


@dataclass(frozen=True)
class At(Expr):
    """`base[index, ...]`, or `base[index, ... else otherwise]` off the end of a set."""

    base: Expr
    index: tuple[Expr, ...]
    otherwise: Expr | None = None


@dataclass(frozen=True)
class Call(Expr):
    """A function or a mapping: `prev(t)`, `abs(x)`, `f(t)`."""

    function: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True)
class Unary(Expr):
    """`-x` or `not x`."""

    op: str
    operand: Expr


@dataclass(frozen=True)
class Binary(Expr):
    """`+ - * / ^ div mod`, the logical `and or`, and on sets `union minus`."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Compare(Expr):
    """A chain of comparisons: `a <= b < c` has the operands (a, b, c) and the ops (`<=`, `<`)."""

    operands: tuple[Expr, ...]
    ops: tuple[str, ...]


@dataclass(frozen=True)
class In(Expr):
    """`x in S` or `(v, t) in P`; the element of the second is a `Tuple`."""

    element: Expr
    set: Expr


@dataclass(frozen=True)
class Tuple(Expr):
    """`(v, t)`: only before `in`."""

    items: tuple[Expr, ...]


@dataclass(frozen=True)
class Choice(Expr):
    """`if condition then taken else other`; only the taken side is evaluated."""

    condition: Expr
    taken: Expr
    other: Expr


@dataclass(frozen=True)
class Binder(Node):
    """`t in T` has the names ("t",); `(v, t) in P` has two; the short `[V, T]` has none."""

    names: tuple[str, ...]
    set: Expr


@dataclass(frozen=True)
class Binders(Node):
    """What stands in a header or behind a reducer: `t in T, v in V : condition`."""

    items: tuple[Binder, ...]
    where: Expr | None = None


@dataclass(frozen=True)
class Reduce(Expr):
    """`sum{...}(body)`, `mean`, `min`, `max`; `count{...}` has no body."""

    function: str
    binders: Binders
    body: Expr | None = None


@dataclass(frozen=True)
class Range(Expr):
    """`low..high`: the whole numbers from low to high, both included."""

    low: Expr
    high: Expr


@dataclass(frozen=True)
class SetLiteral(Expr):
    """`{"home", "work"}` or `{1, 2, 3}`."""

    elements: tuple[int | str, ...]


@dataclass(frozen=True)
class Comprehension(Expr):
    """`{t in T : condition}`, `{v in V, t in T : condition}`."""

    binders: Binders


@dataclass(frozen=True)
class MapLiteral(Expr):
    """`{"low": 0.3, "high": 0.7}`: a parameter's values by element."""

    items: tuple[tuple[int | str, Expr], ...]


def expr(value: Scalar) -> Expr:
    """A Python number, text or truth value as an expression; an expression as it is."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, bool):
        return Truth(value)
    if isinstance(value, str):
        return Text(value)
    return Unary("-", Number(-value)) if copysign(1, value) < 0 else Number(value)
