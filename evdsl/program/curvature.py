"""Refuses objectives of followers and references that are not convex in their own variables."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evdsl.program.convexity import not_convex
from evdsl.program.linear import Family, Ints, Products
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.text import Span


def refuse_not_convex(
    columns: tuple[Family, ...],
    owner: Ints,
    products: Products,
    senses: Ints,
    objectives: Mapping[str, Span | None],
) -> None:
    """Raise EvdslError (E0419) for the first term of each objective that is not convex.

    `products` are those of objectives, whose `row` is the number k of the problem, `owner` (n,)
    says whose each column is and `senses` (K + 1,) are 1 for a minimum and -1 for a maximum. What
    others decide is data to a problem, so only products of two own columns count. `objectives` say
    where the objective of each block stands.
    """
    own = (owner[products.first] == products.row) & (owner[products.second] == products.row)
    mine = products.where(own)
    turned = Products(mine.row, mine.first, mine.second, senses[mine.row] * mine.coef)
    bad = np.flatnonzero(not_convex(turned, len(owner)))
    problems: dict[str, Diagnostic] = {}
    for k in bad.tolist():
        one, other = int(turned.first[k]), int(turned.second[k])
        family = next(f for f in columns if f.start <= one < f.stop)
        names = [next(f for f in columns if f.start <= j < f.stop).label(j) for j in (one, other)]
        term = f"{names[0]}^2" if one == other else f"{names[0]} * {names[1]}"
        shape = "convex" if senses[turned.row[k]] > 0 else "concave"
        problems.setdefault(
            family.block,
            Diagnostic(
                "E0419",
                f"the objective of `{family.block}` is not {shape} in its own variables: `{term}`",
                objectives.get(family.block),
                label="not convex",
                help="a follower's minimum must be convex, a maximum concave; others' variables "
                "are data to it, so products with them are free",
                place=f"objective {family.block}",
            ),
        )
    if problems:
        raise EvdslError(list(problems.values()))
