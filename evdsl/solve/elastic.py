"""How far the leader's rows are missed at best, over all that the followers can answer.

Each row of the leader that holds followers' variables gets room to be missed, and the sum of all
misses, rows scaled, takes the place of the leader's objective: two levels again, solved on the
route that found no solution.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from evdsl.backends.options import SolveOptions
from evdsl.program.keys import scalar
from evdsl.program.linear import Bools, Family, Floats, Ints, Products
from evdsl.program.program import Program
from evdsl.solve.answerable import coupling_rows
from evdsl.solve.conflict import row_scale
from evdsl.solve.followers import linked_columns
from evdsl.solve.judge import judge
from evdsl.solve.part import NAMED, family_of
from evdsl.solve.route import Route
from evdsl.source.diagnostic import Diagnostic, EvdslError

_MISSED = 1e-6
_GAP = 1e-6


@dataclass(frozen=True, eq=False)
class Missed:
    """The `rows` that are missed where the sum of all misses is least, and by how much each; `x`
    (n,) is the bilevel point without them."""

    rows: Ints
    by: Floats
    x: Floats


def missed_rows(program: Program, route: Route, options: SolveOptions) -> Missed | None:
    """The least misses of the leader's rows; None where they are not proved within the limits."""
    found = _least(program, route, options, coupling_rows(program))
    return found if found is not None and len(found.rows) else None


def least_miss(
    program: Program, route: Route, options: SolveOptions, missed: Missed, row: int
) -> float:
    """How far one row is missed at best without the leader's others that hold followers' variables;
    0 where it can be met, nan where that is not proved within the limits. `missed` is what is
    missed with them, and the answer where there are no others."""
    others = coupling_rows(program)
    others[row] = False
    found: Missed | None = missed
    if others.any():
        only = np.arange(len(others)) == row
        found = _least(_without(program, others), route, options, only)
    if found is None:
        return math.nan
    return float(found.by[0]) if len(found.rows) else 0.0


def explain_missed(program: Program, missed: Missed, alone: Sequence[float]) -> Diagnostic:
    """E0541 with the rows that are missed, how far at best, and what is answered there.

    `alone` is the `least_miss` of each of the first rows.
    """
    joint = program.joint
    names = [f"`{joint.row_name(i)}`" for i in missed.rows[:NAMED].tolist()]
    each = {name: by for name, by in zip(names, alone, strict=False) if by > _MISSED}
    message = "the followers have answers, but each of them violates a row of the leader"
    if len(each) == 1:
        message = f"the leader's row {next(iter(each))} contradicts every answer of the followers"
    elif each:
        rows = " and ".join(each)
        message = f"the leader's rows {rows} each contradict every answer of the followers"
    notes = [f"{name} is missed by {by:.6g} at least" for name, by in each.items()]
    if not each and len(names) == 1:
        others = "the leader's other rows over followers' variables"
        notes.append(f"where {others} are met, {names[0]} is missed by {missed.by[0]:.6g} at least")
    elif len(each) < len(missed.rows):
        amounts = zip(names, missed.by.tolist(), strict=False)
        said = " and ".join(f"{name} is missed by {by:.6g}" for name, by in amounts)
        notes.append(f"where all misses together are least, {said}")
    notes.append(f"the nearest answer: {_values(program, missed)}")
    return Diagnostic(
        "E0541",
        message,
        span=family_of(joint.rows, int(missed.rows[0])).span,
        notes=tuple(notes),
        help="relax these rows, or give the leader a variable that moves the follower",
    )


def _least(program: Program, route: Route, options: SolveOptions, soft: Bools) -> Missed | None:
    elastic = _elastic(program, np.flatnonzero(soft))
    try:
        single = replace(route, extend=None).encode(elastic)
        answer = route.solve(single, single.encoded.mip, replace(options, gap=_GAP))
    except EvdslError:
        return None
    verdict = judge(elastic, single, answer, (), _GAP)
    if verdict.status != "optimal" or verdict.found is None:
        return None
    n = program.joint.shape[1]
    rows = np.flatnonzero(soft)
    under, over = np.split(verdict.found.x[n:], 2)
    by = under + over
    order = np.argsort(-by * elastic.joint.cost[n : n + len(rows)], kind="stable")
    kept = order[by[order] > _MISSED]
    return Missed(rows[kept], by[kept], verdict.found.x[:n])


def _elastic(program: Program, soft: Ints) -> Program:
    """`program` with two columns behind the others for each soft row: what it is under and over."""
    joint, s = program.joint, len(soft)
    m, n = joint.shape
    eye = sparse.csr_array((np.ones(s), (soft, np.arange(s))), shape=(m, s))
    price = 1.0 / row_scale(joint)[soft]
    names = [f"{word}[{i}]" for word in ("under", "over") for i in range(s)]
    added = tuple(Family("", name, scalar(), n + i, "auxiliary") for i, name in enumerate(names))
    wide = replace(
        joint,
        columns=(*joint.columns, *added),
        A=sparse.csr_array(sparse.hstack([joint.A, eye, -eye])),
        lower=np.append(joint.lower, np.zeros(2 * s)),
        upper=np.append(joint.upper, np.full(2 * s, np.inf)),
        integer=np.append(joint.integer, np.zeros(2 * s, np.bool_)),
        cost=np.concatenate([np.zeros(n), price, price]),
        constant=0.0,
        sense=1,
        products=joint.products.of_rows,
    )
    K = len(program.followers)
    return replace(
        program,
        joint=wide,
        column_owner=np.append(program.column_owner, np.zeros(2 * s, np.int64)),
        follower_cost=np.append(program.follower_cost, np.zeros(2 * s)),
        foreign_cost=sparse.csr_array(
            sparse.hstack([program.foreign_cost, sparse.csr_array((K, 2 * s))])
        ),
    )


def _without(program: Program, rows: Bools) -> Program:
    """`program` where these rows of the leader are empty and say nothing."""
    joint = program.joint
    terms = joint.products
    dropped: Products = terms.where((terms.row < 0) | ~rows[terms.row])
    return replace(
        program,
        joint=replace(
            joint,
            A=sparse.csr_array(sparse.diags_array((~rows).astype(float)) @ joint.A),
            row_lower=np.where(rows, -np.inf, joint.row_lower),
            row_upper=np.where(rows, np.inf, joint.row_upper),
            products=dropped,
        ),
    )


def _values(program: Program, missed: Missed) -> str:
    """The first missed row's followers' variables, and the decisions that the followers read."""
    joint = program.joint
    row = int(missed.rows[0])
    terms = joint.products.of_rows
    inside = terms.row == row
    held = np.zeros(joint.shape[1], np.bool_)
    held[joint.A[[row]].indices] = True
    held[terms.first[inside]] = held[terms.second[inside]] = True
    answer = np.flatnonzero(held & (program.column_owner != 0))[:NAMED].tolist()
    decision = np.flatnonzero(linked_columns(program))[:NAMED].tolist()
    said = ", ".join(f"`{joint.column_name(j)}` = {missed.x[j]:.6g}" for j in answer)
    where = ", ".join(f"`{joint.column_name(j)}` = {missed.x[j]:.6g}" for j in decision)
    return f"{said} to {where}" if where else said
