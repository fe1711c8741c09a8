"""Refuses numbers that no solver can hold, by the name of the row or the variable they stand at.

HiGHS refuses coefficients from 1e15 on and drops those up to 1e-9, which SCIP takes for 0 too; both
read limits from 1e20 on as infinite.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from evdsl.program.linear import Bools, Family, Floats, Ints, Linear, Products
from evdsl.source.diagnostic import Diagnostic, EvdslError

_COEFFICIENT = 1e15
_LIMIT = 1e20
_DROPPED = 1e-9
_ROUNDING = 1e-13
_FELT = 1e-6


def refuse_unusable(
    linear: Linear, costs: Sequence[Floats], products: Products | None = None
) -> None:
    """Raise EvdslError with E0416 and E0424, one message for each kind of number of a family.

    `costs` are coefficients (n,) in objectives, `products` those of the followers' objectives.
    """
    problems = [*_coefficients(linear), *_dropped(linear), *_limits(linear)]
    for terms in (linear.products, products or Products.none()):
        problems += _factors(linear, terms)
    for cost in costs:
        problems += _prices(linear, cost)
    if not np.isfinite(linear.constant):
        message = f"the constant part of the objective is {linear.constant:g}"
        problems.append(Diagnostic("E0416", message))
    if problems:
        raise EvdslError(problems)


def _coefficients(linear: Linear) -> Iterator[Diagnostic]:
    size = np.abs(linear.A.data)
    if size.max(initial=0.0) < _COEFFICIENT:
        return
    wrong = np.flatnonzero(~(size < _COEFFICIENT))
    row = np.searchsorted(linear.A.indptr, wrong, side="right") - 1
    for family, place in _firsts(linear.rows, row):
        at = wrong[place]
        column = linear.column_name(int(linear.A.indices[at]))
        where = f"in `{linear.row_name(int(row[place]))}`"
        what = f"the coefficient of `{column}` {where}"
        yield _diagnostic(what, float(linear.A.data[at]), family, _UNITS)


def _dropped(linear: Linear) -> Iterator[Diagnostic]:
    """Coefficients that solvers drop from a row although it can be felt.

    One that is tiny beside another of its row is a rounding of 0.
    """
    size = np.abs(linear.A.data)
    if size.min(initial=np.inf) > _DROPPED:
        return
    row, column = (place.astype(np.int64) for place in linear.A.tocoo().coords)
    largest = np.zeros(linear.shape[0])
    np.maximum.at(largest, row, size)
    reach = np.maximum(np.abs(linear.lower), np.abs(linear.upper))[column]
    small = (size <= _DROPPED) & (size > _ROUNDING * largest[row])
    small[small] = size[small] * reach[small] > _FELT
    wrong = np.flatnonzero(small)
    for family, place in _firsts(linear.rows, row[wrong]):
        at = wrong[place]
        name = linear.column_name(int(column[at]))
        what = f"the coefficient of `{name}` in `{linear.row_name(int(row[at]))}`"
        yield Diagnostic(
            "E0424",
            f"{what} is {float(linear.A.data[at]):g}, which solvers take for 0",
            family.span,
            help="multiply the row by a number, or choose units that keep coefficients above 1e-9",
            place=f"member {family.path}",
        )


def _prices(linear: Linear, cost: Floats) -> Iterator[Diagnostic]:
    wrong = np.flatnonzero(~(np.abs(cost) < _COEFFICIENT))
    for family, place in _firsts(linear.columns, wrong):
        column = int(wrong[place])
        what = f"the coefficient of `{linear.column_name(column)}` in an objective"
        yield _diagnostic(what, float(cost[column]), family, _UNITS)


def _factors(linear: Linear, products: Products) -> Iterator[Diagnostic]:
    wrong = np.flatnonzero(~(np.abs(products.coef) < _COEFFICIENT))
    for place in wrong[:1].tolist():
        one, other = int(products.first[place]), int(products.second[place])
        family = next(f for f in linear.columns if f.start <= one < f.stop)
        what = f"the coefficient of `{linear.column_name(one)} * {linear.column_name(other)}`"
        yield _diagnostic(what, float(products.coef[place]), family, _UNITS)


def _limits(linear: Linear) -> Iterator[Diagnostic]:
    for families, side, values, word in (
        (linear.columns, -1, linear.lower, "the lower limit of"),
        (linear.columns, 1, linear.upper, "the upper limit of"),
        (linear.rows, -1, linear.row_lower, "the lower side of"),
        (linear.rows, 1, linear.row_upper, "the upper side of"),
    ):
        wrong = np.flatnonzero(_no_limit(values, side))
        for family, place in _firsts(families, wrong):
            at = int(wrong[place])
            yield _diagnostic(f"{word} `{family.label(at)}`", float(values[at]), family, _OPEN)


def _no_limit(values: Floats, side: int) -> Bools:
    usable: Bools = (values == side * np.inf) | (np.abs(values) < _LIMIT)
    return ~usable


def _firsts(families: Sequence[Family], places: Ints) -> Iterator[tuple[Family, int]]:
    """Each family that holds some of the sorted `places`, and where the first of its own stands."""
    for family in families:
        start, stop = np.searchsorted(places, (family.start, family.stop))
        if start < stop:
            yield family, int(start)


def _diagnostic(what: str, value: float, family: Family, mend: str) -> Diagnostic:
    place = f"member {family.path}"
    if np.isfinite(value):
        message = f"{what} is {value:g}, which is too large for a solver"
        return Diagnostic("E0424", message, family.span, help=mend, place=place)
    shown = "not a number" if np.isnan(value) else f"{value:g}"
    return Diagnostic("E0416", f"{what} is {shown}", family.span, place=place)


_UNITS = "choose units that keep coefficients below 1e15"
_OPEN = "write `inf` where there is no limit"
