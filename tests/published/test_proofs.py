"""The optima of the headers, and against what is published where that is another, without evdsl's
solve: from the arrays of the Programs, by the two oracles of this folder."""

from __future__ import annotations

import math

import numpy as np
import pytest

from branching import optimum
from deciding import decisions, named, value_of
from evdsl.program.program import Program
from headers import PROBLEMS, Published

BENT = {"qp_hq_1958", "qp_y_1996_02"}
LARGE = {"multi_pan_2003"}
PROVED = [
    *(
        name
        for name, problem in PROBLEMS.items()
        if problem.family in ("lp", "edge", "mip", "multi", "qp") and name not in BENT | LARGE
    ),
    "nash_facchinei_1996_9",
    "int_barguel",
]
NOT_GROUNDED = "int_pao_bqp1"
TRIED = [
    *(
        name
        for name, problem in PROBLEMS.items()
        if problem.family in ("int", "pess") and name != NOT_GROUNDED
    ),
    *("multi_pan_2003", "mip_lightgraphs_interdiction", "mip_pyomo_interdiction"),
    *("price_bolib_p4", "price_bolib_p5", "price_fruits", "price_fruits_infeasible"),
]
TRIED_LONG = ["price_besancon_2019", "price_bouhtou_2007", "price_bolib_p1", "price_bolib_p2"]
COMMITTED = {
    **dict.fromkeys([*sorted(BENT), "nash_daughety_1990", "nash_sg_2013_1", "nash_sg_2013_3"], 100),
    "nash_gabriel_2013": 22000,
}
"""With the largest decision that is tried."""
BEATEN = [name for name, problem in PROBLEMS.items() if problem.better]
REFUTED = [name for name, problem in PROBLEMS.items() if problem.refuted]


def no_better(problem: Published, value: float) -> bool:
    """Whether a value, or nan for none, is not above what the header calls the best."""
    best = problem.optimum.value
    if problem.optimum.status == "not attained":
        best = float(problem.fields["infimum"])
    elif problem.optimum.status == "infeasible":
        return math.isnan(value)
    sense = problem.program.joint.sense
    return math.isnan(value) or sense * (value - best) > -1e-5 - 1e-4 * abs(best)


def best_of(program: Program, values: list[float]) -> float:
    found = [value for value in values if not math.isnan(value)]
    return program.joint.sense * min((program.joint.sense * v for v in found), default=math.nan)


@pytest.mark.parametrize("name", PROVED)
def test_branching_on_all_pairs_proves_the_optimum(name: str) -> None:
    problem = PROBLEMS[name]
    status, value = optimum(problem.program)
    assert problem.optimum.holds(status, value), (status, value)


@pytest.mark.parametrize(
    "name", [*TRIED, *(pytest.param(name, marks=pytest.mark.slow) for name in TRIED_LONG)]
)
def test_no_decision_is_better(name: str) -> None:
    """Where the leader is whole these are all decisions, and the best one is the optimum."""
    problem = PROBLEMS[name]
    program = problem.program
    leads = program.leader_columns
    steps = 80 if len(leads) == 1 else 10
    tried = [value_of(program, x, problem.pessimistic) for x in decisions(program, steps)]
    assert all(no_better(problem, value) for value in tried)
    if program.joint.integer[leads].all():
        assert problem.optimum.holds("optimal", best_of(program, tried))


@pytest.mark.parametrize("name", COMMITTED)
def test_no_decision_of_a_grid_is_better(name: str) -> None:
    problem = PROBLEMS[name]
    program = problem.program
    leads = [int(j) for j in program.leader_columns]
    steps = 20 if len(leads) == 1 else 8
    for x in decisions(program, steps, far=COMMITTED[name]):
        status, value = optimum(program, {program.joint.column_name(j): x[j] for j in leads})
        assert status == "optimal"
        assert no_better(problem, value)


@pytest.mark.parametrize("name", [n for n in PROBLEMS if "approached" in PROBLEMS[n].fields])
def test_an_infimum_is_approached_and_not_attained(name: str) -> None:
    """Near it the leader gets almost as much; at the place itself the answer jumps."""
    problem = PROBLEMS[name]
    program, near = problem.program, named(problem.program, problem.approached)
    infimum = float(problem.fields["infimum"])
    there = value_of(program, near, problem.pessimistic)
    assert infimum < there < infimum + 1e-3
    (j,) = program.leader_columns
    near[j] = round(near[j], 3)
    assert value_of(program, near, problem.pessimistic) > infimum + 0.4


@pytest.mark.parametrize("name", [n for n, problem in PROBLEMS.items() if problem.differs])
def test_a_published_value_that_is_another_is_disproved(name: str) -> None:
    assert name in {*BEATEN, *REFUTED}


@pytest.mark.parametrize("name", BEATEN)
def test_a_better_decision_than_published(name: str) -> None:
    problem = PROBLEMS[name]
    sense, published = problem.program.joint.sense, problem.published
    assert published is not None
    status, value = optimum(problem.program, problem.better)
    assert status == "optimal"
    assert sense * value < sense * published.value - 1e-3
    if problem.optimum.status == "optimal":
        assert problem.optimum.holds(status, value)


@pytest.mark.parametrize("name", REFUTED)
def test_the_published_point_is_not_worth_what_is_published(name: str) -> None:
    """The follower does something else there, or may do something worse for the leader."""
    problem = PROBLEMS[name]
    program, published = problem.program, problem.published
    assert published is not None
    if problem.pessimistic:
        assert published.holds(*optimum(program, problem.refuted))
        worst = value_of(program, named(program, problem.refuted), worst=True)
        assert program.joint.sense * (worst - published.value) > 1
        return
    point = named(program, problem.refuted)
    assert published.holds("optimal", program.joint.objective(point))
    assert optimum(program, problem.refuted)[0] == "infeasible"
    leads = {program.joint.column_name(int(j)) for j in program.leader_columns}
    assert (
        optimum(program, {n: v for n, v in problem.refuted.items() if n in leads})[0] == "optimal"
    )


@pytest.mark.parametrize("name", ["lp_bard_1998_511", "mip_moore_bard_1990", "multi_pao_docs"])
def test_the_two_oracles_agree_on_a_decision(name: str) -> None:
    program = PROBLEMS[name].program
    leads = [int(j) for j in program.leader_columns]
    for x in decisions(program, 10):
        decision = {program.joint.column_name(j): x[j] for j in leads}
        for worst in (False, True):
            _, by_pairs = optimum(program, decision, worst)
            assert value_of(program, x, worst) == pytest.approx(by_pairs, abs=1e-6, nan_ok=True)


def test_the_oracles_know_the_reading() -> None:
    """Bard (1998), Example 8.1.2: at x = 0 the best answer gives -1 and the worst 10."""
    program = PROBLEMS["pess_b_1998_812"].program
    decision = np.zeros(program.joint.shape[1])
    assert value_of(program, decision) == pytest.approx(-1)
    assert value_of(program, decision, worst=True) == pytest.approx(10)
