"""Value-function cuts against all decisions of both levels."""

from __future__ import annotations

import signal
from dataclasses import dataclass, replace
from itertools import product
from typing import Any
from unittest import mock

import numpy as np
import pytest

import evdsl
from evdsl.backends import highs
from evdsl.backends.options import SolveOptions
from evdsl.program.mip import Answer
from evdsl.solve import value


@dataclass(frozen=True)
class Whole:
    """`min F·(x, y)` with `G·(x, y) <= g`, where y minimises `f·y` with `C x + D y <= b`; whole
    x in [0, x_max], y in [0, y_max]."""

    F: np.ndarray
    G: np.ndarray
    g: np.ndarray
    f: np.ndarray
    C: np.ndarray
    D: np.ndarray
    b: np.ndarray
    x_max: int
    y_max: int

    def text(self) -> str:
        n, k = self.C.shape[1], self.D.shape[1]
        xs, ys = [f"x{i}" for i in range(n)], [f"low.y{j}" for j in range(k)]
        own = [f"y{j}" for j in range(k)]
        lines = ["leader up {"]
        lines += [f"  var {x} integer in [0, {self.x_max}];" for x in xs]
        lines += [f"  minimize F = {total(self.F, xs + ys)};"]
        lines += [
            f"  constraint g{i}: {total(row, xs + ys)} <= {side};"
            for i, (row, side) in enumerate(zip(self.G, self.g, strict=True))
        ]
        lines += ["}", "follower low {"]
        lines += [f"  var {y} integer in [0, {self.y_max}];" for y in own]
        lines += [f"  minimize f = {total(self.f, own)};"]
        lines += [
            f"  constraint c{i}: {total(np.append(c, d), xs + own)} <= {side};"
            for i, (c, d, side) in enumerate(zip(self.C, self.D, self.b, strict=True))
        ]
        return "\n".join([*lines, "}"])

    def optimum(self) -> float:
        """By trying everything; inf where no decision has an answer that keeps the leader's rows."""
        n, k = self.C.shape[1], self.D.shape[1]
        ys = np.array([*product(range(self.y_max + 1), repeat=k)])
        best = np.inf
        for x in product(range(self.x_max + 1), repeat=n):
            possible = ys[((self.b - self.C @ x)[:, None] + 1e-9 >= self.D @ ys.T).all(axis=0)]
            if not len(possible):
                continue
            answers = possible[possible @ self.f == (possible @ self.f).min()]
            points = np.hstack([np.tile(x, (len(answers), 1)), answers])
            kept = points[(points @ self.G.T <= self.g + 1e-9).all(axis=1)]
            if len(kept):
                best = min(best, float((kept @ self.F).min()))
        return best


def total(coefficients: np.ndarray, names: list[str]) -> str:
    return " + ".join(f"{c:g} * {name}" for c, name in zip(coefficients, names, strict=True))


def draw(seed: int) -> Whole:
    rng = np.random.default_rng(seed)
    n, k, m = int(rng.integers(1, 4)), int(rng.integers(1, 4)), int(rng.integers(1, 4))
    rows = int(rng.integers(0, 2))
    quarter = 0.25 if seed % 3 == 0 else 1.0
    return Whole(
        F=rng.integers(-5, 6, n + k).astype(float),
        G=rng.integers(-2, 4, (rows, n + k)).astype(float),
        g=rng.integers(0, 9, rows).astype(float),
        f=rng.integers(-4, 5, k).astype(float),
        C=quarter * rng.integers(-3, 4, (m, n)),
        D=rng.integers(-3, 4, (m, k)).astype(float),
        b=quarter * rng.integers(0, 9, m),
        x_max=int(rng.integers(1, 5)),
        y_max=int(rng.integers(1, 5)),
    )


@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_all_decisions_of_both_levels(solver: str) -> None:
    statuses = []
    for seed in range(60):
        made = draw(seed)
        best, solution = made.optimum(), evdsl.loads(made.text()).solve(solver, gap=0)
        statuses.append(solution.status)
        if np.isinf(best):
            assert solution.status == "infeasible", seed
        else:
            assert solution.status == "optimal", seed
            assert solution.certificate.certified
            assert solution.objective == pytest.approx(best, abs=1e-6), seed
    assert 5 <= statuses.count("infeasible") <= 40


