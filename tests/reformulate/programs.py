"""Programs from dense arrays, for tests: one scalar follower block each, or several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from evdsl.program.keys import Elements, dense
from evdsl.program.linear import Family, Linear
from evdsl.program.program import Follower, Program

INF = float("inf")


@dataclass
class Level:
    """A level's columns and rows; a row is (coefficients by column name, lower, upper)."""

    name: str
    sense: int = 1
    columns: dict[str, tuple[float, float]] = field(default_factory=dict)
    cost: dict[str, float] = field(default_factory=dict)
    rows: dict[str, tuple[dict[str, float], float, float]] = field(default_factory=dict)
    integer: Sequence[str] = ()
    dual_in: dict[str, tuple[float, float]] = field(default_factory=dict)
    limits: dict[str, str] = field(default_factory=dict)
    """rows that are a column's limit, and the column"""


def program(leader: Level, *followers: Level) -> Program:
    """The levels as one Program of scalar families; column names are unique over all levels."""
    levels = [leader, *followers]
    names = [name for level in levels for name in level.columns]
    at = {name: i for i, name in enumerate(names)}
    rows = [(k, name, *row) for k, lv in enumerate(levels) for name, row in lv.rows.items()]
    matrix = np.zeros((len(rows), len(names)))
    for i, (_, _, coefficients, _, _) in enumerate(rows):
        for name, value in coefficients.items():
            matrix[i, at[name]] += value
    owner = np.array([k for k, lv in enumerate(levels) for _ in lv.columns], np.int64)
    limits = np.array([lim for lv in levels for lim in lv.columns.values()], float).reshape(-1, 2)
    leader_cost = np.zeros((len(followers), len(names)))
    follower_cost = np.zeros(len(names))
    for k, level in enumerate(followers):
        for name, value in level.cost.items():
            own = owner[at[name]] == k + 1
            (follower_cost if own else leader_cost[k])[at[name]] = value
    stated = [levels[k].dual_in.get(name) for k, name, *_ in rows]
    cost = np.zeros(len(names))
    for name, value in leader.cost.items():
        cost[at[name]] = value
    joint = Linear(
        columns=tuple(
            Family(levels[owner[i]].name, name, dense(()), i) for i, name in enumerate(names)
        ),
        rows=tuple(
            Family(
                levels[k].name,
                name,
                dense(()),
                i,
                role="limit" if name in levels[k].limits else "user",
            )
            for i, (k, name, *_) in enumerate(rows)
        ),
        A=sparse.csr_array(matrix),
        row_lower=np.array([row[3] for row in rows], float),
        row_upper=np.array([row[4] for row in rows], float),
        lower=limits[:, 0].copy(),
        upper=limits[:, 1].copy(),
        integer=np.array([name in levels[owner[i]].integer for i, name in enumerate(names)]),
        cost=cost,
        sense=leader.sense,
    )
    return Program(
        joint=joint,
        column_owner=owner,
        row_owner=np.array([k for k, *_ in rows], np.int64),
        followers=tuple(Follower(lv.name, lv.name, lv.sense) for lv in followers),
        follower_cost=follower_cost,
        foreign_cost=sparse.csr_array(leader_cost),
        limit_column=np.array([at.get(levels[k].limits.get(n, ""), -1) for k, n, *_ in rows]),
        dual_lower=np.array([-INF if s is None else s[0] for s in stated]),
        dual_upper=np.array([INF if s is None else s[1] for s in stated]),
        dual_stated=np.array([s is not None for s in stated], np.bool_),
    )


def bard() -> Program:
    """Bard (1998): optimum x = 4, y = 4, F = -12."""
    return program(
        Level("up", columns={"x": (0, INF)}, cost={"x": 1, "y": -4}),
        Level(
            "low",
            columns={"y": (0, INF)},
            cost={"y": 1},
            rows={
                "a": ({"x": -1, "y": -1}, -INF, -3),
                "b": ({"x": -2, "y": 1}, -INF, 0),
                "c": ({"x": 2, "y": 1}, -INF, 12),
                "d": ({"x": 3, "y": -2}, -INF, 4),
            },
        ),
    )


def hours(size: int, *, cyclic: bool = False) -> Elements:
    return Elements("T", "whole", np.arange(size), cyclic=cyclic)


