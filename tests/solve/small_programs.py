"""Two-level Programs from dense arrays: columns x0, x1, … of the leader, then y0, y1, …"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from evdsl.program.keys import Elements, Keys
from evdsl.program.linear import Family, Floats, Linear, Role
from evdsl.program.program import Follower, Program

INF = float("inf")


@dataclass(frozen=True)
class Row:
    """Coefficients over all columns, between `low` and `high`; `owner` 0 is the leader."""

    owner: int
    terms: Sequence[float]
    low: float
    high: float
    role: Role = "user"


def family(block: str, name: str, start: int, size: int, role: Role = "user") -> Family:
    codes = np.arange(size)
    return Family(block, name, Keys((Elements("I", "whole", codes),), (codes,), size), start, role)


def build(
    owners: Sequence[int],
    limits: Sequence[tuple[float, float]],
    rows: Sequence[Row],
    cost: Sequence[float],
    follower_cost: Sequence[float],
    *,
    sense: int = 1,
    senses: Sequence[int] = (1,),
    integer: Sequence[int] = (),
    constant: float = 0.0,
) -> Program:
    """Follower k is called `low{k}`; its rows are `low{k}.r[i]`."""
    n, m = len(owners), len(rows)
    blocks = ["top", *(f"low{k + 1}" for k in range(len(senses)))]
    whole = np.zeros(n, np.bool_)
    whole[list(integer)] = True
    joint = Linear(
        columns=tuple(family(blocks[o], "v", j, 1) for j, o in enumerate(owners)),
        rows=tuple(family(blocks[r.owner], f"r{i}", i, 1, r.role) for i, r in enumerate(rows)),
        A=sparse.csr_array(np.array([r.terms for r in rows], float).reshape(m, n)),
        row_lower=np.array([r.low for r in rows], float),
        row_upper=np.array([r.high for r in rows], float),
        lower=np.array([low for low, _ in limits], float),
        upper=np.array([high for _, high in limits], float),
        integer=whole,
        cost=np.array(cost, float),
        constant=constant,
        sense=sense,
    )
    return Program(
        joint=joint,
        column_owner=np.array(owners),
        row_owner=np.array([r.owner for r in rows], np.int64),
        followers=tuple(Follower(b, b, s) for b, s in zip(blocks[1:], senses, strict=True)),
        follower_cost=np.array(follower_cost, float),
        foreign_cost=sparse.csr_array((len(senses), n)),
        limit_column=np.full(m, -1),
        dual_lower=np.full(m, -INF),
        dual_upper=np.full(m, INF),
        dual_stated=np.zeros(m, np.bool_),
    )


def bard() -> Program:
    """Bard (1998), Practical Bilevel Optimization, example 5.1.1: x = 4, y = 4, F = -12."""
    return build(
        owners=[0, 1],
        limits=[(0, INF), (0, INF)],
        rows=[
            Row(1, [1, 1], 3, INF),
            Row(1, [-2, 1], -INF, 0),
            Row(1, [2, 1], -INF, 12),
            Row(1, [3, -2], -INF, 4),
        ],
        cost=[1, -4],
        follower_cost=[0, 1],
    )


def at(program: Program, *values: float) -> Floats:
    return np.array(values, float)
