"""The linear problems of `tests/published` in a form that owes nothing to any system.

A problem is plain JSON: `columns` and `rows` with their `owner` (0 the leader, k the k-th follower),
limits (null: none) and entries `[column, coefficient]`, and `objectives`, the leader's first, each
with its `sense` (1 minimum, -1 maximum), `cost` and `constant`. What a follower's objective holds
beside its own columns changes no answer and is left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import evdsl
from evdsl.program.program import Program

PUBLISHED = Path(__file__).parents[2] / "published"
Problem = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A problem with its proved `optimum`: a number, `infeasible` or `unbounded`."""

    name: str
    optimum: float | str
    problem: Problem


def cases() -> Iterator[Case]:
    """All published problems that are linear and continuous on both levels and optimistic."""
    for path in sorted(PUBLISHED.glob("*.evm")):
        head = path.read_text(encoding="utf-8")
        optimum = _optimum(_said(head, "optimum"))
        if optimum is None or _said(head, "class") in ("pessimistic", "switch"):
            continue
        program = evdsl.load(path).ground().program
        if is_linear(program):
            yield Case(path.stem, optimum, neutral(program))


def is_linear(program: Program) -> bool:
    """Whether it has only linear rows and objectives, no whole numbers, no multipliers that are
    read, and followers that do not see each other."""
    joint = program.joint
    return bool(
        program.followers
        and not len(joint.products)
        and not len(program.follower_products)
        and not joint.integer.any()
        and not len(program.readings)
        and not (program.column_owner < 0).any()
        and not program.nash
    )


def neutral(program: Program) -> Problem:
    joint = program.joint
    columns = [
        {"owner": int(owner), "lower": _limit(lower), "upper": _limit(upper)}
        for owner, lower, upper in zip(program.column_owner, joint.lower, joint.upper, strict=True)
    ]
    rows = [
        {
            "owner": int(program.row_owner[i]),
            "lower": _limit(joint.row_lower[i]),
            "upper": _limit(joint.row_upper[i]),
            "entries": _entries(joint.A[[i]].toarray().ravel()),
        }
        for i in range(joint.shape[0])
    ]
    leader = _objective(joint.sense, joint.cost, joint.constant)
    followers = [
        _objective(follower.sense, program.follower_cost * (program.column_owner == k), 0.0)
        for k, follower in enumerate(program.followers, start=1)
    ]
    objectives = [leader, *followers]
    return {"name": program.name, "columns": columns, "rows": rows, "objectives": objectives}


def _objective(sense: int, cost: Any, constant: float) -> Problem:
    return {"sense": int(sense), "cost": _entries(cost), "constant": float(constant)}


def _entries(values: Any) -> list[list[float]]:
    return [[int(j), float(values[j])] for j in np.flatnonzero(values)]


def _limit(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _said(head: str, word: str) -> str:
    found = re.search(rf"^# {word}: (.*)$", head, re.MULTILINE)
    return found[1].strip() if found else ""


def _optimum(text: str) -> float | str | None:
    if text in ("infeasible", "unbounded"):
        return text
    try:
        return float(text)
    except ValueError:
        return None
