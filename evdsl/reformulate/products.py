"""Products that the followers' optimality conditions make linear: Kkt gives a Kkt with fewer.

At every solution these sums are zero, for each multiplier `λ_i` of a side `a_i z >= b_i` (or `<=`,
`==`) and for each follower column `y_j`:

    P_i   λ_i (a_i z - b_i)                                      complementarity
    S_j   y_j (Σ_i s_i a_ij λ_i - h_j z - c_j)                    stationarity

A row or objective keeps its value there when `α_i P_i` and `β_j S_j` are added, and the factors can
often be chosen so that its products cancel. With all `β_j` of a follower alike, and `α_i = -s_i β`,
this is strong duality: the revenue `tariff × quantity` becomes the follower's dual objective. A
price times a quantity, `λ_t (sell_t - buy_t)`, is taken apart row by row the same way (as C. Ruiz
and A. J. Conejo do by hand, IEEE Transactions on Power Systems 24, 2009).

Each product but that of two columns of one follower is an equation for one or two factors,

    (λ_i, y_j)   a_ij α_i + s_i a_ij β_j + r = 0         (λ_i, x_k)   a_ik α_i + r = 0
    (y_j, x_k)   -h_jk β_j + r = 0

where `r` is the product's own coefficient. So the factors that hang together follow from one of
them, and the equations either agree or do not; where they do not, the products stay as they are.
What is left in the columns of one follower may be convex: that is judged later.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from evdsl.program.convexity import squares
from evdsl.program.joins import match
from evdsl.program.linear import Floats, Ints, Linear, Products
from evdsl.program.program import READ
from evdsl.reformulate.cancel import Identities, cancelling, identities_of
from evdsl.reformulate.kkt import Kkt

_AGREE = 1e-9


def without_products(kkt: Kkt) -> Kkt:
    """`kkt` with the products of its rows and of its objective cancelled where that can be done.

    A row or an objective that does not become easier stays as it is.
    """
    if not len(kkt.linear.products):
        return kkt
    linear = _with_multipliers(kkt)
    identities = identities_of(kkt)
    for target in np.unique(linear.products.row).tolist():
        own = linear.products.where(linear.products.row == target)
        changed = _added(identities, linear, target, *cancelling(identities, own))
        if _difficulty(changed, target) < _difficulty(linear, target):
            linear = changed
    return replace(kkt, linear=linear)


def _difficulty(linear: Linear, target: int) -> tuple[bool, int]:
    """Whether an objective is not convex, or a row not linear, and how many products there are."""
    own = linear.products.where(linear.products.row == target)
    if target >= 0:
        return len(own) > 0, len(own)
    return squares(own.scaled(linear.sense), linear.shape[1]) is None, len(own)


def _with_multipliers(kkt: Kkt) -> Linear:
    """The single level with multipliers in the place of the columns that stand for them."""
    linear, n = kkt.linear, kkt.program.joint.shape[1]
    read = np.flatnonzero(kkt.program.column_owner == READ)
    if not len(read):
        return linear
    rows = sparse.coo_array(linear.A[kkt.linear.shape[0] - len(read) :])
    row, column = rows.coords
    of_dual = column >= n
    meaning = read[row[of_dual]], column[of_dual].astype(np.int64), -rows.data[of_dual]
    terms = linear.products
    first = _replaced(terms.row, terms.first, terms.second, terms.coef, read, meaning)
    target, second, one, coef = first
    return replace(
        linear, products=Products.of(*_replaced(target, second, one, coef, read, meaning))
    )


def _replaced(
    target: Ints,
    column: Ints,
    other: Ints,
    coef: Floats,
    read: Ints,
    meaning: tuple[Ints, Ints, Floats],
) -> tuple[Ints, Ints, Ints, Floats]:
    """The terms with `column` replaced where it stands for multipliers, and the columns swapped."""
    kept = ~np.isin(column, read)
    stands, dual, factor = meaning
    term, entry = match(np.where(kept, -1, column), stands)
    return (
        np.append(target[kept], target[term]),
        np.append(other[kept], other[term]),
        np.append(column[kept], dual[entry]),
        np.append(coef[kept], coef[term] * factor[entry]),
    )


def _added(
    identities: Identities, linear: Linear, target: int, alpha: Floats, beta: Floats
) -> Linear:
    """`linear` with `Σ α_i P_i + Σ β_j S_j` added to its objective or row `target`."""
    if not alpha.any() and not beta.any():
        return linear
    n = identities.n
    sides, mine, slope = (
        sparse.coo_array(m) for m in (identities.sides, identities.mine, identities.slope)
    )
    pieces = [
        (n + sides.coords[0], sides.coords[1], alpha[sides.coords[0]] * sides.data),
        (
            n + mine.coords[0],
            mine.coords[1],
            identities.sign[mine.coords[0]] * beta[mine.coords[1]] * mine.data,
        ),
        (slope.coords[0], slope.coords[1], -beta[slope.coords[0]] * slope.data),
    ]
    first, second, coef = (np.concatenate(part) for part in zip(*pieces, strict=True))
    kept = coef != 0
    first, second, coef = first[kept], second[kept], coef[kept]
    own = linear.products.where(linear.products.row == target)
    others = linear.products.where(linear.products.row != target)
    total = own.plus(Products.of(np.full(len(coef), target), first, second, coef))
    size = max(float(np.abs(own.coef).max(initial=0.0)), float(np.abs(coef).max(initial=0.0)))
    total = total.where(np.abs(total.coef) > _AGREE * size)
    change = np.zeros(linear.shape[1])
    change[:n] = -beta * identities.cost
    change[n : n + len(alpha)] = np.where(alpha != 0, -alpha * _finite(identities.limit), 0.0)
    if target < 0:
        return replace(linear, cost=linear.cost + change, products=others.plus(total))
    matrix = sparse.csr_array(
        linear.A
        + sparse.csr_array(
            (change, (np.full(len(change), target), np.arange(len(change)))),
            shape=linear.shape,
        )
    )
    matrix.eliminate_zeros()
    return replace(linear, A=matrix, products=others.plus(total))


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, 0.0)
