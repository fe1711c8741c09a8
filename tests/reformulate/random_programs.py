"""Seeded random bilevel LPs of several classes, each with at most 9 pairs."""

from __future__ import annotations

import numpy as np

from evdsl.program.program import Program
from oracle import count_pairs
from programs import INF, Level, program, storage

KINDS = (
    "boxes",
    "one_sided",
    "equalities",
    "maximising",
    "limits",
    "leader_rows",
    "two_followers",
    "binary_leader",
    "ranges",
    "anything",
)


def random_program(seed: int) -> tuple[str, Program]:
    """The program of this seed and its class; small whole coefficients, so ties do occur."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    while True:
        made = _program(kind, rng)
        if count_pairs(made) <= 9:
            return kind, made


def _program(kind: str, rng: np.random.Generator) -> Program:
    def number(low: int, high: int) -> float:
        return float(rng.integers(low, high + 1))

    def some(names: list[str]) -> dict[str, float]:
        values = {name: number(-3, 3) for name in names}
        return {name: value for name, value in values.items() if value} or {names[0]: 1.0}

    anything = kind == "anything"

    def is_(word: str) -> bool:
        return kind == word or (anything and rng.random() < 0.4)

    binary = is_("binary_leader")
    leader = Level("up", sense=-1 if rng.random() < 0.3 else 1)
    xs = ["x0", "x1"][: int(rng.integers(1, 3))]
    for x in xs:
        leader.columns[x] = (0.0, 1.0 if binary else number(2, 6))
    leader.integer = xs[:1] if binary else ()
    leader.cost.update(some(xs))
    followers = []
    for k in range(2 if is_("two_followers") else 1):
        low = Level(f"low{k}", sense=-1 if is_("maximising") else 1)
        single = kind == "two_followers"
        ys = [f"y{k}{i}" for i in range(1 if single and rng.random() < 0.5 else 2)]
        for y in ys:
            top = INF if is_("one_sided") or kind == "limits" else number(2, 8)
            low.columns[y] = (0.0 if rng.random() < 0.8 else -number(1, 3), top)
        low.cost.update(some([*ys, *xs[:1]]))
        if is_("limits"):
            for y in ys:
                low.rows[f"{y}.upper"] = ({y: 1.0, xs[0]: -number(1, 3)}, -INF, number(0, 2))
                low.limits[f"{y}.upper"] = y
        if is_("equalities"):
            low.rows[f"eq{k}"] = (some(ys) | {xs[0]: number(-2, 2)}, *([number(0, 4)] * 2))
        for i in range(int(rng.integers(1, 3))):
            row = some([*ys, *xs])
            if is_("ranges"):
                start = number(-4, 2)
                low.rows[f"r{k}{i}"] = (row, start, start + number(1, 6))
            elif rng.random() < 0.5:
                low.rows[f"r{k}{i}"] = (row, -INF, number(0, 8))
            else:
                low.rows[f"r{k}{i}"] = (row, number(-8, 2), INF)
        followers.append(low)
        leader.cost.update(some(ys))
    if is_("leader_rows"):
        ys = [y for low in followers for y in low.columns]
        leader.rows["both"] = (some([*xs, *ys]), -INF, number(1, 8))
    return program(leader, *followers)


def random_storage(rng: np.random.Generator, *, follow: bool = False) -> Program:
    """Three or four hours; ends, losses, negative prices and idle hours as they come.

    The leader scales the limits in groups of one or two hours, and `follow`s a random target.
    """
    T = int(rng.integers(3, 5))
    end = str(rng.choice(["cyclic", "cyclic", "free", "fixed"]))
    idle = rng.random(T) < 0.2
    target = (rng.uniform(0, 3, T), rng.uniform(0, 1, T), rng.uniform(1, 6, T))
    return storage(
        np.round(rng.normal(4, 4, T), 2),
        charge=np.where(idle, 0.0, rng.uniform(1, 5, T)),
        discharge=rng.uniform(0.5, 3, T) if rng.random() < 0.6 else None,
        level=rng.uniform(6, 10, T),
        level_low=rng.uniform(0, 2, T),
        drive=rng.uniform(0, 1.5, T) - 0.3,
        eta=float(rng.choice([1.0, 0.9])),
        sigma=float(rng.choice([0.0, 0.02, 0.3])),
        group=np.arange(T) // int(rng.integers(1, 3)),
        end=end,
        value=float(rng.choice([0.0, 3.0])) if end == "free" else 0.0,
        scale_low=1.5 if rng.random() < 0.3 else None,
        target=target if follow else None,
    )
