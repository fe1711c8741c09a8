"""What a unit of level and of price is worth at each cut where an answer stands.

With the choices of an answer's pairs fixed, what is left is a linear program. Cut into windows
whose copies must agree, the multipliers of that agreement are prices at which the windows alone
would hand on what the answer does.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from evdsl.program.linear import Floats, Linear, Products
from evdsl.program.lp import solve_lp
from evdsl.solve.bound.chained import Chained
from evdsl.solve.bound.window import Part
from evdsl.solve.polish import Polished


def worth(chained: Chained, answer: Polished) -> Floats | None:
    """(W, 2): the prices at each cut; None where squares or a failure of the solver leave none."""
    parts = [part["highs"] for part in chained.parts]
    if any(len(part.mip.linear.products) for part in parts):
        return None
    whole = _side_by_side(parts, chained.point(answer))
    agreement = _agreement(parts, chained)
    size = len(agreement.indptr) - 1
    zero = np.zeros(size)
    found = solve_lp(
        replace(
            whole,
            A=sparse.csr_array(sparse.vstack([whole.A, agreement])),
            row_lower=np.append(whole.row_lower, zero),
            row_upper=np.append(whole.row_upper, zero),
        )
    )
    if found.status != "optimal":
        return None
    prices = np.zeros((len(parts), 2))
    held = chained.hand >= 0
    prices[held] = -found.row_dual[whole.shape[0] :][: held.sum()]
    return prices


def _side_by_side(parts: list[Part], point: Floats) -> Linear:
    """All windows as one linear program, with the whole numbers of a point."""
    linears = [part.mip.linear for part in parts]
    at = np.concatenate([point[part.columns] for part in parts])
    whole = np.concatenate([linear.integer for linear in linears])
    lower = np.concatenate([linear.lower for linear in linears])
    upper = np.concatenate([linear.upper for linear in linears])
    lower[whole] = upper[whole] = np.round(at[whole])
    return Linear(
        columns=(),
        rows=(),
        A=sparse.csr_array(sparse.block_diag([linear.A for linear in linears])),
        row_lower=np.concatenate([linear.row_lower for linear in linears]),
        row_upper=np.concatenate([linear.row_upper for linear in linears]),
        lower=lower,
        upper=upper,
        integer=np.zeros_like(whole),
        cost=np.concatenate([linear.cost for linear in linears]),
        products=Products.none(),
    )


def _agreement(parts: list[Part], chained: Chained) -> sparse.csr_array:
    """Rows that are 0 where copies agree: those of level and price at each cut, then the rest."""
    starts = np.cumsum([0, *(len(part.columns) for part in parts)])
    pairs = []
    for cut, side in zip(*np.nonzero(chained.hand >= 0), strict=True):
        given = starts[cut - 1 if cut else len(parts) - 1] + parts[cut - 1].hand[2 + side]
        pairs.append((given, starts[cut] + parts[cut].hand[side]))
    columns = np.concatenate([part.columns for part in parts])
    others = np.flatnonzero(~np.isin(columns, chained.hand))
    order = others[np.argsort(columns[others], kind="stable")]
    same = columns[order[1:]] == columns[order[:-1]]
    pairs += zip(order[:-1][same], order[1:][same], strict=True)
    first, second = np.array(pairs, np.int64).reshape(-1, 2).T
    row, one = np.arange(len(pairs)), np.ones(len(pairs))
    entries = np.append(one, -one), (np.append(row, row), np.append(first, second))
    return sparse.csr_array(entries, shape=(len(pairs), len(columns)))
