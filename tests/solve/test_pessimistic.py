"""The pessimistic problem against a grid of decisions, each with its worst optimal answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from unittest import mock

import numpy as np
import pytest
from scipy.optimize import linprog

import evdsl
from evdsl.program.mip import Answer
from evdsl.solve.route import Route
from evdsl.source.diagnostic import EvdslError
from stored_answers import KNOWN


@dataclass(frozen=True)
class Tied:
    """`min a x + b·y` over x in [0, 2], where y in [0, 3]³ minimises `c·y` with `A y >= d x + e`."""

    a: float
    b: np.ndarray
    c: np.ndarray
    A: np.ndarray
    d: np.ndarray
    e: np.ndarray

    def text(self, *, whole: bool) -> str:
        def total(values: np.ndarray) -> str:
            return " + ".join(f"({v:g}) * {{0}}y{j}" for j, v in enumerate(values))

        leader = f"leader up {{ var x {'integer ' if whole else ''}in [0, 2]; "
        leader += f"minimize F = ({self.a:g}) * x + {total(self.b).format('low.')}; }}"
        columns = " ".join(f"var y{j} in [0, 3];" for j in range(3))
        rows = " ".join(
            f"constraint r{i}: {total(row).format('')} >= ({self.d[i]:g}) * x + ({self.e[i]:g});"
            for i, row in enumerate(self.A)
        )
        return (
            f"{leader} follower low {{ {columns} minimize f = {total(self.c).format('')}; {rows} }}"
        )

    def worst(self, x: float) -> float:
        """What the leader pays at x if the follower takes the worst of its optima; inf: none."""
        limits = [(0, 3)] * 3
        side = -(self.d * x + self.e)
        best = linprog(self.c, -self.A, side, bounds=limits)
        if best.status != 0:
            return np.inf
        rows = np.vstack([-self.A, self.c])
        found = linprog(-self.b, rows, np.append(side, best.fun + 1e-9), bounds=limits)
        return float(self.a * x - found.fun)


def draw(seed: int) -> Tied:
    rng = np.random.default_rng(seed)
    return Tied(
        a=float(rng.integers(-3, 4)),
        b=rng.integers(-3, 4, 3).astype(float),
        c=rng.integers(0, 2, 3).astype(float),
        A=rng.integers(-1, 2, (2, 3)).astype(float),
        d=rng.integers(-1, 2, 2).astype(float),
        e=rng.integers(-1, 3, 2).astype(float),
    )


@pytest.mark.parametrize("whole", [True, False])
def test_against_a_grid(whole: bool) -> None:
    """The answer is what its own decision costs at worst, and no decision of the grid is better;
    for a whole-number leader the grid holds all decisions."""
    compared = 0
    for seed in range(14):
        made = draw(seed)
        values = [made.worst(x) for x in np.linspace(0, 2, 3 if whole else 11)]
        solution = evdsl.loads(made.text(whole=whole)).solve(pessimistic=True, gap=1e-7)
        if np.isinf(min(values)):
            assert solution.status == "infeasible", seed
            continue
        assert solution.status == "optimal", (seed, solution.diagnostics)
        assert solution.certificate.certified
        x = float(solution.value("x"))
        assert solution.objective == pytest.approx(made.worst(x), abs=1e-5), seed
        if whole:
            assert solution.objective == pytest.approx(min(values), abs=1e-5), seed
        assert solution.objective <= min(values) + 1e-5, seed
        compared += 1
    assert compared >= 8


def test_the_certificate_says_what_an_optimistic_answer_may_cost() -> None:
    several = 0
    for seed in range(20, 40):
        made = draw(seed)
        solution = evdsl.loads(made.text(whole=False)).solve(gap=1e-7)
        if solution.status == "infeasible":
            continue
        found = solution.certificate.ties
        assert found is not None
        assert found.pessimistic == pytest.approx(made.worst(float(solution.value("x"))), abs=1e-5)
        assert found.optimistic - 1e-6 <= found.out_of_box <= found.pessimistic + 1e-6
        several += found.pessimistic > found.optimistic + 1e-3
    assert several >= 4


def test_optimistic_plain_and_pessimistic_differ() -> None:
    """The follower does not care: y is anything in [0, 1], and s anything up to min(x, y).

    The optimistic leader hopes for y = s = 0 and takes x = 1, at -1; the worst there is y = s = 1,
    at 2. The worst at x is y = 1 and s = x, at 1 + x: so x = 0, at 1, and 0 if y = 0.
    """
    text = """
    leader up { var x in [0, 1]; minimize F = low.y - x + 2 * low.s; }
    follower low {
      var y in [0, 1];
      var s in [0, 1];
      minimize f = 0 * y;
      constraint a: s <= y;
      constraint b: s <= x;
    }
    """
    model = evdsl.loads(text)
    optimistic, pessimistic = model.solve(), model.solve(pessimistic=True)
    assert (optimistic.objective, optimistic.value("x")) == pytest.approx((-1, 1))
    assert optimistic.certificate.ties is not None
    assert optimistic.certificate.ties.pessimistic == pytest.approx(2)
    assert (pessimistic.objective, pessimistic.value("x")) == pytest.approx((1, 0))
    assert pessimistic.value("low.y") == pytest.approx(1)
    assert pessimistic.certificate.ties is not None
    assert pessimistic.certificate.ties.optimistic == pytest.approx(0)


@pytest.mark.parametrize(
    ("text", "optimum"),
    [
        (KNOWN["linear"].text, -12),
        (
            "leader up { var x in [0, 2]; minimize F = low.y - x / 2; }"
            "follower low { var y in [0, 3]; minimize f = y; constraint need: y >= x; }",
            0,
        ),
        (
            "leader up { var x in [0, 2]; maximize F = low.y - x / 2; }"
            "follower low { var y in [0, 3]; maximize f = y; constraint most: y <= 3 - x; }",
            3,
        ),
    ],
)
def test_of_one_answer_only_the_worst_is_the_best(text: str, optimum: float) -> None:
    """Bard's example; y = x, so x/2; and y = 3 - x, so 3 - 3x/2."""
    for pessimistic in (False, True):
        solution = evdsl.loads(text).solve(pessimistic=pessimistic)
        assert solution.status == "optimal"
        assert solution.objective == pytest.approx(optimum, abs=1e-5)


