"""Why there is no bilevel answer, in words of leader and followers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from scipy import sparse

from evdsl.backends import highs
from evdsl.backends.options import SolveOptions
from evdsl.program.linear import Bools, Family, Floats, Ints, Linear
from evdsl.program.lp import solve_lp
from evdsl.program.mip import Mip
from evdsl.program.program import Program
from evdsl.solve.followers import followers
from evdsl.solve.polish import respond
from evdsl.solve.unbounded import unbounded_followers, unbounded_leader
from evdsl.source.diagnostic import Diagnostic

_NOTICEABLE = 1e-7
_NAMED = 3
_BRIEFLY = SolveOptions(time_limit=10)


def explain_infeasible(program: Program) -> list[Diagnostic]:
    """Why no leader decision has a bilevel answer.

    The followers that have no answer whatever the leader decides (E0532, one message a block);
    else the followers that are unbounded (E0533); else the leader's rows that no decision meets
    (E0540); else that there are answers, but that each of them violates the leader's rows (E0541).
    """
    return [*_without_answer(program)] or unbounded_followers(program) or [_leader_rows(program)]


def explain_response(program: Program, decision: Floats, origin: str) -> list[Diagnostic]:
    """Why `respond` finds no answer at this decision, which `origin` names: "baseline `simple`".

    Each follower without an answer there (E0534), each unbounded one (E0533), an unbounded leader
    (E0542), or what the leader demands and the answer violates (E0541); empty where the decision
    has a bilevel answer.
    """
    answer = respond(program, decision)
    if answer is None:
        return (
            [*_without_response(program, decision, origin)]
            or unbounded_followers(program, decision)
            or unbounded_leader(program.joint)
            or [_unsolved(origin)]
        )
    if answer.leader_rows_hold:
        return []
    message = f"the followers' answer to the decision of {origin} violates what the leader demands"
    return [_violated(program, answer.x, message)]


def _without_response(program: Program, decision: Floats, origin: str) -> Iterator[Diagnostic]:
    given = np.where(program.column_owner == 0, decision, np.nan)
    failing = [
        k
        for k in range(1, len(program.followers) + 1)
        if followers(program, k).answer(np.nan_to_num(given)).status == "infeasible"
    ]
    for k, others in _first_of_each_block(program, failing):
        refusal = _refusal(
            "E0534",
            f"{_who(program, k)} has no answer to the decision of {origin}",
            program.joint,
            _alone(program, k, given),
            f"change the decision of {origin}, or relax one of these rows or the limits they hold",
        )
        yield replace(refusal, notes=(*refusal.notes, *others))


def _unsolved(origin: str) -> Diagnostic:
    message = f"the LP solver fails at the decision of {origin}, so its answer is not known"
    return Diagnostic("E0534", message, help="look for numbers of very different sizes in the data")


def _without_answer(program: Program) -> Iterator[Diagnostic]:
    failing = [
        k
        for k in range(1, len(program.followers) + 1)
        if solve_lp(_alone(program, k).linear).status == "infeasible"
    ]
    for k, others in _first_of_each_block(program, failing):
        refusal = _refusal(
            "E0532",
            f"{_who(program, k)} has no answer, whatever the leader decides",
            program.joint,
            _alone(program, k),
            "relax one of these rows or the limits of their variables, or check their data",
        )
        yield replace(refusal, notes=(*refusal.notes, *others))


def _who(program: Program, follower: int) -> str:
    return f"follower `{program.followers[follower - 1].label}`"


def _first_of_each_block(
    program: Program, failing: list[int]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """One follower of each block that fails, with a note on how many more do."""
    blocks = [program.followers[k - 1].block for k in failing]
    for block in dict.fromkeys(blocks):
        size = sum(follower.block == block for follower in program.followers)
        more = blocks.count(block) - 1
        note = f"the same holds for {more} more of the {size} followers `{block}`"
        yield failing[blocks.index(block)], (note,) if more else ()


def _leader_rows(program: Program) -> Diagnostic:
    joint = replace(program.joint.linear_part, cost=np.zeros_like(program.joint.cost))
    message = "no decision of the leader meets its own rows and leaves the followers an answer"
    mend = "relax one of these rows or the limits of their variables"
    if solve_lp(joint).status == "infeasible":
        whole = _Part(joint, np.arange(joint.shape[0]), np.arange(joint.shape[1]))
        return _refusal("E0540", message, joint, whole, mend, soft=program.row_owner == 0)
    if joint.integer.any() and highs.solve(Mip(joint), _BRIEFLY).status == "infeasible":
        note = "without its whole numbers the leader would have one"
        return Diagnostic(
            "E0540", message, notes=(note,), help="relax rows that hold these numbers"
        )
    shared = list(islice(_shared_rows(program), _NAMED))
    notes = [f"`{program.joint.row_name(i)}` holds variables of a follower" for i in shared]
    if program.dual_stated.any():
        notes.append("unless a multiplier's stated limits, `dual in [..]`, are wrong")
    return Diagnostic(
        "E0541",
        "the followers have answers, but each of them violates a row of the leader",
        span=_family(program.joint.rows, shared[0]).span if shared else None,
        notes=tuple(notes),
        help="relax these rows, or give the leader a variable that moves the follower",
    )


def _shared_rows(program: Program) -> Iterator[int]:
    """The leader's rows that hold columns of followers."""
    pattern = abs(program.joint.A) @ (program.column_owner > 0).astype(float)
    yield from np.flatnonzero((program.row_owner == 0) & (pattern > 0)).tolist()


