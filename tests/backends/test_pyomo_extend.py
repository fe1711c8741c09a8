"""What a user's function may add to the Pyomo model, what it may not, and what points keep it."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo
import pytest

import evdsl
from evdsl.backends.options import SolveOptions
from evdsl.backends.pyomo import solve
from evdsl.program.keys import dense
from evdsl.program.mip import Mip
from evdsl.source.diagnostic import EvdslError
from pyomo_problems import HOURS, INF, linear, program_of


def dispatch() -> Mip:
    """min 1 c0 + 2 c1 + 3 c2 with c0 + c1 + c2 >= 6 and each in [0, 4]: 4, 2, 0 for 8.

    `demand.dual` and `demand.z` play the columns that a reformulation has made.
    """
    level = linear(
        columns=[
            ("aev", "c", dense((HOURS,))),
            ("aev", "demand.dual", dense(())),
            ("aev", "demand.z", dense(())),
        ],
        rows=[("aev", "demand", dense(())), ("aev", "demand.active", dense(()))],
        A=[[1, 1, 1, 0, 0], [0, 0, 0, 1, -10]],
        row_limits=[(6, INF), (-INF, 0)],
        limits=[(0, 4), (0, 4), (0, 4), (0, INF), (0, 1)],
        cost=[1, 2, 3, 0, 0],
        integer=[4],
    )
    return Mip(level)


def run(extend, solver: str = "highs"):
    mip = dispatch()
    return solve(mip, program_of(mip.linear, declared=3), solver, SolveOptions(), extend=extend)


def refusal(extend) -> str:
    with pytest.raises(EvdslError) as raised:
        run(extend)
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.code == "E0538"
    assert diagnostic.help
    return diagnostic.message


FIRST, SECOND, THIRD = "2019-12-02T00:00Z", "2019-12-02T01:00Z", "2019-12-02T02:00Z"


@pytest.mark.parametrize("solver", ["highs", "scip", "appsi_highs"])
def test_rows_and_variables_of_the_user_count(solver):
    """Peak below 2.5: 2.5, 2.5, 1 for 10.5."""

    def peak(m):
        m.peak = pyo.Var(bounds=(0, 2.5))
        m.below = pyo.Constraint(m.T, rule=lambda m, t: m.aev.c[t] <= m.peak)

    answer = run(peak, solver)
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(10.5)
    assert answer.x[:3] == pytest.approx([2.5, 2.5, 1])


def test_limits_and_fixed_variables_count():
    def change(m):
        m.aev.c[FIRST].setub(3)
        m.aev.c[SECOND].fix(1)

    answer = run(change)
    assert answer.x[:3] == pytest.approx([3, 1, 2])
    assert answer.broken_by(answer.x) == []
    assert answer.broken_by(np.array([4.0, 1.0, 1.0])) == [f"aev.c['{FIRST}']"]
    assert answer.broken_by(np.array([3.0, 0.5, 2.5])) == [f"aev.c['{SECOND}']"]


def test_a_point_is_held_against_the_users_rows():
    def add(m):
        m.apart = pyo.Constraint(expr=m.aev.c[FIRST] - m.aev.c[SECOND] <= 1)
        m.square = pyo.Constraint(expr=m.aev.c[FIRST] ** 2 <= 16)
        m.off = pyo.Constraint(expr=m.aev.c[THIRD] >= 100)
        m.off.deactivate()
        m.one = pyo.SOSConstraint(rule=lambda m: [m.aev.c[SECOND], m.aev.c[THIRD]], sos=1)

    answer = run(add, "scip")
    assert answer.x[:3] == pytest.approx([3.5, 2.5, 0], abs=1e-6)
    before = [column.value for column in answer.built.columns]
    assert answer.broken_by(answer.x) == []
    assert answer.broken_by(answer.x + np.array([1e-7, 0, 0, 0, 0])) == []
    assert answer.broken_by(np.array([4.0, 2.0, 0.0])) == ["apart"]
    assert answer.broken_by(np.array([3.0, 2.0, 1.0])) == ["one"]
    assert [column.value for column in answer.built.columns] == before


def test_users_variables_keep_their_values():
    """`total` was 6 at the answer, so a point with another total breaks its row."""

    def add(m):
        m.total = pyo.Var()
        m.sum = pyo.Constraint(expr=m.total == sum(m.aev.c[t] for t in m.T))

    answer = run(add)
    assert answer.broken_by(np.array([4.0, 1.0, 1.0])) == []
    assert answer.broken_by(np.array([4.0, 4.0, 1.0])) == ["sum"]


def test_without_a_function_nothing_is_broken():
    answer = run(None)
    assert answer.objective == pytest.approx(8)
    assert answer.broken_by(answer.x) == []


def test_infeasible_because_of_the_user():
    answer = run(lambda m: m.add_component("low", pyo.Constraint(expr=m.aev.c[FIRST] >= 5)))
    assert answer.status == "infeasible"


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.objective.deactivate(),
        lambda m: m.objective.set_value(m.objective.expr + m.aev.c[FIRST]),
        lambda m: m.objective.set_sense(pyo.maximize),
        lambda m: m.add_component("second", pyo.Objective(expr=m.aev.c[FIRST])),
    ],
)
def test_the_objective_must_stay(change):
    assert "changes the objective" in refusal(change)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.aev.demand.deactivate(),
        lambda m: m.aev.demand.set_value(m.aev.c[FIRST] >= 6),
        lambda m: m.aev.del_component("demand"),
        lambda m: m.aev.deactivate(),
    ],
)
def test_rows_must_stay(change):
    assert "changes or takes away `aev.demand`" in refusal(change)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m.aev.demand_dual.setub(3),
        lambda m: m.aev.demand_dual.fix(0),
        lambda m: m.add_component("row", pyo.Constraint(expr=m.aev.demand_dual <= m.aev.c[FIRST])),
    ],
)
def test_multipliers_are_not_the_users(change):
    assert "limits `aev.demand.dual`" in refusal(change)


def test_a_column_that_stands_for_an_abs_is_not_the_users():
    """The bounds of its slacks hold where it is no larger than what it stands for."""
    model = evdsl.loads(
        "leader top { var k in [0, 1]; minimize F = low.y - k; }"
        "follower low { var y in [0, 1]; minimize f = y; constraint near: abs(y - k) <= 3; }"
    )

    def far(m):
        m.far = pyo.Constraint(expr=m.low.abs1 >= 2.9)

    with pytest.raises(EvdslError) as refused:
        model.solve(extend=far)
    assert [d.code for d in refused.value.diagnostics] == ["E0538"]
    assert "`low.abs1`" in refused.value.diagnostics[0].message


def test_what_the_function_raises_is_the_users():
    def wrong(m):
        raise KeyError("no such car")

    with pytest.raises(KeyError, match="no such car"):
        run(wrong)