def test_twenty_and_twenty() -> None:
    """A knapsack interdiction with twenty items: against all ways to interdict two of them."""
    rng = np.random.default_rng(3)
    value, weight = rng.integers(5, 40, 20), rng.integers(3, 20, 20)
    room = int(weight.sum() // 3)
    text = f"""
    set I = 1..20;
    param value[i in I] = {{{", ".join(f"{i + 1}: {v}" for i, v in enumerate(value))}}};
    param weight[i in I] = {{{", ".join(f"{i + 1}: {w}" for i, w in enumerate(weight))}}};
    leader guard {{
      var x[i in I] binary;
      minimize taken = packer.worth;
      constraint few: sum{{i in I}}(x[i]) <= 2;
    }}
    follower packer {{
      var y[i in I] binary;
      maximize worth = sum{{i in I}}(value[i] * y[i]);
      constraint room: sum{{i in I}}(weight[i] * y[i]) <= {room};
      constraint gone[i in I]: y[i] <= 1 - x[i];
    }}
    """
    solution = evdsl.loads(text).solve()
    best = min(
        knapsack(np.delete(value, [i, j]), np.delete(weight, [i, j]), room)
        for i in range(20)
        for j in range(i)
    )
    assert solution.status == "optimal"
    assert solution.method == "value"
    assert solution.objective == pytest.approx(best)


def knapsack(value: np.ndarray, weight: np.ndarray, room: int) -> int:
    best = np.zeros(room + 1, np.int64)
    for v, w in zip(value, weight, strict=True):
        best[w:] = np.maximum(best[w:], best[:-w] + v)
    return int(best[-1])


def test_two_followers_with_whole_numbers() -> None:
    text = """
    set I = 1..2;
    leader up { var x integer in [0, 4]; maximize F = sum{i in I}(low[i].y) - x; }
    follower low[i in I] {
      var y integer in [0, 9];
      minimize f = y;
      constraint a: 2 * y >= i * x + 1;
    }
    """
    answers = {x: -(-(x + 1) // 2) + -(-(2 * x + 1) // 2) - x for x in range(5)}
    assert evdsl.loads(text).solve().objective == max(answers.values())


@pytest.mark.parametrize("solver", ["highs", "scip"])
@pytest.mark.parametrize(("a", "b"), [(3.2, 5.3), (8.0, 3.1), (0.4, 4.5)])
def test_squares_of_the_leader(solver: str, a: float, b: float) -> None:
    text = f"""
    leader up {{ var x integer in [0, 10]; minimize F = (x - {a})^2 + (low.y - {b})^2; }}
    follower low {{
      var y integer in [0, 20];
      minimize f = y;
      constraint r: 2 * y >= 11 - x;
    }}
    """
    answers = [min(y for y in range(21) if 2 * y >= 11 - x) for x in range(11)]
    best = min((x - a) ** 2 + (y - b) ** 2 for x, y in enumerate(answers))
    solution = evdsl.loads(text).solve(solver)
    assert (solution.status, solution.method) == ("optimal", "value")
    assert solution.objective == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize("pressed", [False, True])
def test_a_search_that_is_cut_short_does_not_say_that_there_is_nothing(pressed: bool) -> None:
    """At x = 0, which the first round tries, the follower's answer breaks the leader's row; x = 1
    has an answer."""
    program = (
        evdsl.loads("""
leader up { var x binary; minimize f = x + low.y; constraint c: low.y <= 0; }
follower low { var y binary; maximize g = y; constraint a: y <= 1 - x; }
""")
        .ground()
        .program
    )
    solve, calls = highs.solve, []

    def cut_short(*problem: Any) -> Answer:
        answer = solve(*problem)
        calls.append(answer)
        if len(calls) > 1:
            return answer
        if pressed:
            signal.raise_signal(signal.SIGINT)
            return answer
        return replace(answer, status="feasible", message="time limit")

    with mock.patch("evdsl.backends.highs.solve", cut_short):
        answer = value.solve(program, "highs", SolveOptions(), None, None)
    assert answer.status == "no_solution"
    assert answer.message == ("interrupted" if pressed else "time limit")
    assert value.solve(program, "highs", SolveOptions(), None, None).objective == 1.0
