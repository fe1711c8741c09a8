"""One problem by every method, and by a mixture of them for each family."""

from __future__ import annotations

import numpy as np
import pytest

import evdsl
from evdsl.reformulate.kkt import kkt
from evdsl.solve.route import Route, pairs_of
from evdsl.source.diagnostic import EvdslError

TEXT = """
set T = 0..3 cyclic;
param price[t in T] = {0: 3, 1: 8, 2: 2, 3: 6};
leader planner {
  var k in [0, 1];
  var s_max[t in T] in [1, 3];
  minimize F = sum{t in T}(abs(store.c[t] - 0.8)) + 0.1 * k + 0.01 * sum{t in T}(s_max[t]);
}
follower store {
  var c[t in T] in [0, 2 * k];
  var s[t in T] in [0, s_max[t]];
  minimize cost = sum{t in T}(price[t] * c[t]);
  constraint soc[t in T]: s[t] == s[prev(t)] + c[t] - 0.7;
  constraint slow[t in T]: c[t] - c[prev(t)] <= 1.5;
}
"""
FAMILIES = ("store.c", "store.s", "store.c.lower", "store.s.upper", "store.slow")


@pytest.fixture(scope="module")
def model() -> evdsl.Model:
    return evdsl.loads(TEXT)


@pytest.fixture(scope="module")
def exact(model: evdsl.Model) -> float:
    solution = model.solve("scip", "sos1", gap=1e-7)
    assert solution.status == "optimal"
    return solution.objective


@pytest.mark.parametrize(
    ("solver", "method"),
    [("highs", "branch"), ("highs", "bigm"), ("scip", "bigm"), ("scip", "indicator")],
)
def test_every_method_has_the_same_optimum(
    model: evdsl.Model, exact: float, solver: str, method: str
) -> None:
    solution = model.solve(solver, method, gap=1e-7)
    assert solution.certificate.certified
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(exact, abs=1e-5)


MIXTURES = [
    ("highs", "branch", {"store.slow": "bigm"}),
    ("highs", "bigm", {"store.s": "branch"}),
    ("highs", "bigm", {"store.s.upper": "branch", "store.slow": "branch"}),
    ("highs", "auto", {"store.c": "bigm"}),
    ("scip", "sos1", {"store.c.lower": "indicator", "store.slow": "bigm"}),
    ("scip", "indicator", {"store.c": "sos1"}),
    ("scip", "bigm", {"store.slow": "sos1", "store.s": "indicator"}),
]


@pytest.mark.parametrize(("solver", "method", "methods"), MIXTURES)
def test_mixtures_have_it_too(
    model: evdsl.Model, exact: float, solver: str, method: str, methods: dict[str, str]
) -> None:
    solution = model.solve(solver, method, methods=methods, gap=1e-7)
    assert solution.certificate.certified
    assert solution.objective == pytest.approx(exact, abs=1e-5)
    assert solution.status == "optimal"


def test_which_pairs_a_name_means(model: evdsl.Model) -> None:
    """Lower limits of c are the columns' own, the upper ones rows that hold the leader's k."""
    level = kkt(model.ground().program)
    sizes = {name: int(pairs_of(level, name).sum()) for name in FAMILIES}
    assert sizes == {
        "store.c": 8,
        "store.s": 8,
        "store.c.lower": 4,
        "store.s.upper": 4,
        "store.slow": 4,
    }
    assert not pairs_of(level, "store.soc").any()
    sides = [pairs_of(level, f"store.c.{side}") for side in ("lower", "upper")]
    assert not (sides[0] & sides[1]).any()
    np.testing.assert_array_equal(sides[0] | sides[1], pairs_of(level, "store.c"))


def test_a_way_reaches_the_pairs_that_it_names(model: evdsl.Model) -> None:
    program = model.ground().program
    level = kkt(program)
    route = Route("scip", "sos1", methods={"store.c": "indicator", "store.c.lower": "bigm"})
    ways = route.ways(level)
    assert set(ways[pairs_of(level, "store.c.lower")]) == {"bigm"}
    assert set(ways[pairs_of(level, "store.c.upper")]) == {"indicator"}
    assert set(ways[~pairs_of(level, "store.c")]) == {"sos1"}


@pytest.mark.parametrize(
    ("name", "help_text"),
    [
        ("store.solw", "did you mean `store.slow`?"),
        ("store.soc", None),
        ("planner.k", None),
        ("c", None),
        ("store", None),
    ],
)
@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_names_without_pairs_are_refused(
    model: evdsl.Model, solver: str, name: str, help_text: str | None
) -> None:
    method = {"highs": "branch", "scip": "sos1"}[solver]
    with pytest.raises(EvdslError) as caught:
        model.solve(solver, methods={name: method, "store.c": method})
    (said,) = caught.value.diagnostics
    assert said.code == "E0512"
    assert said.message == f"`{name}` has no pairs that a method could be given to"
    if help_text is not None:
        assert said.help == help_text


@pytest.mark.parametrize(
    ("solver", "method", "code"),
    [("highs", "sos1", "E0609"), ("scip", "branch", "E0609"), ("highs", "sos", "E0607")],
)
def test_a_familys_method_must_suit_the_solver(
    model: evdsl.Model, solver: str, method: str, code: str
) -> None:
    with pytest.raises(EvdslError) as caught:
        model.solve(solver, methods={"store.c": method})
    assert [d.code for d in caught.value.diagnostics] == [code]
