"""Solving through Pyomo's interfaces: the same answers as the arrays, and every refusal."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import numpy as np
import pyomo.environ as pyo
import pytest

from evdsl.backends import highs
from evdsl.backends.options import Event, SolveOptions
from evdsl.backends.pyomo import routes, solve
from evdsl.backends.pyomo.find import find, known_names
from evdsl.backends.pyomo.routes import Outcome
from evdsl.program.keys import Elements, dense
from evdsl.program.mip import Mip
from evdsl.source.diagnostic import EvdslError
from pyomo_problems import INF, linear, motley, program_of


def reachable(name: str) -> bool:
    try:
        return bool(find(name))
    except EvdslError:
        return False


HERE = ["highs", "scip", "appsi_highs"]
ELSEWHERE = [name for name in ("glpk", "cbc", "gurobi") if reachable(name)]


def run(mip: Mip, solver: str, **options):
    return solve(mip, program_of(mip.linear), solver, SolveOptions(**options))


def refusal(call: Callable[[], object]):
    with pytest.raises(EvdslError) as raised:
        call()
    (diagnostic,) = raised.value.diagnostics
    return diagnostic


def knapsack(sense: int = -1) -> tuple[Mip, float]:
    """Eight items; the best value by enumeration."""
    items = Elements("I", "whole", np.arange(8))
    value = np.array([10, 13, 7, 8, 12, 4, 9, 11.0])
    weight = np.array([5, 6, 3, 4, 7, 1, 4, 6.0])
    best = max(
        value @ pick for pick in map(np.array, product((0, 1), repeat=8)) if weight @ pick <= 17
    )
    level = linear(
        columns=[("leader", "pick", dense((items,)))],
        rows=[("leader", "weight", dense(()))],
        A=[weight],
        row_limits=[(-INF, 17)],
        limits=[(0, 1)] * 8,
        cost=-sense * value,
        integer=range(8),
        sense=sense,
    )
    return Mip(level), -sense * best


def pairs() -> Mip:
    """max x + 2 y + z over x, y, z <= 3, 4, 5, of each pair (x, y) and (y, z) only one: 8."""
    level = linear(
        columns=[("leader", name, dense(())) for name in ("x", "y", "z")],
        rows=[("leader", f"cap_{name}", dense(())) for name in ("x", "y", "z")],
        A=np.eye(3),
        row_limits=[(-INF, 3), (-INF, 4), (-INF, 5)],
        limits=[(0, INF)] * 3,
        cost=[1, 2, 1],
        sense=-1,
    )
    return Mip(level, sos1=np.array([(0, 1), (2, 1)]))


def market_split() -> Mip:
    """Halve six sums of 60 whole weights at once: no solver decides it in seconds."""
    rng = np.random.default_rng(5)
    n, m = 60, 6
    weights = rng.integers(0, 100, (m, n))
    items = Elements("I", "whole", np.arange(n))
    sums = Elements("R", "whole", np.arange(m))
    half = weights.sum(axis=1) // 2
    level = linear(
        columns=[
            ("leader", "pick", dense((items,))),
            ("leader", "over", dense((sums,))),
            ("leader", "under", dense((sums,))),
        ],
        rows=[("leader", "split", dense((sums,)))],
        A=np.hstack([weights, -np.eye(m), np.eye(m)]),
        row_limits=np.column_stack([half, half]),
        limits=[(0, 1)] * n + [(0, INF)] * 2 * m,
        cost=[0] * n + [1] * 2 * m,
        integer=range(n),
    )
    return Mip(level)


@pytest.mark.parametrize("solver", [*HERE, *ELSEWHERE])
def test_the_same_optimum_as_from_the_arrays(solver):
    mip = motley()
    direct = highs.solve(mip, SolveOptions())
    answer = run(mip, solver)
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(direct.objective, abs=1e-6)
    assert answer.objective == mip.linear.objective(answer.x)
    assert answer.bound == pytest.approx(answer.objective, abs=1e-6)


@pytest.mark.parametrize("solver", [*HERE, *ELSEWHERE])
@pytest.mark.parametrize("sense", [1, -1])
def test_a_maximum_and_a_minimum_with_their_bounds(solver, sense):
    mip, best = knapsack(sense)
    answer = run(mip, solver, gap=0.0)
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(best)
    assert answer.bound == pytest.approx(best)


@pytest.mark.parametrize("solver", [*HERE, *ELSEWHERE])
def test_infeasible(solver):
    mip, _ = knapsack()
    none = replace(mip.linear, row_lower=np.array([40.0]), row_upper=np.array([INF]))
    assert run(Mip(none), solver).status == "infeasible"


@pytest.mark.parametrize("solver", [*HERE, *ELSEWHERE])
def test_unbounded(solver):
    mip = motley()
    cost = mip.linear.cost.copy()
    cost[8] = 1.0
    lower = mip.linear.lower.copy()
    lower[7], cost[7] = -INF, 3.0
    free = replace(mip.linear, cost=cost, row_upper=np.full(9, INF), row_lower=np.full(9, -INF))
    free = replace(free, lower=lower, row_upper=free.row_upper, A=mip.linear.A)
    kept = free.row_upper.copy()
    kept[5] = 3.0
    assert run(Mip(replace(free, row_upper=kept)), solver).status == "unbounded"


def test_a_row_that_nothing_can_meet():
    mip = motley()
    lower = mip.linear.row_lower.copy()
    lower[8] = 1.0
    for solver in HERE:
        assert run(Mip(replace(mip.linear, row_lower=lower)), solver).status == "infeasible"


def test_pairs_go_to_scip_as_sos1():
    answer = run(pairs(), "scip")
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(8)
    assert min(abs(answer.x[[0, 1]])) == pytest.approx(0)


@pytest.mark.parametrize("solver", ["highs", "appsi_highs"])
def test_highs_takes_no_pairs(solver):
    diagnostic = refusal(lambda: run(pairs(), solver))
    assert diagnostic.code == "E0536"
    assert diagnostic.help == "write `--method bigm`, or `--solver scip`"


def test_an_unknown_solver_gets_the_nearest_name():
    diagnostic = refusal(lambda: run(motley(), "gurobbi"))
    assert (diagnostic.code, diagnostic.help) == ("E0535", "did you mean `gurobi`?")


def test_a_solver_that_is_not_installed():
    absent = next(n for n in ("baron", "xpress_direct", "cuopt") if not reachable(n))
    diagnostic = refusal(lambda: run(motley(), absent))
    assert diagnostic.code == "E0535"
    assert "does not find it on this machine" in diagnostic.message
    assert {"gurobi", "cplex", "glpk", "cbc", "highs", "scip_direct"} <= set(known_names())


def test_nothing_is_written_to_stdout(capfd):
    for solver in HERE:
        run(knapsack()[0], solver)
    refusal(lambda: run(motley(), "gurobbi"))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("solver", HERE)
def test_the_log_goes_to_a_file(solver, tmp_path, capfd):
    log = tmp_path / "solver.log"
    run(knapsack()[0], solver, log=log)
    assert ("SCIP" if solver == "scip" else "HiGHS") in log.read_text()
    assert capfd.readouterr() == ("", "")


def test_unknown_options_are_refused():
    for solver, name in [("highs", "mip_rel_gapp"), ("scip", "limits/gapp")]:
        diagnostic = refusal(lambda s=solver, n=name: run(motley(), s, extra={n: 1}))
        assert diagnostic.code == "E0650"


@pytest.mark.parametrize(
    ("solver", "option"),
    [
        ("highs", "mip_max_improving_sols"),
        ("appsi_highs", "mip_max_improving_sols"),
        ("scip", "limits/solutions"),
    ],
)
def test_options_reach_the_solver(solver, option):
    """A search that may find one point only ends at once, with a gap."""
    answer = run(market_split(), solver, time_limit=20.0, extra={option: 1})
    assert answer.status == "feasible"
    assert answer.seconds < 10


def test_threads_may_change_within_a_process():
    mip, best = knapsack()
    for threads in (1, 2, 1):
        assert run(mip, "highs", threads=threads).objective == pytest.approx(best)


def test_a_setting_that_does_not_reach_the_solver_is_refused(monkeypatch):
    route = routes.Legacy("unheard", SimpleNamespace(options={}))
    monkeypatch.setattr("evdsl.backends.pyomo.run.find", lambda name, sos1: route)
    diagnostic = refusal(lambda: run(motley(), "unheard", time_limit=10.0))
    assert diagnostic.code == "E0537"
    assert "the time limit does not reach `unheard`" in diagnostic.message
    assert "`--time-limit`" in diagnostic.help


class Fake:
    """A solver that says what it is told, and leaves these values in the model."""

    name = "fake"
    takes_sos1 = True

    def __init__(self, outcome: Outcome, values) -> None:
        self.outcome, self.values = outcome, values

    def run(self, model, options):
        variables = model.component_data_objects(pyo.Var)
        for variable, value in zip(variables, self.values, strict=True):
            variable.set_value(value, skip_validation=True)
        return self.outcome


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ((0.5, 0, 0, 0, 0, 0, 0, 0), "`leader.pick[0]` is not a whole number"),
        ((2, 0, 0, 0, 0, 0, 0, 0), "`leader.pick[0]` is outside its limits"),
        ((1, 1, 1, 1, 0, 0, 0, 0), "the row `leader.weight` is broken"),
    ],
)
def test_a_point_that_is_none_is_an_error(values, fault, monkeypatch):
    fake = Fake(Outcome("optimal", True, 44.0), values)
    monkeypatch.setattr("evdsl.backends.pyomo.run.find", lambda name, sos1: fake)
    answer = run(knapsack()[0], "fake")
    assert answer.status == "error"
    assert answer.x is None
    assert fault in answer.message


def test_a_pair_that_is_broken_is_an_error(monkeypatch):
    fake = Fake(Outcome("optimal", True, 8.0), (3, 4, 0))
    monkeypatch.setattr("evdsl.backends.pyomo.run.find", lambda name, sos1: fake)
    answer = run(pairs(), "fake")
    assert (answer.status, answer.x) == ("error", None)
    assert "both of the pair `leader.x` and `leader.y` are not 0" in answer.message


def test_a_bound_that_the_point_refutes_is_none(monkeypatch):
    fake = Fake(Outcome("optimal", True, 20.0), (1, 1, 1, 0, 0, 1, 0, 0))
    monkeypatch.setattr("evdsl.backends.pyomo.run.find", lambda name, sos1: fake)
    answer = run(knapsack()[0], "fake")
    assert answer.objective == 34
    assert answer.bound == INF


def test_a_solver_that_raises_is_a_status(monkeypatch):
    class Raising(Fake):
        def run(self, model, options):
            raise RuntimeError("error in LP solver")

    fake = Raising(Outcome("error", False), ())
    monkeypatch.setattr("evdsl.backends.pyomo.run.find", lambda name, sos1: fake)
    answer = run(knapsack()[0], "fake")
    assert answer.status == "error"
    assert answer.message == "fake: RuntimeError: error in LP solver"


@pytest.mark.parametrize("solver", ["scip", "appsi_highs", *ELSEWHERE])
def test_a_start_is_taken(solver):
    mip, best = knapsack()
    start = np.array([0, 0, 1, 0, 0, 1, 1, 0.0])
    answer = run(replace(mip, start=start), solver)
    assert answer.objective == pytest.approx(best)


@pytest.mark.parametrize("solver", HERE)
def test_time_limit(solver):
    answer = run(market_split(), solver, time_limit=2.0)
    assert answer.status == "feasible"
    assert answer.seconds < 8
    assert answer.bound < answer.objective - 0.5
    assert "imit" in answer.message
    assert answer.nodes > 0 or solver == "appsi_highs"


def test_a_long_objective_reaches_scip_in_pieces():
    """1 to 3 x_i over 1200 variables, at least 2 each: the constant and the sum are kept."""
    n = 1200
    items = Elements("I", "whole", np.arange(n))
    cost = 1.0 + np.arange(n) % 3
    level = linear(
        columns=[("leader", "x", dense((items,)))],
        rows=[],
        A=[],
        row_limits=[],
        limits=[(2, 9)] * n,
        cost=-cost,
        constant=5.0,
        sense=-1,
    )
    answer = run(Mip(level), "scip")
    assert answer.objective == pytest.approx(5 - 2 * cost.sum())
    assert answer.bound == pytest.approx(answer.objective)
    model = answer.built.model
    assert model.objective.active
    assert [c.local_name for c in model.component_objects(pyo.Block)] == ["leader"]
    assert [c.local_name for c in model.component_objects(pyo.Objective)] == ["objective"]


def test_watch_hears_the_end():
    events: list[Event] = []
    mip, best = knapsack()
    answer = solve(mip, program_of(mip.linear), "highs", SolveOptions(), events.append)
    assert [event.incumbent for event in events] == [pytest.approx(best)]
    assert events[0].bound == answer.bound
    assert math.isfinite(answer.seconds)