def storage(
    price: np.ndarray,
    *,
    charge: np.ndarray,
    discharge: np.ndarray | None = None,
    level: np.ndarray,
    level_low: np.ndarray | float = 0.0,
    drive: np.ndarray,
    eta: float = 0.95,
    sigma: float = 1e-4,
    group: np.ndarray,
    end: str = "cyclic",
    value: float = 0.0,
    target: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None,
    weights: tuple[float, float, float] = (1.0, 1.0, 0.01),
    scale_low: float | None = None,
) -> Program:
    """A storage whose limits a leader scales by group: families `c`, `d`, `s` over hours.

    `end` is `cyclic`, `free` (the level starts at half of its limit) or `fixed` (and ends there);
    `value` is what a unit of energy is worth at a free end. The leader minimises the weighted
    absolute deviation from `target` (charging, discharging, level). `scale_low` is the upper limit
    of a factor on `level_low`, None for none.
    """
    T = len(price)
    B = int(group.max()) + 1
    clock, groups = hours(T, cyclic=end == "cyclic"), Elements("B", "whole", np.arange(B))
    columns: list[Family] = []
    lower: list[np.ndarray] = []
    upper: list[np.ndarray] = []
    owner: list[int] = []
    start = 0

    def add(block: str, name: str, over: Elements, low: object, high: object) -> np.ndarray:
        nonlocal start
        size = len(over)
        columns.append(Family(block, name, dense((over,)), start, bind=(over.name,)))
        lower.append(np.broadcast_to(np.asarray(low, float), (size,)))
        upper.append(np.broadcast_to(np.asarray(high, float), (size,)))
        owner.extend([int(block == "aev")] * size)
        start += size
        return np.arange(start - size, start)

    k_c = add("planner", "k_c", groups, 0, 1)
    k_d = add("planner", "k_d", groups, 0, 1) if discharge is not None else None
    k_s = add("planner", "k_s", groups, 0, 1)
    k_l = add("planner", "k_l", groups, 0, scale_low) if scale_low is not None else None
    deviations = [add("planner", f"dev_{n}", clock, 0, INF) for n in "cds"] if target else []
    constant_low = np.zeros(T) if scale_low is not None else np.broadcast_to(level_low, (T,))
    c = add("aev", "c", clock, 0, INF)
    d = add("aev", "d", clock, 0, INF if discharge is not None else 0)
    s = add("aev", "s", clock, -INF if k_l is not None else constant_low, INF)
    n = start
    rows: list[Family] = []
    blocks: list[sparse.csr_array] = []
    row_lower: list[np.ndarray] = []
    row_upper: list[np.ndarray] = []
    row_owner: list[int] = []
    limit: list[np.ndarray] = []

    def row(
        block: str,
        name: str,
        terms: list[tuple[np.ndarray, object]],
        low: object,
        high: object,
        limits: np.ndarray | None = None,
    ) -> None:
        at = sum(len(r) for r in row_lower)
        index = np.concatenate([np.arange(T)] * len(terms))
        cols = np.concatenate([t[0] for t in terms])
        data = np.concatenate([np.broadcast_to(np.asarray(t[1], float), (T,)) for t in terms])
        blocks.append(sparse.csr_array((data, (index, cols)), shape=(T, n)))
        role = "user" if limits is None else "limit"
        rows.append(Family(block, name, dense((clock,)), at, role=role, bind=("T",)))
        row_lower.append(np.broadcast_to(np.asarray(low, float), (T,)))
        row_upper.append(np.broadcast_to(np.asarray(high, float), (T,)))
        row_owner.extend([int(block == "aev")] * T)
        limit.append(np.full(T, -1) if limits is None else limits)

    if target:
        for name, columns_of, dev, wanted in zip("cds", (c, d, s), deviations, target, strict=True):
            row("planner", f"over_{name}", [(dev, 1), (columns_of, -1)], -wanted, INF)
            row("planner", f"under_{name}", [(dev, 1), (columns_of, 1)], wanted, INF)
    row("aev", "c.upper", [(c, 1), (k_c[group], -charge)], -INF, 0, c)
    if k_d is not None:
        row("aev", "d.upper", [(d, 1), (k_d[group], -discharge)], -INF, 0, d)
    row("aev", "s.upper", [(s, 1), (k_s[group], -level)], -INF, 0, s)
    if k_l is not None:
        low = np.broadcast_to(level_low, (T,))
        row("aev", "s.lower", [(s, 1), (k_l[group], -low)], 0, INF, s)
    keep = np.full(T, -(1 - sigma))
    right = -np.asarray(drive, float)
    if end != "cyclic":
        keep[0] = 0.0
        right = right + np.eye(T)[0] * (1 - sigma) * 0.5 * level[0]
    balance = [(s, 1), (np.roll(s, 1), keep), (c, -eta), (d, 1 / eta)]
    row("aev", "soc", balance, right, right)
    low_all, high_all = np.concatenate(lower), np.concatenate(upper)
    if end == "fixed":
        low_all[s[-1]] = high_all[s[-1]] = 0.5 * level[-1]
    follower_cost = np.zeros(n)
    follower_cost[c], follower_cost[d] = price, -price
    follower_cost[s[-1]] -= value
    cost = np.zeros(n)
    for dev, weight in zip(deviations, weights, strict=False):
        cost[dev] = weight
    matrix = sparse.csr_array(sparse.vstack(blocks))
    matrix.eliminate_zeros()
    m = matrix.shape[0]
    joint = Linear(
        columns=tuple(columns),
        rows=tuple(rows),
        A=matrix,
        row_lower=np.concatenate(row_lower),
        row_upper=np.concatenate(row_upper),
        lower=low_all,
        upper=high_all,
        integer=np.zeros(n, np.bool_),
        cost=cost,
    )
    return Program(
        joint=joint,
        column_owner=np.array(owner, np.int64),
        row_owner=np.array(row_owner, np.int64),
        followers=(Follower("aev", "aev"),),
        follower_cost=follower_cost,
        foreign_cost=sparse.csr_array((1, n)),
        limit_column=np.concatenate(limit),
        dual_lower=np.full(m, -INF),
        dual_upper=np.full(m, INF),
        dual_stated=np.zeros(m, np.bool_),
    )