@pytest.mark.parametrize("bound", [-5.0, -1.0, 0.5, np.nan])
def test_only_a_bound_that_meets_the_worst_answer_makes_an_optimum(bound: float) -> None:
    """The answer costs -1 at worst, so no bound may be above it."""
    true = Route.solve

    def solve(self: Route, *arguments: object) -> Answer:
        return replace(true(self, *arguments), bound=bound)

    with mock.patch.object(Route, "solve", solve):
        solution = evdsl.loads(KNOWN["worst"].text).solve(pessimistic=True)
    assert solution.objective == pytest.approx(-1)
    assert solution.status == ("optimal" if bound == -1.0 else "feasible")
    assert np.isnan(solution.bound) == (bound != -1.0 and bound != -5.0)


@pytest.mark.parametrize("sense", ["minimize", "maximize"])
def test_several_followers_each_at_their_worst(sense: str) -> None:
    """Each of two followers splits x between y and z, and the leader dislikes y: at worst it pays
    2 x + 3 (2 - x), which is least at x = 2: 4."""
    sign = 1 if sense == "minimize" else -1
    text = f"""
    set I = 1..2;
    leader up {{
      var x in [0, 2];
      {sense} F = {sign} * (sum{{i in I}}(low[i].y) + 3 * (2 - x));
    }}
    follower low[i in I] {{
      var y in [0, 9]; var z in [0, 9];
      maximize f = -(y + z);
      constraint need: y + z == x;
    }}
    """
    solution = evdsl.loads(text).solve(pessimistic=True)
    assert solution.status == "optimal"
    assert sign * solution.objective == pytest.approx(4)
    assert list(solution.value("low.y")) == pytest.approx([2, 2])


PLAIN = """
leader up {{ var x in [0, 2]; var b binary; minimize F = {objective}; {row} }}
follower low {{ var y {domain}; minimize f = {follows}; constraint need: y >= x; }}
{more}
"""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"row": "constraint w: low.y <= 1;"}, "rows of the leader that hold .*: `up.w`"),
        ({"objective": "x + low.need.dual"}, "multipliers in the leader's problem"),
        ({"domain": "integer in [0, 3]"}, "whole numbers of a follower"),
        ({"follows": "x * y"}, "products in a follower's objective"),
        ({"follows": "y ^ 2 + y"}, "products in a follower's objective"),
        ({"objective": "low.y ^ 2"}, "products in the leader's problem"),
        ({"objective": "b * low.y"}, "products in the leader's problem"),
        (
            {
                "follows": "y + 0 * other.z",
                "more": "follower other { var z in [0, 5]; minimize g = z; constraint r: z >= low.y; }",
            },
            "followers that play against each other",
        ),
    ],
)
def test_what_is_refused(changes: dict[str, str], reason: str) -> None:
    parts = {"objective": "x + low.y", "row": "", "domain": "in [0, 3]", "follows": "y", "more": ""}
    evdsl.loads(PLAIN.format(**parts)).solve(pessimistic=True)
    with pytest.raises(EvdslError, match=f"E0514.*{reason}"):
        evdsl.loads(PLAIN.format(**parts | changes)).solve(pessimistic=True)


@pytest.mark.parametrize("most", [1, 2])
def test_a_baseline_has_its_worst_answer_even_where_it_breaks_a_row(most: int) -> None:
    """At x = 2 the indifferent follower's worst answer is 3, whether or not the leader may go there."""
    text = f"""
    leader up {{ var x in [0, 2]; minimize F = x + low.y; constraint c: x <= {most}; }}
    follower low {{ var y in [0, 3]; minimize f = 0 * y; }}
    baseline far {{ x = 2; }}
    """
    solution = evdsl.loads(text).solve(pessimistic=True)
    assert solution.baselines["far"].objective == pytest.approx(5)
    assert ("W0601" in [d.code for d in solution.diagnostics]) == (most == 1)
