"""Stationarity rows, multipliers and slacks against Pyomo's own `core.kkt`, follower by follower.

`core.kkt` differentiates a Lagrangean symbolically; ours transposes matrices. Each follower is
written as a Pyomo model of its own in which the leader's columns are data (`parameterize_wrt`).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from pyomo.core.expr.numeric_expr import LinearExpression
from pyomo.repn import generate_standard_repn

from evdsl.program.program import Program
from evdsl.reformulate.kkt import EQUAL, LOWER, UPPER, Kkt, kkt
from programs import INF, Level, bard, program, storage
from random_programs import KINDS, random_program

Multiplier = tuple[str, int, int]
"""("row" or "column", its number in the Program, side)"""

Row = tuple[frozenset[tuple[Multiplier, float]], float]


def two_storages() -> Program:
    """A cyclic day with discharging and lower limits of the level that a factor scales."""
    hours = np.arange(6)
    return storage(
        np.array([30.0, 10.0, -5.0, 25.0, 60.0, 40.0]),
        charge=np.array([5.0, 5.0, 0.0, 3.0, 4.0, 5.0]),
        discharge=np.array([2.0, 0.0, 2.0, 2.0, 2.0, 2.0]),
        level=np.full(6, 20.0),
        level_low=np.full(6, 2.0),
        drive=np.array([0.0, 3.0, 0.0, 1.0, 0.0, 2.0]),
        group=hours // 3,
        target=(np.ones(6), np.zeros(6), np.full(6, 9.0)),
        scale_low=1.0,
    )


def ranges_and_maxima() -> Program:
    """A chain row, limits on both sides, a maximising and a minimising follower."""
    return program(
        Level("up", columns={"x": (0, 5), "z": (0, 1)}, cost={"x": 1}, integer=["z"]),
        Level(
            "seller",
            sense=-1,
            columns={"p": (0, 9), "q": (-INF, INF)},
            cost={"p": 3, "q": -1, "x": 2},
            rows={
                "band": ({"p": 1, "q": 2, "x": -1}, -4, 6),
                "tie": ({"p": 1, "q": -1, "z": 3}, 2, 2),
            },
        ),
        Level(
            "buyer",
            columns={"r": (-3, INF)},
            cost={"r": 2},
            rows={"need": ({"r": 4, "x": 1}, 1, INF)},
        ),
    )


class FollowerInPyomo:
    """One follower as a Pyomo model, and what `core.kkt` makes of it."""

    def __init__(self, whole: Program, owner: int) -> None:
        joint = whole.joint
        self.rows = np.flatnonzero(whole.row_owner == owner)
        own = np.flatnonzero(whole.column_owner == owner)
        self.model = m = pyo.ConcreteModel()
        m.v = pyo.Var(range(joint.shape[1]))
        for j in own:
            m.v[j].setlb(None if joint.lower[j] == -INF else joint.lower[j])
            m.v[j].setub(None if joint.upper[j] == INF else joint.upper[j])
        sense = pyo.minimize if whole.owner_sense[owner] == 1 else pyo.maximize
        leader = whole.foreign_cost.toarray()[owner - 1]
        cost = np.where(whole.column_owner == owner, whole.follower_cost, leader)
        m.objective = pyo.Objective(expr=self._linear(cost), sense=sense)
        m.row = pyo.Constraint(self.rows.tolist())
        for i in self.rows.tolist():
            body, low, high = self._linear(joint.A[[i]].toarray()[0]), *self._limits(whole, i)
            m.row[i] = (body, high) if low == high else (low, body, high)
        present = set(np.flatnonzero(cost)) | set(joint.A[self.rows].tocoo().coords[1].tolist())
        self.present = sorted(present & set(own.tolist()))
        data = sorted(present - set(own.tolist()))
        kkt_of = pyo.TransformationFactory("core.kkt")
        kkt_of.apply_to(m, parameterize_wrt=[m.v[j] for j in data])
        self.names: dict[int, Multiplier] = {}
        for i in self.rows.tolist():
            self._name(kkt_of.get_multiplier_from_object(m, m.row[i]), "row", i)
        for j in self.present:
            self._name(kkt_of.get_multiplier_from_object(m, m.v[j]), "column", j)

    def stationarity(self) -> Counter[Row]:
        """Each condition as `sum of multipliers == right side`, which is minus their gradient."""
        found: Counter[Row] = Counter()
        for condition in self.model.kkt.stationarity_conditions.values():
            gradient = generate_standard_repn(condition.body)
            assert gradient.is_linear()
            assert pyo.value(condition.upper) == 0
            terms = zip(gradient.linear_vars, gradient.linear_coefs, strict=True)
            row = frozenset((self.names[id(v)], round(-a, 9)) for v, a in terms if a)
            found[row, round(gradient.constant, 9)] += 1
        return found

    def slacks(self, x: np.ndarray) -> dict[Multiplier, float]:
        """The slack that each multiplier is complementary to, at a point."""
        for variable, value in zip(self.model.v.values(), x.tolist(), strict=True):
            variable.set_value(value, skip_validation=True)
        found = {}
        for pair in self.model.kkt.complements.values():
            multiplier, beyond = pair._args
            (variable,) = generate_standard_repn(multiplier.arg(1)).linear_vars or (
                *generate_standard_repn(multiplier.arg(0)).linear_vars,
            )
            found[self.names[id(variable)]] = -pyo.value(beyond.arg(0))
        return found

    def _linear(self, coefficients: np.ndarray) -> Any:
        used = np.flatnonzero(coefficients).tolist()
        return LinearExpression(
            linear_coefs=[float(coefficients[j]) for j in used],
            linear_vars=[self.model.v[j] for j in used],
        )

    def _limits(self, whole: Program, i: int) -> tuple[float | None, float | None]:
        low, high = float(whole.joint.row_lower[i]), float(whole.joint.row_upper[i])
        return (None if low == -INF else low), (None if high == INF else high)

    def _name(self, multipliers: Any, kind: str, place: int) -> None:
        if not isinstance(multipliers, tuple):
            self.names[id(multipliers)] = (kind, place, EQUAL)
            return
        for multiplier, side in zip(multipliers, (LOWER, UPPER), strict=True):
            if multiplier is not None:
                self.names[id(multiplier)] = (kind, place, side)


def our_names(level: Kkt) -> list[Multiplier]:
    duals = level.duals
    return [
        ("row", int(row), int(side)) if row >= 0 else ("column", int(column), int(side))
        for row, column, side in zip(duals.row, duals.column, duals.side, strict=True)
    ]


def our_stationarity(level: Kkt, present: set[int]) -> Counter[Row]:
    whole, names = level.program, our_names(level)
    m, n = whole.joint.shape
    found: Counter[Row] = Counter()
    for i, column in enumerate(whole.follower_columns.tolist(), m):
        if column not in present:
            continue
        entries = level.linear.A[[i]].tocoo()
        assert (entries.coords[1] >= n).all()
        assert level.linear.row_lower[i] == level.linear.row_upper[i]
        terms = zip(entries.coords[1].tolist(), entries.data.tolist(), strict=True)
        row = frozenset((names[j - n], round(a, 9)) for j, a in terms if a)
        found[row, round(float(level.linear.row_upper[i]), 9)] += 1
    return found


CASES = {
    "bard": bard,
    "storage": two_storages,
    "ranges": ranges_and_maxima,
    **{
        f"{random_program(seed)[0]}_{seed}": lambda seed=seed: random_program(seed)[1]
        for seed in range(3 * len(KINDS))
    },
}


@pytest.mark.parametrize("case", CASES)
def test_our_kkt_has_the_structure_of_pyomos(case):
    whole = CASES[case]()
    level = kkt(whole)
    theirs = [FollowerInPyomo(whole, k) for k in range(1, len(whole.followers) + 1)]
    present = {j for follower in theirs for j in follower.present}
    rows = sum((follower.stationarity() for follower in theirs), Counter())
    assert rows.total() == len(present)
    assert our_stationarity(level, present) == rows

    x = np.random.default_rng(1).uniform(-5, 5, whole.joint.shape[1])
    slacks = {name: s for follower in theirs for name, s in follower.slacks(x).items()}
    pairs = level.pairs.multiplier - whole.joint.shape[1]
    names = our_names(level)
    seen = [k for k in pairs.tolist() if names[k][0] == "row" or names[k][1] in present]
    assert {names[k] for k in seen} == set(slacks)
    ours = level.slack(x)
    for k in seen:
        assert ours[k] == pytest.approx(slacks[names[k]], abs=1e-9), names[k]


def test_the_comparison_can_fail():
    whole = bard()
    follower = FollowerInPyomo(whole, 1)
    level = kkt(whole)
    level.linear.A.data[-1] += 1
    assert our_stationarity(level, set(follower.present)) != follower.stationarity()
