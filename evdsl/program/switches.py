"""Binaries of the leader that switch a follower's variable in the follower's rows.

In a row of a follower let a binary `z` of the leader multiply the follower's variable `y`, with
`L <= y <= U` for whatever the leader decides. The product becomes a column `w` of the follower's,
with the rows (G. P. McCormick, Mathematical Programming 10, 1976)

    w <= U z,    w >= L z,    w <= y - L (1 - z),    w >= y - U (1 - z)

which for each `z` in {0, 1} leave nothing but `w = z y` and cut off no `y`. So the follower stays a
linear program with the leader's variables on its right side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evdsl.program.assembly import Assembly, Rows
from evdsl.program.form import Form, Term
from evdsl.program.keys import Keys
from evdsl.program.limits import Limits, implied_limits
from evdsl.program.linear import Family, Floats, Ints, Linear, Products
from evdsl.source.diagnostic import Diagnostic, EvdslError


def switch_off(assembly: Assembly) -> None:
    """Makes the followers' rows linear. Raises EvdslError (E0427) where a limit is not known."""
    switched = [at for at, rows in enumerate(assembly.rows) if _is_switched(rows)]
    if not switched:
        return
    limits = _limits(assembly)
    made: dict[tuple[int, int], Ints] = {}
    for at in switched:
        assembly.rows[at] = _linear(assembly, assembly.rows[at], limits, made)


def _is_switched(rows: Rows) -> bool:
    return bool(len(rows.products)) and bool((rows.owner > 0).all())


@dataclass(frozen=True, eq=False)
class _Pair:
    """Products of two families: `binary` and `follower` (e,) are their columns."""

    one: Family
    other: Family
    binary: Ints
    follower: Ints


def _linear(
    assembly: Assembly, rows: Rows, limits: Limits, made: dict[tuple[int, int], Ints]
) -> Rows:
    """The rows with each product replaced by its column, which is made if it is new."""
    products, owner = rows.products, assembly.column_owner()
    led = owner[products.first] == 0
    binary = np.where(led, products.first, products.second)
    follower = np.where(led, products.second, products.first)
    new = [k for k, pair in enumerate(zip(binary, follower, strict=True)) if pair not in made]
    if new:
        unique = np.unique(np.stack([binary[new], follower[new]]), axis=1)
        for pair in _by_family(assembly, unique[0], unique[1]):
            columns = _stand_for(assembly, pair, limits)
            made |= dict(zip(zip(pair.binary, pair.follower, strict=True), columns, strict=True))
    columns = np.array([made[pair] for pair in zip(binary, follower, strict=True)], np.int64)
    switched = Term(products.row, columns, products.coef)
    return replace(rows, terms=(*rows.terms, switched), products=Products.none())


def _by_family(assembly: Assembly, binary: Ints, follower: Ints) -> list[_Pair]:
    found = []
    for one in assembly.columns:
        for other in assembly.columns:
            mine = (one.start <= binary) & (binary < one.stop)
            mine &= (other.start <= follower) & (follower < other.stop)
            if mine.any():
                found.append(_Pair(one, other, binary[mine], follower[mine]))
    return found


def _stand_for(assembly: Assembly, pair: _Pair, limits: Limits) -> Ints:
    """The columns that stand for the products, with their rows."""
    lower, upper = limits.lower[pair.follower], limits.upper[pair.follower]
    _refuse_unlimited(pair, lower, upper)
    keys = _joined_keys(
        pair.one.keys.take(pair.binary - pair.one.start),
        pair.other.keys.take(pair.follower - pair.other.start),
    )
    block, name = pair.other.block, f"{pair.other.name}.if.{pair.one.name}"
    bind = tuple(f"{word}_{k}" for k, word in enumerate((*pair.one.bind, *pair.other.bind)))
    owner = assembly.column_owner()[pair.follower]
    family = assembly.add_columns(
        block, name, keys, owner, role="auxiliary", bind=bind, span=pair.other.span
    )
    assembly.limit(family, np.minimum(lower, 0.0), np.maximum(upper, 0.0))
    w, z, y = (
        Form(keys.size, 0.0, (Term(None, columns, 1.0),))
        for columns in (np.arange(family.start, family.stop), pair.binary, pair.follower)
    )
    off = z.times(-1.0).plus(1.0)
    bodies = (
        (w.plus(z.times(-upper)), -np.inf, 0.0),
        (w.plus(z.times(-lower)), 0.0, np.inf),
        (w.plus(y.times(-1.0)).plus(off.times(lower)), -np.inf, 0.0),
        (w.plus(y.times(-1.0)).plus(off.times(upper)), 0.0, np.inf),
    )
    for k, (body, low, high) in enumerate(bodies, 1):
        assembly.add_rows(
            block,
            f"{name}.{k}",
            keys,
            body,
            np.array(low),
            np.array(high),
            owner,
            role="auxiliary",
            bind=bind,
            span=pair.other.span,
        )
    return np.arange(family.start, family.stop)


def _joined_keys(one: Keys, other: Keys) -> Keys:
    return Keys((*one.dims, *other.dims), (*one.codes, *other.codes), one.size)


def _limits(assembly: Assembly) -> Limits:
    """What the followers' rows imply whatever the leader decides within its own limits.

    Rows that two followers share say nothing here: one of them may not know of the other's.
    """
    width = assembly.width
    whole = assembly.linear(np.zeros(width), 0.0, 1)
    row_owner, column_owner = assembly.row_owner(), assembly.column_owner()
    entries = whole.A.tocoo()
    row, column = entries.coords
    foreign = (column_owner[column] != 0) & (column_owner[column] != row_owner[row])
    silent = row_owner == 0
    silent[row[foreign]] = True
    silent[whole.products.of_rows.row] = True
    kept: Linear = replace(
        whole,
        row_lower=np.where(silent, -np.inf, whole.row_lower),
        row_upper=np.where(silent, np.inf, whole.row_upper),
        products=Products.none(),
    )
    return implied_limits(kept)


def _refuse_unlimited(pair: _Pair, lower: Floats, upper: Floats) -> None:
    endless = np.flatnonzero(np.isinf(lower) | np.isinf(upper))
    if not len(endless):
        return
    at = int(endless[0])
    name = pair.other.label(int(pair.follower[at]))
    side = "upper" if np.isinf(upper[at]) else "lower"
    raise EvdslError(
        [
            Diagnostic(
                "E0427",
                f"`{pair.one.label(int(pair.binary[at]))}` switches `{name}`, "
                f"which has no {side} limit",
                pair.other.span,
                help=f"give `{name}` a finite {side} limit",
                place=f"variable {pair.other.path}",
            )
        ]
    )
