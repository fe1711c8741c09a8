"""What an answer is worth, measured against the proved optimum."""

from __future__ import annotations

from typing import Any

VERDICTS = {
    "right": "the optimum, claimed as such; or infeasible or unbounded, said rightly",
    "found": "the optimum's value, without a claim that it is optimal",
    "worse": "a worse point, without a claim that it is optimal",
    "wrong": "a claim that is not true: of optimality, of feasibility, or that there is no point",
    "none": "no answer: refused, failed, or undecided",
    "time": "stopped at the limit without a claim",
}
TOLERANCE = 1e-4


def judge(optimum: float | str, sense: int, answer: dict[str, Any]) -> str:
    """One of VERDICTS. `sense` is the leader's: 1 minimum, -1 maximum."""
    status, value = answer["status"], answer.get("objective")
    if status in ("infeasible", "unbounded"):
        return "right" if status == optimum else "wrong"
    if status in ("time", "time_limit"):
        return "time"
    if status not in ("optimal", "feasible") or value is None:
        return "none"
    if isinstance(optimum, str):
        return "worse" if (optimum, status) == ("unbounded", "feasible") else "wrong"
    distance = sense * (value - optimum) / max(1.0, abs(optimum))
    if abs(distance) <= TOLERANCE:
        return "right" if status == "optimal" else "found"
    return "worse" if status == "feasible" and distance > 0 else "wrong"
