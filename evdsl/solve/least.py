"""What no answer is better than, from the limits alone: interval arithmetic over the objective.

A sum of squares or of absolute values is not negative. Where an answer reaches that, nobody needs
to look for a better one, and no solver's tolerances blur it.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy import sparse

from evdsl.program.limits import Limits, implied_limits
from evdsl.program.linear import Bools, Floats, Linear, Products


def least_value(joint: Linear) -> float:
    """A bound on the objective that holds at all points within the rows' and columns' limits; nan
    where these say nothing.

    Each column's square and linear term are taken together, so that `(c - 2)^2`, which is there as
    `c^2 - 4 c + 4`, has its least value 0; a product of two columns is taken for itself.
    """
    limits = _with_sums(joint, implied_limits(joint))
    terms = joint.products.of_objective.scaled(joint.sense)
    alike = terms.first == terms.second
    square = np.zeros(joint.shape[1])
    square[terms.first[alike]] = terms.coef[alike]
    with np.errstate(invalid="ignore"):
        parts = np.concatenate(
            [
                _least_of_columns(square, joint.sense * joint.cost, limits),
                _least_of_products(terms.where(~alike), limits),
            ]
        )
    least = joint.constant + joint.sense * float(parts.sum())
    return least if np.isfinite(least) else np.nan


def _least_of_columns(square: Floats, cost: Floats, limits: Limits) -> Floats:
    """(n,): the least value of `square x² + cost x` for each column, 0 where it has no cost."""
    there = (square != 0) | (cost != 0)
    curved = square > 0
    bottom = -cost / np.where(curved, 2.0 * square, 1.0)
    lower, upper = limits.lower, limits.upper
    ends = [_value(square, cost, end) for end in (lower, upper)]
    inside: Floats = np.clip(np.where(curved, bottom, 0.0), lower, upper)
    least = np.where(curved, _value(square, cost, inside), np.minimum(*ends))
    return np.where(there, least, 0.0)


def _value(square: Floats, cost: Floats, x: Floats) -> Floats:
    """0 where there is no cost, though the limit be infinite."""
    return np.where(square != 0, square * x**2, 0.0) + np.where(cost != 0, cost * x, 0.0)


def _least_of_products(terms: Products, limits: Limits) -> Floats:
    """(e,): the least value of each product of two columns."""
    corners = [
        terms.coef * one[terms.first] * other[terms.second]
        for one in (limits.lower, limits.upper)
        for other in (limits.lower, limits.upper)
    ]
    least: Floats = np.min(corners, axis=0)
    return least


def _with_sums(joint: Linear, limits: Limits) -> Limits:
    """With what two rows say together: `z >= e` and `z >= -e`, by which `abs` is written, give
    `z >= 0`."""
    lower = limits.lower.copy()
    made = [family for family in joint.rows if family.role == "auxiliary"]
    for one, other in pairwise(made):
        if one.size != other.size:
            continue
        total = sparse.csr_array(joint.A[one.slice] + joint.A[other.slice])
        total.eliminate_zeros()
        least = joint.row_lower[one.slice] + joint.row_lower[other.slice]
        single: Bools = np.diff(total.indptr) == 1
        entry = total.indptr[:-1][single]
        column, factor = total.indices[entry], total.data[entry]
        known = (factor > 0) & np.isfinite(least[single])
        np.maximum.at(lower, column[known], least[single][known] / factor[known])
    return Limits(lower, limits.upper)