def _refusal(
    code: str, message: str, joint: Linear, part: _Part, mend: str, soft: Bools | None = None
) -> Diagnostic:
    """The message, with the rows that must be missed and by how much at least."""
    linear = part.linear
    crossing = np.flatnonzero(linear.lower > linear.upper)
    if len(crossing):
        notes = [
            f"the limits of `{joint.column_name(part.columns[j])}` cross: {linear.lower[j]:.6g} to "
            f"{linear.upper[j]:.6g}"
            for j in crossing[:_NAMED].tolist()
        ]
        return Diagnostic(code, message, notes=tuple(notes), help=mend)
    missed = _least_violation(linear, np.ones(linear.shape[0], np.bool_) if soft is None else soft)
    worst = np.argsort(-missed, kind="stable")[:_NAMED]
    named = [i for i in worst.tolist() if missed[i] > _NOTICEABLE]
    notes = [f"`{joint.row_name(part.rows[i])}` is missed by {missed[i]:.6g}" for i in named]
    span = _family(joint.rows, part.rows[named[0]]).span if named else None
    return Diagnostic(code, message, span=span, notes=tuple(notes), help=mend)


def _violated(program: Program, x: Floats, message: str) -> Diagnostic:
    joint = program.joint
    value = joint.activity(x)
    rows = np.maximum(joint.row_lower - value, value - joint.row_upper)
    columns = np.maximum(joint.lower - x, x - joint.upper)
    over = np.concatenate(
        [np.where(program.row_owner == 0, rows, 0), np.where(program.column_owner == 0, columns, 0)]
    )
    named = [i for i in np.argsort(-over, kind="stable")[:_NAMED].tolist() if over[i] > _NOTICEABLE]
    notes = tuple(f"`{_name(joint, i)}` is violated by {over[i]:.6g}" for i in named)
    return Diagnostic("E0541", message, notes=notes, help="change the decision or relax these")


def _name(joint: Linear, position: int) -> str:
    m = joint.shape[0]
    return joint.row_name(position) if position < m else joint.column_name(position - m)


def _least_violation(linear: Linear, soft: Bools) -> Floats:
    """(m,): by how much each row is missed where the sum of all misses is least, rows scaled.

    Rows that are not `soft` hold; where that cannot be, every row may be missed.
    """
    m, n = linear.shape
    largest = np.asarray(abs(linear.A).max(axis=1).todense()) if linear.A.nnz else np.ones(m)
    price = 1.0 / np.where(largest > 0, largest, 1.0)
    eye = sparse.eye_array(m, format="csr")
    room = np.where(soft, np.inf, 0.0)
    elastic = Linear(
        columns=(),
        rows=(),
        A=sparse.csr_array(sparse.hstack([linear.A, eye, -eye])),
        row_lower=linear.row_lower,
        row_upper=linear.row_upper,
        lower=np.concatenate([linear.lower, np.zeros(2 * m)]),
        upper=np.concatenate([linear.upper, room, room]),
        integer=np.zeros(n + 2 * m, np.bool_),
        cost=np.concatenate([np.zeros(n), price, price]),
    )
    found = solve_lp(elastic)
    if found.status == "optimal":
        return found.x[n : n + m] + found.x[n + m :]
    return _least_violation(linear, np.ones(m, np.bool_)) if not soft.all() else np.zeros(m)


@dataclass(frozen=True, eq=False)
class _Part:
    """A problem over some of the joint's `rows` and `columns`, without an objective."""

    linear: Linear
    rows: Ints
    columns: Ints


def _alone(program: Program, follower: int, leader: Floats | None = None) -> _Part:
    """One follower's rows over its own and the leader's columns in them, those fixed if given."""
    joint = program.joint
    rows = np.flatnonzero(program.row_owner == follower)
    matrix = joint.A[rows]
    columns = np.union1d(np.flatnonzero(program.column_owner == follower), matrix.indices)
    place = np.searchsorted(columns, matrix.indices)
    shape = len(rows), len(columns)
    fixed = np.full(len(columns), np.nan) if leader is None else leader[columns]
    free = np.isnan(fixed)
    linear = Linear(
        columns=(),
        rows=(),
        A=sparse.csr_array((matrix.data, place, matrix.indptr), shape=shape),
        row_lower=joint.row_lower[rows],
        row_upper=joint.row_upper[rows],
        lower=np.where(free, joint.lower[columns], fixed),
        upper=np.where(free, joint.upper[columns], fixed),
        integer=np.zeros(len(columns), np.bool_),
        cost=np.zeros(len(columns)),
    )
    return _Part(linear, rows, columns)


def _family(families: tuple[Family, ...], index: int) -> Family:
    return next(family for family in families if family.start <= index < family.stop)
