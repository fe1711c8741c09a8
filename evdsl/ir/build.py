"""Short forms for building a model in Python.

>>> from evdsl.ir import Constraint, Name, Var
>>> x, c_max = names("x c_max")
>>> t, = names("t")
>>> Var("x", within(0, c_max[t]), over(t="T"))
Var(name='x', domain=Domain(kind='real', bounds=...
>>> constraint("enough", at_least(total(over(t="T"), x[t]), 5))
Constraint(name='enough', operands=(Reduce(function='sum', ...

`==` compares nodes as Python values, so relations between expressions are made by `equal`,
`at_most`, `at_least` and `between`.
"""

from __future__ import annotations

from evdsl.ir.expr import (
    Binder,
    Binders,
    Call,
    Compare,
    Expr,
    Name,
    Reduce,
    Scalar,
    Unit,
    expr,
)
from evdsl.ir.model import Constraint, Domain, Interval


def names(text: str) -> tuple[Name, ...]:
    """`names("x t")` is `(Name("x"), Name("t"))`."""
    return tuple(Name(name) for name in text.split())


def over(*binders: Binder, where: Expr | None = None, **indices: str | Expr) -> Binders:
    """`over(t="T", v="V", where=...)` is `t in T, v in V : ...`; a text is the name of a set.

    Pairs are given as binders: `over(Binder(("v", "t"), Name("P")))`.
    """
    named = (
        Binder((index,), Name(of) if isinstance(of, str) else of) for index, of in indices.items()
    )
    return Binders((*binders, *named), where)


def total(binders: Binders, body: Scalar) -> Reduce:
    """`sum{...}(body)`."""
    return Reduce("sum", binders, expr(body))


def call(function: str, *arguments: Scalar) -> Call:
    """`call("prev", t)` is `prev(t)`."""
    return Call(function, tuple(map(expr, arguments)))


def unit(**powers: int) -> Unit:
    """`unit(EUR=1, MWh=-1)` is `EUR/MWh`."""
    return Unit(tuple(powers.items()))


def within(lower: Scalar, upper: Scalar, *, integer: bool = False) -> Domain:
    """The domain `in [lower, upper]`, or `integer in [lower, upper]`."""
    return Domain("integer" if integer else "real", interval(lower, upper))


def interval(lower: Scalar, upper: Scalar) -> Interval:
    """`[lower, upper]`; `math.inf` is no limit."""
    return Interval(expr(lower), expr(upper))


def equal(left: Scalar, right: Scalar) -> Compare:
    """`left == right`."""
    return Compare((expr(left), expr(right)), ("==",))


def at_most(left: Scalar, right: Scalar) -> Compare:
    """`left <= right`."""
    return Compare((expr(left), expr(right)), ("<=",))


def at_least(left: Scalar, right: Scalar) -> Compare:
    """`left >= right`."""
    return Compare((expr(left), expr(right)), (">=",))


def between(lower: Scalar, middle: Scalar, upper: Scalar) -> Compare:
    """`lower <= middle <= upper`."""
    return Compare((expr(lower), expr(middle), expr(upper)), ("<=", "<="))


def constraint(
    name: str, relation: Compare, binders: Binders | None = None, dual: Interval | None = None
) -> Constraint:
    """`constraint name[...]: relation dual in [...];`"""
    return Constraint(name, relation.operands, relation.ops, binders, dual)
