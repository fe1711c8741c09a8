"""Objectives without an optimum: the directions along which they improve for ever."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from evdsl.program.linear import Floats, Ints, Linear
from evdsl.program.lp import solve_lp
from evdsl.program.program import Program
from evdsl.solve.followers import followers
from evdsl.source.diagnostic import Diagnostic

_IMPROVES = 1e-7
_NAMED = 3


def unbounded_followers(program: Program, leader: Floats | None = None) -> list[Diagnostic]:
    """E0533 for each follower whose cost improves along a ray.

    Those whose costs others can change are judged at the decision `leader` (n,), and without one
    they are passed over.
    """
    found = []
    for k, follower in enumerate(program.followers, start=1):
        alone = followers(program, k)
        if alone.tariffs.nnz and leader is None:
            continue
        ray = _ray(alone.own if leader is None else alone.at(np.nan_to_num(leader)))
        if ray is not None:
            message = (
                f"follower `{follower.label}` is unbounded: its objective improves without end"
            )
            found.append(_diagnostic("E0533", message, program.joint, ray, alone.columns))
    return found


def explain_unbounded(program: Program) -> list[Diagnostic]:
    """Why the problem is unbounded: its followers (E0533), or else the leader (E0542)."""
    return unbounded_followers(program) or unbounded_leader(program.joint)


def unbounded_leader(joint: Linear) -> list[Diagnostic]:
    """E0542 where the leader's objective improves along a ray of all levels' rows."""
    scale = float(np.abs(joint.cost).max(initial=0.0)) or 1.0
    ray = _ray(replace(joint, cost=joint.sense * joint.cost / scale, sense=1))
    if ray is None:
        return []
    message = "the leader's objective improves without end"
    return [_diagnostic("E0542", message, joint, ray, np.arange(joint.shape[1]))]


def _ray(lp: Linear) -> Floats | None:
    """A direction of length 1 in each column that every row and limit allows and that pays.

    Along it the squares of the objective do not grow; rows with products are left out.
    """
    hessian = lp.products.of_objective.hessian(lp.shape[1])
    flat = np.zeros(lp.shape[1])
    lp = lp.linear_part
    cone = replace(
        lp,
        A=sparse.csr_array(sparse.vstack([lp.A, hessian])),
        row_lower=np.append(np.where(np.isfinite(lp.row_lower), 0.0, -np.inf), flat),
        row_upper=np.append(np.where(np.isfinite(lp.row_upper), 0.0, np.inf), flat),
        lower=np.where(np.isfinite(lp.lower), 0.0, -1.0),
        upper=np.where(np.isfinite(lp.upper), 0.0, 1.0),
    )
    best = solve_lp(cone)
    return best.x if best.status == "optimal" and lp.cost @ best.x < -_IMPROVES else None


def _diagnostic(code: str, message: str, joint: Linear, ray: Floats, columns: Ints) -> Diagnostic:
    moving = np.argsort(-np.abs(ray), kind="stable")[:_NAMED]
    moved = [(int(columns[j]), ray[j]) for j in moving if abs(ray[j]) > _IMPROVES]
    notes = tuple(
        f"`{joint.column_name(j)}` {'rises' if step > 0 else 'falls'} along the way"
        for j, step in moved
    )
    first, step = moved[0]
    family = next(f for f in joint.columns if f.start <= first < f.stop)
    side = "upper" if step > 0 else "lower"
    mend = f"give `{family.path}` a finite {side} limit, or a constraint that stops it"
    return Diagnostic(code, message, span=family.span, notes=notes, help=mend)
