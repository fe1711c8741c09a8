"""Products with a column that cannot move are linear."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from evdsl.program.linear import Linear, Products


def settled(linear: Linear) -> Linear:
    """`linear` with each product that has a fixed column, or two, as part of costs and rows."""
    terms = linear.products
    fixed = linear.lower == linear.upper
    hit = fixed[terms.first] | fixed[terms.second]
    if not hit.any():
        return linear
    gone = terms.where(hit)
    swap = ~fixed[gone.first]
    known = np.where(swap, gone.second, gone.first)
    other = np.where(swap, gone.first, gone.second)
    value = gone.coef * linear.lower[known]
    of_objective = gone.row < 0
    m, n = linear.shape
    cost = linear.cost + np.bincount(other[of_objective], value[of_objective], minlength=n)
    rows = ~of_objective
    added = sparse.csr_array((value[rows], (gone.row[rows], other[rows])), shape=(m, n))
    left = terms.where(~hit)
    return replace(
        linear,
        A=sparse.csr_array(linear.A + added),
        cost=cost,
        products=Products.of(left.row, left.first, left.second, left.coef),
    )
