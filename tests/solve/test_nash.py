"""Followers that play against each other: the answer is a fixed point of their best responses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, linprog, minimize

import evdsl
from evdsl.program.program import Program
from evdsl.solve.polish import respond
from evdsl.solve.solution import Solution


def best_response(program: Program, x: np.ndarray, k: int) -> float:
    """What follower k's objective could be at best, the others' columns as in `x`, by SciPy."""
    joint = program.joint
    own = np.flatnonzero(program.column_owner == k)
    rows = np.flatnonzero(program.row_owner == k)
    others = np.where(program.column_owner == k, 0.0, x)
    A = joint.A.toarray()[np.ix_(rows, own)]
    shift = joint.A[rows] @ others
    low, high = joint.row_lower[rows] - shift, joint.row_upper[rows] - shift
    limits = list(zip(joint.lower[own], joint.upper[own], strict=True))
    sense = program.followers[k - 1].sense

    def value(y: np.ndarray) -> float:
        whole = others.copy()
        whole[own] = y
        return float(program.follower_objectives(whole)[k - 1])

    if not np.abs(program.follower_hessian[own][:, own]).sum():
        here = program.marginal_cost(others)[own]
        both, side = np.vstack([A, -A]), np.append(high, -low)
        kept = np.isfinite(side)
        found = linprog(sense * here, both[kept], side[kept], bounds=limits)
        assert found.status == 0
        return value(found.x)
    constraints = [LinearConstraint(A, low, high)] if len(rows) else []
    found = minimize(
        lambda y: sense * value(y), x[own], bounds=limits, constraints=constraints,
        method="SLSQP", options={"ftol": 1e-12, "maxiter": 300},
    )  # fmt: skip
    return value(found.x)


def equilibrium(text: str, solver: str = "highs") -> Solution:
    """The certified optimum, in which nobody gains by moving alone."""
    solution = evdsl.loads(text).solve(solver, gap=1e-6)
    assert solution.status == "optimal", solution.diagnostics
    assert solution.certificate.certified
    assert solution.point is not None
    program, x = solution.program, solution.point.x
    assert program.nash
    reached = program.follower_objectives(x)
    for k, follower in enumerate(program.followers, 1):
        best = best_response(program, x, k)
        gain = follower.sense * (reached[k - 1] - best)
        assert gain <= 1e-4 * max(1.0, abs(best)), (follower.label, gain)
    return solution


@dataclass(frozen=True)
class Cournot:
    """Firms of these costs, which sell at a price of 20 - 2 Σq and pay a tax of x a unit."""

    cost: tuple[float, ...]

    def text(self, leads: str, capacity: float = 20) -> str:
        costs = ", ".join(f"{i + 1}: {c}" for i, c in enumerate(self.cost))
        return f"""
        set I = 1..{len(self.cost)};
        param c[i in I] = {{{costs}}};
        leader state {{ var x in [0, 5]; {leads}; }}
        follower firm[i in I] {{
          var q in [0, {capacity}];
          maximize profit = (20 - 2 * sum{{j in I}}(firm[j].q) - c[i] - x) * q;
        }}
        """

    def quantities(self, x: float) -> np.ndarray:
        """All firms inside their limits: 2 q_i = 20 - 2 Q - c_i - x, so 2 (n + 1) Q = Σ (…)."""
        margin = 20 - x - np.array(self.cost)
        total = margin.sum() / (2 * (len(margin) + 1))
        return margin / 2 - total


@pytest.mark.parametrize("cost", [(2.0, 2.0), (1.0, 4.0), (1.0, 2.0, 3.0)])
@pytest.mark.parametrize("x", [0.0, 3.0])
def test_cournot_in_closed_form(cost: tuple[float, ...], x: float) -> None:
    firms = Cournot(cost)
    text = firms.text("minimize F = x").replace("in [0, 5]", f"in [{x}, {x}]")
    solution = equilibrium(text)
    assert list(solution.value("firm.q")) == pytest.approx(list(firms.quantities(x)), abs=1e-6)


def test_the_leader_looks_ahead() -> None:
    """The state wants the total that a tax of 1.5 makes."""
    firms = Cournot((2.0, 2.0))
    wanted = float(firms.quantities(1.5).sum())
    solution = equilibrium(firms.text(f"minimize F = (sum{{i in I}}(firm[i].q) - {wanted}) ^ 2"))
    assert solution.value("x") == pytest.approx(1.5, abs=1e-2)
    assert solution.objective == pytest.approx(0, abs=1e-4)


def test_limits_bind_one_of_them() -> None:
    """With a capacity of 2 the cheap firm stops there; the other answers 2 q = 20 - 4 - 2 q - 4."""
    solution = equilibrium(Cournot((1.0, 4.0)).text("minimize F = x", capacity=2))
    assert list(solution.value("firm.q")) == pytest.approx([2, 2])
    assert solution.dual("firm.q.upper").max() > 0


SPLIT = """
leader up {{ var x in [3, 5]; {leads}; }}
follower one {{ var y in [0, 4]; minimize f = y; constraint need: y + two.y >= x; }}
follower two {{ var y in [0, 4]; minimize f = 3 * y; constraint need: y + one.y >= x; }}
"""


@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_linear_players_that_read_each_other(solver: str) -> None:
    """Each wants as little as the other leaves it to do: y1 + y2 >= 3 is met by any split, and each
    split is an equilibrium, so the leader picks its own."""
    solution = equilibrium(
        SPLIT.format(leads="minimize F = x + 2 * one.y + abs(two.y - 2.5)"), solver
    )
    assert solution.objective == pytest.approx(3 + 0.5)
    assert (solution.value("one.y"), solution.value("two.y")) == pytest.approx((0, 3))


def test_of_several_equilibria_the_leader_has_the_one_that_it_likes() -> None:
    """At x = 3 any split of 3 is one, and 2 y1 + |y2 - 2.5| is least at y1 = 0: 3 + 0.5."""
    program = (
        evdsl.loads(SPLIT.format(leads="minimize F = x + 2 * one.y + abs(two.y - 2.5)"))
        .ground()
        .program
    )
    led = [program.joint.columns[0].start]
    decision = np.full(program.joint.shape[1], np.nan)
    decision[led] = 3.0
    found = respond(program, decision)
    assert found is not None
    assert found.objective == pytest.approx(3.5, abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_random_games(seed: int) -> None:
    """Three players with squares of their own and products with the others', rows of their own."""
    rng = np.random.default_rng(seed)
    blocks = []
    for i in range(3):
        others = [f"p{j}.y" for j in range(3) if j != i]
        reads = " + ".join(f"({rng.integers(-2, 3)}) * {other} * y" for other in others)
        sense, sign = (("minimize", 1), ("maximize", -1))[int(rng.integers(0, 2))]
        blocks.append(
            f"follower p{i} {{ var y in [0, 4]; var z in [0, 2];"
            f" {sense} f = {sign} * (3 * y ^ 2 - ({rng.integers(1, 15)} + x) * y + z + {reads});"
            f" constraint r: y - z <= {rng.integers(1, 3)} + 0.25 * {others[0]}; }}"
        )
    text = "leader up { var x in [0, 3]; minimize F = x + p0.y - p1.y; }" + "".join(blocks)
    equilibrium(text)


