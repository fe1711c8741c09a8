"""Which way a problem goes: by its class, the solver, and what can be proved about it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest

import evdsl
from evdsl.backends.options import SolveOptions
from evdsl.program.mip import Answer
from evdsl.program.program import Program
from evdsl.solve.plan import check_request, plan
from evdsl.solve.polish import polish
from evdsl.solve.route import Request, Route
from evdsl.solve.starts import tightest_decision
from evdsl.source.diagnostic import EvdslError
from stored_answers import KNOWN

ONE_LEVEL = "leader up { var x in [0, 1]; minimize F = x; }"
ONE_LEVEL_SQUARES = "leader up { var x in [0, 1]; var z binary; minimize F = (x - z) ^ 2 + z; }"
LINEAR = KNOWN["linear"].text
READING = KNOWN["price"].text
NASH = """
leader up { var x in [0, 1]; minimize F = a.y; }
follower a { var y in [0, 2]; minimize f = y ^ 2 - x * y; constraint r: y >= b.y - 1; }
follower b { var y in [0, 2]; minimize f = y ^ 2 - a.y * y; }
"""
WHOLE = KNOWN["whole"].text


def chain(hours: int, rows: str = "") -> str:
    """A storage with `4 * hours` pairs; all bounds are proved unless `rows` prevent it."""
    return f"""
    set T = 1..{hours} cyclic;
    param price[t in T] = 3 + (t mod 5);
    leader up {{ var k in [0, 1]; minimize F = sum{{t in T}}(abs(low.c[t] - 0.5)) + k; }}
    follower low {{
      var c[t in T] in [0, 4 * k];
      var s[t in T] in [0, 9];
      minimize cost = sum{{t in T}}(price[t] * c[t]);
      constraint soc[t in T]: s[t] == s[prev(t)] + c[t] - 0.5;
      {rows}
    }}
    """


def hourly(hours: int, rows: str = "") -> str:
    """The same with a factor for each hour."""
    text = chain(hours, rows).replace("var k in", "var k[t in T] in").replace("4 * k]", "4 * k[t]]")
    return text.replace("+ k;", "+ sum{t in T}(k[t]);")


LARGE = chain(17)
NO_PROOF = chain(30, "constraint cap: sum{t in T}(c[t]) <= 200;")


def program(text: str) -> Program:
    return evdsl.loads(text).ground().program


TABLE = [
    ("one level", ONE_LEVEL, "highs", "auto", ""),
    ("one level", ONE_LEVEL, "scip", "auto", ""),
    ("one level, squares", ONE_LEVEL_SQUARES, "highs", "auto", ""),
    ("few pairs", LINEAR, "highs", "auto", "branch"),
    ("few pairs", LINEAR, "scip", "auto", "sos1"),
    ("few pairs", LINEAR, "gurobi", "auto", "bigm"),
    ("many pairs with proofs", LARGE, "highs", "auto", "bigm"),
    ("many pairs with proofs", LARGE, "scip", "auto", "sos1"),
    ("many pairs without proofs", NO_PROOF, "highs", "auto", "branch"),
    ("multipliers are read", READING, "highs", "auto", "branch"),
    ("multipliers are read", READING, "scip", "auto", "sos1"),
    ("Nash", NASH, "highs", "auto", "branch"),
    ("Nash", NASH, "scip", "auto", "sos1"),
    ("whole numbers of a follower", WHOLE, "highs", "auto", "value"),
    ("whole numbers of a follower", WHOLE, "scip", "auto", "value"),
    ("asked for", LINEAR, "highs", "bigm", "bigm"),
    ("asked for", LINEAR, "highs", "value", "value"),
    ("asked for", LINEAR, "scip", "indicator", "indicator"),
]


@pytest.mark.parametrize(
    ("what", "text", "solver", "method", "way"), TABLE, ids=[f"{t[0]}-{t[2]}-{t[3]}" for t in TABLE]
)
def test_the_way_of_each_class(what: str, text: str, solver: str, method: str, way: str) -> None:
    if (what, method) == ("asked for", "value"):
        text = text.replace("var x in [0, inf]", "var x integer in [0, 9]")
    request = Request(solver, method)
    check_request(request)
    route = plan(program(text), request).route
    assert (route.solver, route.method) == (solver, way)
    assert route.why


@pytest.mark.parametrize(
    ("text", "is_started", "way"),
    [
        (hourly(60), True, "bigm"),
        (hourly(60), False, "sos1"),
        (hourly(60, "constraint cap: sum{t in T}(c[t]) <= 200;"), True, "sos1"),
        (hourly(60).replace("abs(low.c[t] - 0.5)", "(low.c[t] - 0.5)^2"), True, "sos1"),
        (chain(60), True, "sos1"),
    ],
    ids=["proofs and a start", "no start", "no proofs", "squares", "one factor"],
)
def test_scip_takes_binaries_for_many_pairs_where_all_is_known(
    text: str, is_started: bool, way: str
) -> None:
    made = program(text)
    start = tightest_decision(made, SolveOptions())
    known = polish(made, start).x if is_started else None
    route = plan(made, Request("scip"), known).route
    assert route.method == way
    assert route.why


@pytest.mark.parametrize(
    ("text", "solver", "ways"),
    [
        (LINEAR, "highs", ["branch", "bigm"]),
        (LARGE, "highs", ["bigm", "branch"]),
        (NO_PROOF, "highs", ["branch"]),
        (READING, "highs", ["branch"]),
        (LINEAR, "scip", ["sos1", "indicator", "bigm"]),
        (NO_PROOF, "scip", ["sos1", "indicator"]),
        (ONE_LEVEL, "highs", [""]),
    ],
)
def test_what_is_tried_where_a_solver_fails(text: str, solver: str, ways: list[str]) -> None:
    """Ways whose bounds have no proof are passed over."""
    made = program(text)
    at, found = plan(made, Request(solver)), list[str]()
    while at is not None:
        found.append(at.route.method)
        at = at.following(made)
    assert found == ways


def test_one_constant_for_all_takes_the_proof_away_and_the_way_too() -> None:
    made = plan(program(NO_PROOF), Request("highs", big_m=1e3))
    assert (made.route.method, made.others) == ("bigm", ())
    assert made.single.assumed
    assert not plan(program(LINEAR), Request("highs", "bigm")).single.assumed


def test_why_the_second_way_is_gone() -> None:
    why = plan(program(NO_PROOF), Request("highs")).route.why
    assert why == "no bound can be proved for some multiplier or slack"
    assert "5 pairs" in plan(program(LINEAR), Request("highs")).route.why


@pytest.mark.parametrize(
    ("text", "request_", "code"),
    [
        (NO_PROOF, Request("highs", "bigm"), "E0501"),
        (WHOLE, Request("highs", "branch"), "E0510"),
        (WHOLE, Request("gurobi"), "E0510"),
        (WHOLE.replace("integer in [0, 4]", "in [0, 4]"), Request("highs"), "E0510"),
        (LINEAR, Request("highs", "value"), "E0510"),
        (KNOWN["nash"].text, Request("highs"), "E0511"),
        (LINEAR, Request("highs", methods={"low.e": "bigm"}), "E0512"),
    ],
)
def test_what_no_way_leads_to(text: str, request_: Request, code: str) -> None:
    with pytest.raises(EvdslError) as caught:
        plan(program(text), request_)
    assert {d.code for d in caught.value.diagnostics} == {code}


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (Request("highs", "big"), "E0607"),
        (Request(methods={"low.a": "soss"}), "E0607"),
        (Request(via="gams"), "E0608"),
        (Request("highs", "sos1"), "E0609"),
        (Request("highs", "indicator"), "E0609"),
        (Request("scip", "branch"), "E0609"),
        (Request("gurobi", "value"), "E0609"),
        (Request("highs", "sos1", via="pyomo"), "E0609"),
        (Request("scip", methods={"low.a": "branch"}), "E0609"),
        (Request("scip", "sos1", big_m=9.0), "E0618"),
    ],
)
def test_requests_that_make_no_sense(request_: Request, code: str) -> None:
    with pytest.raises(EvdslError) as caught:
        check_request(request_)
    assert [d.code for d in caught.value.diagnostics] == [code]


# ---- a solver that fails -------------------------------------------------------------------------

FAILED = Answer("error", message="out of luck")


def failing(ways: set[str], answer: Answer = FAILED) -> AbstractContextManager[object]:
    """`Route.solve` that gives this answer on some ways."""
    true = Route.solve

    def solve(self: Route, *arguments: object) -> Answer:
        return answer if self.method in ways else true(self, *arguments)

    return mock.patch.object(Route, "solve", solve)


@pytest.mark.parametrize(
    ("solver", "ways", "last"),
    [
        ("highs", {"branch"}, "bigm"),
        ("scip", {"sos1"}, "indicator"),
        ("scip", {"sos1", "indicator"}, "bigm"),
    ],
)
def test_the_next_way_is_gone_and_it_is_said(solver: str, ways: set[str], last: str) -> None:
    with failing(ways):
        solution = evdsl.loads(LINEAR).solve(solver)
    assert solution.status == "optimal"
    assert solution.method == last
    assert solution.objective == pytest.approx(-12)
    said = [d for d in solution.diagnostics if d.code == "W0605"]
    assert len(said) == len(ways)
    assert said[-1].message.endswith(f"failed in {solver}: `{last}` was tried next")
    assert all(d.severity == "warning" for d in said)


WRONG = [
    Answer("error", message="out of luck"),
    Answer("unbounded", bound=-np.inf),
    Answer("infeasible"),
    Answer("optimal", x=np.full(2, 9.0), objective=-27.0, bound=-27.0),
]


@pytest.mark.parametrize("answer", WRONG, ids=lambda answer: answer.status)
def test_claims_that_cannot_be_are_not_believed(answer: Answer) -> None:
    """A start is known, so the problem is neither infeasible nor is a point certified that is not."""
    if answer.x is not None:
        answer = replace(answer, x=np.append(answer.x, np.zeros(5)))
    with failing({"branch"}, answer):
        solution = evdsl.loads(LINEAR).solve("highs")
    assert (solution.status, solution.method) == ("optimal", "bigm")
    assert solution.objective == pytest.approx(-12)
    assert "W0605" in {d.code for d in solution.diagnostics}


@pytest.mark.parametrize("answer", WRONG, ids=lambda answer: answer.status)
def test_where_all_ways_fail_no_optimum_is_claimed(answer: Answer) -> None:
    if answer.x is not None:
        answer = replace(answer, x=np.append(answer.x, np.zeros(5)))
    with failing({"branch", "bigm"}, answer):
        solution = evdsl.loads(LINEAR).solve("highs")
    assert solution.status in ("feasible", "error")
    if solution.status == "feasible":
        assert solution.certificate.certified
        assert solution.objective >= -12 - 1e-6
    assert solution.method == "bigm"
    assert {d.code for d in solution.diagnostics} & {"W0602", "W0603", "W0604", "E0622", "E0623"}


@pytest.mark.parametrize("bound", [-100.0, -12.0, -3.0, np.nan, np.inf])
def test_a_certified_point_and_a_bound_that_may_lie(bound: float) -> None:
    """Only the bound that meets the point makes an optimum; one that is beaten is a failure."""
    true = Route.solve

    def solve(self: Route, *arguments: object) -> Answer:
        return replace(true(self, *arguments), bound=bound)

    with mock.patch.object(Route, "solve", solve):
        solution = evdsl.loads(LINEAR).solve("highs")
    assert solution.objective == pytest.approx(-12)
    assert solution.status == ("optimal" if bound == -12.0 else "feasible")
    codes = {d.code for d in solution.diagnostics}
    assert ("W0604" in codes) == (bound == -3.0)


def test_no_time_is_left_for_another_way() -> None:
    with failing({"branch"}):
        solution = evdsl.loads(LINEAR).solve("highs", time_limit=0.0)
    assert solution.method == "branch"
    assert solution.status in ("feasible", "error")
    assert "W0605" not in {d.code for d in solution.diagnostics}
