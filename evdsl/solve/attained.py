"""An infimum that no point attains, as far as an answer shows it.

The bilevel answers of linear and convex quadratic followers are a closed set: finitely many
polyhedra, of each of which a linear or quadratic objective attains its least value if it has one
(M. Frank and P. Wolfe, Naval Research Logistics Quarterly 3, 1956). With products in a row of the
leader it may come ever closer to a value that no point has, but only along a column of a product
that has no limit: `x -> 0` with `x * y >= 1`. A solver then returns a point far out.
"""

from __future__ import annotations

import numpy as np

from evdsl.program.linear import Floats
from evdsl.program.program import Program
from evdsl.solve.part import family_of
from evdsl.source.diagnostic import Diagnostic

_FAR = 1e6


def far_out(program: Program, x: Floats) -> tuple[Diagnostic, ...]:
    """W0609 where a column of a product in a row is beyond 1e6 at `x` (n,), with no limit there."""
    joint = program.joint
    terms = joint.products.of_rows
    held = np.zeros(joint.shape[1], np.bool_)
    held[terms.columns] = True
    limit = np.where(x > 0, joint.upper, joint.lower)
    beyond = np.flatnonzero(held & (np.abs(x) >= _FAR) & np.isinf(limit))
    if not len(beyond):
        return ()
    j = int(beyond[np.argmax(np.abs(x[beyond]))])
    name, side = joint.column_name(j), "upper" if x[j] > 0 else "lower"
    row = joint.row_name(int(terms.row[(terms.first == j) | (terms.second == j)][0]))
    message = f"the best value need not be attained: `{name}` is beyond 1e6 at this answer"
    family = family_of(joint.columns, j)
    return (
        Diagnostic(
            "W0609",
            message,
            span=family.span,
            notes=(f"it has no {side} limit, and stands in a product in `{row}`",),
            help=f"give `{family.path}` a finite {side} limit, within which a best answer exists",
            severity="warning",
        ),
    )