def test_no_equilibrium_is_no_solution() -> None:
    """y1 = y2 and y2 = 1 - y1 meet at 1/2 only, which the leader forbids."""
    text = """
    leader up { var x in [0, 1]; minimize F = x; constraint away: one.y >= 0.75; }
    follower one { var y in [0, 1]; minimize f = (y - two.y) ^ 2; }
    follower two { var y in [0, 1]; minimize f = (y - 1 + one.y) ^ 2; }
    """
    assert evdsl.loads(text).solve().status == "infeasible"
    freed = text.replace("0.75", "0.25")
    assert equilibrium(freed).value("one.y") == pytest.approx(0.5)


def test_objectives_of_followers_are_values_for_the_leader() -> None:
    """At Cournot's answer each firm's profit is 2 q²; the leader pays for the difference."""
    firms = Cournot((1.0, 4.0))
    text = firms.text("minimize F = x").replace("in [0, 5]", "in [1, 1]") + (
        "report both = sum{i in I}(firm[i].profit);"
    )
    solution = equilibrium(text)
    profits = 2 * firms.quantities(1.0) ** 2
    assert solution.reports["both"] == pytest.approx(profits.sum(), abs=1e-5)
    assert list(solution.value("firm.profit")) == pytest.approx(list(profits), abs=1e-5)
