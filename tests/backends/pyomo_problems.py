"""Small single levels from dense arrays, with families, keys and names of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from evdsl.program.keys import Elements, Keys, dense
from evdsl.program.linear import Family, Linear
from evdsl.program.mip import Mip
from evdsl.program.program import Program

INF = float("inf")

HOURS = Elements(
    "T",
    "time",
    np.array(["2019-12-02T00:00", "2019-12-02T01:00", "2019-12-02T02:00"], "datetime64[s]"),
    aware=True,
)
CARS = Elements("V", "text", np.array(["car1", "car2"], object))
GROUPS = Elements("B", "whole", np.array([3, 1]))


def linear(
    columns: Sequence[tuple[str, str, Keys]],
    rows: Sequence[tuple[str, str, Keys]],
    A: Any,
    row_limits: Any,
    limits: Any,
    cost: Any,
    integer: Sequence[int] = (),
    constant: float = 0.0,
    sense: int = 1,
) -> Linear:
    """`columns` and `rows` are (block, name, keys); a name with a dot is a generated family."""
    row_limits = np.array(row_limits, float).reshape(-1, 2)
    limits = np.array(limits, float).reshape(-1, 2)
    whole = np.zeros(len(limits), bool)
    whole[list(integer)] = True
    return Linear(
        columns=_families(columns),
        rows=_families(rows),
        A=sparse.csr_array(np.array(A, float).reshape(len(row_limits), len(limits))),
        row_lower=row_limits[:, 0].copy(),
        row_upper=row_limits[:, 1].copy(),
        lower=limits[:, 0].copy(),
        upper=limits[:, 1].copy(),
        integer=whole,
        cost=np.array(cost, float),
        constant=constant,
        sense=sense,
    )


def program_of(level: Linear, declared: int | None = None) -> Program:
    """A leader alone with the first `declared` columns (all) and no rows."""
    n = level.shape[1] if declared is None else declared
    joint = Linear(
        columns=tuple(family for family in level.columns if family.stop <= n),
        rows=(),
        A=sparse.csr_array((0, n)),
        row_lower=np.empty(0),
        row_upper=np.empty(0),
        lower=level.lower[:n],
        upper=level.upper[:n],
        integer=level.integer[:n],
        cost=level.cost[:n],
        constant=level.constant,
        sense=level.sense,
    )
    return Program(
        joint=joint,
        column_owner=np.zeros(n, np.int64),
        row_owner=np.empty(0, np.int64),
        followers=(),
        follower_cost=np.zeros(n),
        foreign_cost=sparse.csr_array((0, n)),
        limit_column=np.empty(0, np.int64),
        dual_lower=np.empty(0),
        dual_upper=np.empty(0),
        dual_stated=np.empty(0, bool),
        name="by_hand",
    )


def motley() -> Mip:
    """Scalars, whole products, parts of products, ranges, rows that say nothing, reserved names."""
    some = Keys((CARS, GROUPS), (np.array([0, 1, 1]), np.array([1, 1, 0])), 3)
    level = linear(
        columns=[
            ("planner", "k", dense((GROUPS,))),
            ("planner", "load", dense(())),
            ("aev", "c", dense((HOURS,))),
            ("aev", "s", some),
            ("aev", "idle", dense(())),
        ],
        rows=[
            ("planner", "budget", dense(())),
            ("aev", "c.upper", dense((HOURS,))),
            ("aev", "index", some),
            ("aev", "free", dense(())),
            ("aev", "empty", dense(())),
        ],
        #      k3 k1 lo c0 c1 c2 s  s  s  idle
        A=[
            [1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
            [-4, 0, 0, 1, 0, 0, 0, 0, 0, 0],
            [0, -3, 0, 0, 1, 0, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 1, 0, 0, 0, 0],
            [0, 0, 0, 1, 0, 0, 1, 0, 0, 0],
            [0, 0, 0, 0, 1, 0, 0, 1, 0, 0],
            [0, 0, 0, 0, 0, 1, 0, 0, -2.5, 0],
            [0, 0, 0, 1, 1, 1, 0, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ],
        row_limits=[
            (1, 5),
            (-INF, 0),
            (-INF, 0),
            (-INF, 7),
            (2, INF),
            (3, 3),
            (-1, 1),
            (-INF, INF),
            (-1, INF),
        ],
        limits=[
            (0, 1),
            (0, 1),
            (0, 9),
            (0, INF),
            (0, INF),
            (0, INF),
            (-INF, 6),
            (-INF, INF),
            (0, 2),
            (4, 8),
        ],
        cost=[5, 4, 1, 1, 0, -1, 2, 3, 0, 0],
        integer=[0, 2],
        constant=10.0,
    )
    return Mip(level)


def _families(entries: Sequence[tuple[str, str, Keys]]) -> tuple[Family, ...]:
    families: list[Family] = []
    start = 0
    for block, name, keys in entries:
        role = "encoding" if "." in name else "user"
        families.append(Family(block, name, keys, start, role))
        start += keys.size
    return tuple(families)
