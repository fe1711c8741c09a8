"""The pessimistic problem as an optimistic one: among the followers' optima the worst one counts.

Let each follower's problem be linear, with the leader's variables on its right side only, and let
the leader pay `a x + b y` without rows that hold `y`. Then

    min over x of  max { b y : y optimal for x }
      =  min over x and y' of  a x + max { b y : y possible at x, c y <= c y' }

where `y'` is any possible answer: one that is not optimal allows more, and the maximum is no
smaller. So the leader decides `x` and a copy `y'` of the answer, and a follower with the opposite
interest answers with `y` (B. Zeng, INFORMS Journal on Computing 32, 2020). Its value is continuous
where the problem has points, so the infimum is attained.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from evdsl.backends.options import allowed_gap
from evdsl.program.keys import scalar
from evdsl.program.linear import Family, Floats, Linear
from evdsl.program.lp import solve_lp
from evdsl.program.program import Multipliers, Program
from evdsl.solve.certificate import TOLERANCE, UNCERTIFIED, certify
from evdsl.solve.decision import fixed, without_rows
from evdsl.solve.followers import Followers, followers
from evdsl.solve.infeasible import explain_infeasible
from evdsl.solve.judge import Candidate, Verdict
from evdsl.solve.polish import Polished
from evdsl.solve.starts import best_start
from evdsl.solve.unbounded import unbounded_followers
from evdsl.source.diagnostic import Diagnostic, EvdslError


@dataclass(frozen=True, eq=False)
class Worst:
    """An answer of the followers that the leader likes least, among the optimal ones."""

    x: Floats
    multipliers: Multipliers
    objective: float


def pessimistic(program: Program) -> Program:
    """The optimistic Program whose optimum is the pessimistic one of `program`.

    Its first columns are those of `program`, behind them stand the copies of the followers' own.
    Raises EvdslError (E0514) with the reason where the pessimistic problem is no such one.
    """
    _refuse(program)
    joint, own = program.joint, program.follower_columns
    (_, n), f, K = joint.shape, len(program.follower_columns), len(program.followers)
    rows = program.follower_rows
    place = np.full(n, -1)
    place[own] = n + np.arange(f)
    part = sparse.coo_array(joint.A[rows])
    column = part.coords[1]
    copied = np.where(place[column] >= 0, place[column], column)
    width = n + f
    copies = sparse.csr_array((part.data, (part.coords[0], copied)), shape=(len(rows), width))
    value = _value_rows(program, place, width)
    wide = sparse.csr_array(sparse.hstack([joint.A, sparse.csr_array((joint.shape[0], f))]))
    nothing = np.full(K, -np.inf)
    level = Linear(
        columns=(*joint.columns, *_copied(joint.columns, own, n)),
        rows=(
            *joint.rows,
            *_numbered("copy", joint.shape[0], len(rows)),
            *_numbered("value", joint.shape[0] + len(rows), K),
        ),
        A=sparse.csr_array(sparse.vstack([wide, copies, value])),
        row_lower=np.concatenate([joint.row_lower, joint.row_lower[rows], nothing]),
        row_upper=np.concatenate([joint.row_upper, joint.row_upper[rows], np.zeros(K)]),
        lower=np.append(joint.lower, joint.lower[own]),
        upper=np.append(joint.upper, joint.upper[own]),
        integer=np.append(joint.integer, np.zeros(f, np.bool_)),
        cost=np.append(joint.cost, np.zeros(f)),
        constant=joint.constant,
        sense=joint.sense,
    )
    against = tuple(replace(follower, sense=-joint.sense) for follower in program.followers)
    m = level.shape[0]
    unstated = np.full(m, np.inf)
    return Program(
        joint=level,
        column_owner=np.append(program.column_owner, np.zeros(f, np.int64)),
        row_owner=np.concatenate(
            [program.row_owner, np.zeros(len(rows), np.int64), 1 + np.arange(K)]
        ),
        followers=against,
        follower_cost=np.where(np.append(program.column_owner, 0 * own) > 0, level.cost, 0.0),
        foreign_cost=sparse.csr_array((K, width)),
        limit_column=np.append(program.limit_column, np.full(m - joint.shape[0], -1)),
        dual_lower=-unstated,
        dual_upper=unstated,
        dual_stated=np.zeros(m, np.bool_),
        name=program.name,
    )


def worst_answer(program: Program, decision: Floats) -> Worst | None:
    """The optimal answer at a leader decision (n,) that is worst for the leader."""
    joint = program.joint
    leader = np.where(program.column_owner == 0, decision, np.nan)
    level = followers(program)
    answer = level.answer(leader)
    if answer.status != "optimal":
        return None
    worst = solve_lp(
        replace(_face(program, level, leader, answer.x), cost=joint.cost, sense=-joint.sense)
    )
    if worst.status != "optimal":
        return None
    x = np.where(np.isnan(leader), worst.x, leader)
    return Worst(x, level.multipliers(answer), joint.objective(x))


def worst_starts(program: Program, changed: Program, answers: Iterable[Polished]) -> list[Polished]:
    """Answers in the changed Program that are known from the original, the best first."""
    own = program.follower_columns
    wholes = [np.append(answer.x, answer.x[own]) for answer in answers]
    decisions = [np.where(changed.column_owner == 0, whole, np.nan) for whole in wholes]
    return best_start(changed, decisions)


def at_worst(program: Program, verdict: Verdict, gap: float) -> Verdict:
    """A verdict on the changed Program as one on the original, at the worst optimal answer.

    `optimal` needs the bound to have met what that answer costs; a bound that it beats is none. A
    follower without a finite answer has any possible one in the changed Program.
    """
    if verdict.status == "infeasible":
        return replace(verdict, diagnostics=_without_worst(program, verdict.diagnostics))
    endless = unbounded_followers(program)
    if endless:
        return Verdict("infeasible", None, UNCERTIFIED, math.nan, tuple(endless))
    if verdict.found is None:
        return verdict
    found = worst_answer(program, verdict.found.x[: program.joint.shape[1]])
    if found is None:
        said = (*verdict.diagnostics, _NO_WORST)
        return Verdict("error", None, UNCERTIFIED, math.nan, said)
    candidate = Candidate(found.x, found.multipliers, certify(program, found.x, found.multipliers))
    tolerance = allowed_gap(max(gap, TOLERANCE), found.objective)
    beaten = program.joint.sense * (verdict.bound - found.objective) > tolerance
    met = abs(verdict.bound - found.objective) <= tolerance
    return replace(
        verdict,
        status=verdict.status if met else "feasible",
        found=candidate,
        certificate=candidate.certificate,
        bound=np.nan if beaten else verdict.bound,
    )


def _without_worst(program: Program, said: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Why no decision has a worst answer: it has none at all (see explain_infeasible), or the
    follower of the changed Program, who is against the leader, is unbounded (E0544)."""
    warnings = tuple(diagnostic for diagnostic in said if diagnostic.severity == "warning")
    why = [d for d in explain_infeasible(program) if d.code != "E0541"]
    message = "the worst of the followers' answers has no limit, whatever the leader decides"
    worst = [replace(d, code="E0544", message=message) for d in said if d.code == "E0533"]
    return (*warnings, *(why or worst))


