"""Hypothesis: Programs that the format of MibS can hold, with awkward names and numbers."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st
from scipy import sparse

from evdsl.program.keys import Elements, Keys
from evdsl.program.linear import Family, Linear
from evdsl.program.program import Follower, Program

INF = math.inf
NUMBERS = st.one_of(
    st.integers(-9, 9).map(float),
    st.sampled_from([0.1, 0.1 + 0.2, 1 / 3, -1e-3, 12345.678, -2.5e5]),
)
LABELS = st.sampled_from(
    [
        *("1", "a b", "ab", "a_b", "2019-12-02T00:00Z", "Größe", 'say "x"', "inf", "e1", "x'y"),
        *("min", "sum", "[3]", "(3)", "a,b", "$", "*star", "#hash", "up", "low", "set", "@x"),
    ]
)
NAMES = st.sampled_from(["x", "y", "c_max", "s", "objective", "var1", "dual1"])
LIMITS = st.sampled_from(
    [(0, INF), (0, 1), (-INF, INF), (-INF, 5), (-7, -2), (2, INF), (3, 3), (0.5, 2.25), (-INF, -1)]
)
SIDES = st.sampled_from(["<=", ">=", "==", "range", "free"])


def _families(draw: st.DrawFn, owners: list[int], word: str) -> tuple[Family, ...]:
    """One family for each, of the block of its owner; labels never repeat in a block."""
    seen: set[tuple] = set()
    families = []
    for start, owner in enumerate(owners):
        block = "top" if owner == 0 else f"low{owner}"
        name = draw(NAMES)
        while True:
            labels = tuple(draw(st.lists(LABELS, min_size=0, max_size=2)))
            if (block, name, labels) not in seen:
                break
            name += draw(st.sampled_from("abc"))
        seen.add((block, name, labels))
        dims = tuple(Elements("I", "text", np.array([label], object)) for label in labels)
        keys = Keys(dims, tuple(np.zeros(1, np.int64) for _ in dims), 1)
        families.append(Family(block, f"{word}{name}", keys, start))
    return tuple(families)


def _sides(draw: st.DrawFn) -> tuple[float, float]:
    kind, side = draw(SIDES), draw(NUMBERS)
    width = draw(st.sampled_from([0.5, 3.0, 1e4]))
    return {
        "<=": (-INF, side),
        ">=": (side, INF),
        "==": (side, side),
        "range": (side, side + width),
        "free": (-INF, INF),
    }[kind]


@st.composite
def programs(draw: st.DrawFn) -> Program:
    K = draw(st.integers(1, 3))
    owners = draw(st.lists(st.integers(0, K), min_size=0, max_size=5)) + list(range(1, K + 1))
    row_owners = draw(st.lists(st.integers(0, K), min_size=0, max_size=6))
    n, m = len(owners), len(row_owners)
    owner, row_owner = np.array(owners), np.array(row_owners, np.int64)
    some = st.one_of(st.just(0.0), NUMBERS)
    dense = np.array([[draw(some) for _ in range(n)] for _ in range(m)]).reshape(m, n)
    foreign = (row_owner[:, None] > 0) & (owner > 0) & (row_owner[:, None] != owner)
    dense[foreign] = 0.0
    limits = [draw(LIMITS) for _ in range(n)]
    whole = np.array([draw(st.booleans()) for _ in range(n)])
    whole &= np.array([all(math.isinf(v) or v == int(v) for v in pair) for pair in limits])
    sides = [_sides(draw) for _ in range(m)]
    joint = Linear(
        columns=_families(draw, owners, ""),
        rows=_families(draw, row_owners, "r_"),
        A=sparse.csr_array(dense),
        row_lower=np.array([low for low, _ in sides], float),
        row_upper=np.array([high for _, high in sides], float),
        lower=np.array([low for low, _ in limits], float),
        upper=np.array([high for _, high in limits], float),
        integer=whole,
        cost=np.array([draw(some) for _ in range(n)]),
        constant=draw(NUMBERS),
        sense=draw(st.sampled_from([1, -1])),
    )
    followers = tuple(
        Follower(f"low{k}", f"low{k}", draw(st.sampled_from([1, -1])), draw(NUMBERS))
        for k in range(1, K + 1)
    )
    cost = np.array([draw(some) for _ in range(n)])
    return Program(
        joint=joint,
        column_owner=owner,
        row_owner=row_owner,
        followers=followers,
        follower_cost=np.where(owner > 0, cost, 0.0),
        foreign_cost=sparse.csr_array(np.where(owner == 0, cost, 0.0) * np.ones((K, 1))),
        limit_column=np.full(m, -1),
        dual_lower=np.full(m, -INF),
        dual_upper=np.full(m, INF),
        dual_stated=np.zeros(m, np.bool_),
        name="random",
    )
