"""What `evdsl solve` prints: sizes, the answer, the comparison, the certificate."""

from __future__ import annotations

import math

from evdsl.program.linear import Family
from evdsl.program.program import Program
from evdsl.report.comparison import comparison
from evdsl.report.text import columns, counted, figure, per_cent, residual, seconds
from evdsl.solve.solution import Solution
from evdsl.solve.ties import Ties

_CLOSE = 1e-3
_MEANING = {
    "optimal": "certified, and the bound has met the objective",
    "feasible": "certified; a better answer is not excluded",
    "infeasible": "no decision of the leader satisfies the model",
    "unbounded": "the leader's objective has no limit",
    "no_solution": "nothing certified was found",
    "error": "the solver failed",
}


def heading(solution: Solution) -> str:
    """The model's name and sizes, in two lines."""
    program, title = solution.program, solution.ir.title
    name = f"{program.name}: {title}" if title else program.name
    declared = [family for family in program.joint.columns if family.role == "user"]
    leads = [family for family in declared if not program.column_owner[family.slice].any()]
    leader_size = sum(family.size for family in leads)
    follower_size = sum(family.size for family in declared) - leader_size
    parts = [counted(leader_size, "leader variable")]
    if program.followers:
        follower_rows = len(program.follower_rows)
        written = sum(family.size for family in complements(program))
        players = counted(sum(bool(f.block) for f in program.followers), "follower")
        game = " in a Nash game" if program.nash else ""
        parts += [
            *([f"{players}{game}"] if any(f.block for f in program.followers) else []),
            *([counted(written, "written pair")] if written else []),
            counted(follower_size, "follower variable"),
            f"{counted(program.joint.shape[0], 'row')} ({follower_rows} of followers)",
        ]
    else:
        parts.append(counted(program.joint.shape[0], "row"))
    return f"{name}\n{', '.join(parts)}\n"


def complements(program: Program) -> list[Family]:
    """The families of columns that stand for one side of the pairs which the leader has written."""
    keepers = [k for k, follower in enumerate(program.followers, 1) if not follower.block]
    return [
        family
        for family in program.joint.columns
        if family.size and program.column_owner[family.start] in keepers
    ]


def summary(solution: Solution) -> str:
    """The whole text of a finished solve, without its heading."""
    lines = [*_answer(solution)]
    if solution.point:
        lines += ["", *comparison(solution.point, solution.baselines)]
        lines += ["", *_certificate(solution)]
    return "\n".join(lines) + "\n"


def _answer(solution: Solution) -> list[str]:
    rows = [["status", f"{solution.status} ({_meaning(solution)})"]]
    if solution.point:
        leader = solution.point.leader_objective
        rows.append(["objective", f"{figure(solution.objective)} {leader.unit}".rstrip()])
    rows.append(["bound", _bound(solution)])
    ran = [solution.solver, solution.method, counted(solution.nodes, "node")]
    effort = filter(None, ran) if solution.solver else ["none"]
    rows.append(["solver", ", ".join([*effort, seconds(solution.timings["total"])])])
    return columns(rows, "<<")


def _meaning(solution: Solution) -> str:
    stated = solution.certificate.bounds.get("stated", 0)
    if solution.status == "feasible" and stated and math.isfinite(solution.gap):
        claims = "the stated bound holds" if stated == 1 else f"the {stated} stated bounds hold"
        return f"certified; within the gap of the optimum if {claims}"
    if solution.status == "optimal" and solution.gap > _CLOSE:
        return "certified, and the bound is within the gap that was asked for"
    return _MEANING[solution.status]


def _bound(solution: Solution) -> str:
    if not math.isfinite(solution.bound):
        return "none"
    gap = f", gap {per_cent(solution.gap)}" if solution.point else ""
    return figure(solution.bound) + gap


def _certificate(solution: Solution) -> list[str]:
    found = solution.certificate
    bounds = ", ".join(f"{how} {count}" for how, count in found.bounds.items())
    lines = [
        f"each follower re-solved alone is optimal, gap {residual(found.follower_gap)}",
        f"largest violation {residual(found.max_violation)}, "
        f"complementarity {residual(found.max_complementarity)}",
        f"bounds: {bounds}",
        *_ties(found.ties),
    ]
    return columns(zip(["certified", *[""] * (len(lines) - 1)], lines, strict=True), "<<")


def _ties(ties: Ties | None) -> list[str]:
    """Whether the answer hangs on the followers' good will."""
    if ties is None or ties.unique is None:
        return []
    if ties.unique:
        return ["each follower's optimum is unique"]
    others = f" and {len(ties.tied) - 1} more" if len(ties.tied) > 1 else ""
    if ties.breaks:
        return [
            f"`{ties.tied[0]}`{others} has several optima, and some break `{ties.breaks}`",
        ]
    worst = "unknown" if math.isnan(ties.pessimistic) else figure(ties.pessimistic)
    return [
        f"`{ties.tied[0]}`{others} has several optima: the leader's objective is "
        f"{figure(ties.optimistic)} at the best,",
        f"{worst} at the worst, and {figure(ties.out_of_box)} at the one a plain solver finds",
    ]