_NO_WORST = Diagnostic(
    "E0623",
    "the solver failed",
    notes=("it finds no worst answer to the decision",),
    help="try the other solver, or another `--seed`",
)


def _face(program: Program, level: Followers, leader: Floats, y: Floats) -> Linear:
    """All columns, the leader's fixed, with the followers' costs no worse than those of `y`.

    The leader's rows hold nothing that is still open, and say nothing where the decision breaks
    them.
    """
    n = program.joint.shape[1]
    joint = without_rows(fixed(program.joint, leader), program.row_owner == 0)
    owner = program.column_owner[level.columns]
    K = len(program.followers)
    cost = sparse.csr_array((level.own.cost, (owner - 1, level.columns)), shape=(K, n))
    best = np.bincount(owner - 1, level.own.cost * y, minlength=K)
    return replace(
        joint,
        A=sparse.csr_array(sparse.vstack([joint.A, cost])),
        row_lower=np.append(joint.row_lower, np.full(K, -np.inf)),
        row_upper=np.append(joint.row_upper, best + 1e-9 * np.maximum(1.0, np.abs(best))),
    )


def _value_rows(program: Program, place: np.ndarray, width: int) -> sparse.csr_array:
    """`c y - c y'` of each follower, in minimum form."""
    own = program.follower_columns
    owner = program.column_owner[own]
    cost = program.owner_sense[owner] * program.follower_cost[own]
    row = np.concatenate([owner - 1, owner - 1])
    column = np.concatenate([own, place[own]])
    shape = (len(program.followers), width)
    return sparse.csr_array((np.concatenate([cost, -cost]), (row, column)), shape=shape)


def _copied(columns: tuple[Family, ...], own: np.ndarray, start: int) -> list[Family]:
    """The families of the copies, in the order of the followers' own columns."""
    found = []
    for family in columns:
        if np.isin(np.arange(family.start, family.stop), own).any():
            found.append(replace(family, name=f"{family.name}.copy", start=start, role="auxiliary"))
            start += family.size
    return found


def _numbered(name: str, start: int, count: int) -> list[Family]:
    return [Family("", name, scalar(), start + i, role="auxiliary") for i in range(count)]


def _refuse(program: Program) -> None:
    joint = program.joint
    entries = joint.A.tocoo()
    row, column = entries.coords
    coupling = np.unique(row[(program.row_owner[row] == 0) & (program.column_owner[column] != 0)])
    faults = [
        (program.nash, "followers that play against each other"),
        (bool(len(program.readings)), "multipliers in the leader's problem"),
        (bool(program.follower_integer.any()), "whole numbers of a follower"),
        (
            bool(len(program.follower_products)),
            "products in a follower's objective: the leader's infimum need not be attained",
        ),
        (bool(len(joint.products)), "products in the leader's problem"),
        (bool(len(coupling)), "rows of the leader that hold a follower's variables"),
    ]
    for present, what in faults:
        if present:
            name = f": `{joint.row_name(int(coupling[0]))}`" if "rows" in what else ""
            raise EvdslError(
                [
                    Diagnostic(
                        "E0514",
                        f"the pessimistic problem is not solved with {what}{name}",
                        help="leave `--pessimistic` out: the certificate says what the worst "
                        "answer to the optimistic decision costs",
                    )
                ]
            )
