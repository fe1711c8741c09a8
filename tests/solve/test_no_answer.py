"""What is said about models without an answer, against brute force over decisions and answers."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

import evdsl
from evdsl.program.lp import solve_lp
from evdsl.solve.answerable import answerable, coupling_rows
from evdsl.solve.conflict import conflict
from evdsl.solve.infeasible import explain_infeasible
from evdsl.solve.recession import endless_direction
from small_programs import INF, Row, build

SOLVERS = ("highs", "scip")


def random_linear(rng, rows=7, columns=4):
    """A polyhedron with small whole numbers, often empty."""
    a = rng.integers(-3, 4, (rows, columns)).astype(float)
    low = rng.integers(-4, 5, rows).astype(float)
    limits = [(0.0, float(rng.integers(1, 4))) for _ in range(columns)]
    return build(
        [0] * columns,
        limits,
        [Row(0, a[i].tolist(), low[i], INF) for i in range(rows)],
        [0] * columns,
        [0] * columns,
    ).joint


def is_empty(linear, rows, lower, upper):
    """By another solver's interface: whether nothing meets these rows and limits."""
    keep = np.asarray(rows, int)
    limits = [
        (linear.lower[j] if j in lower else None, linear.upper[j] if j in upper else None)
        for j in range(linear.shape[1])
    ]
    found = linprog(
        np.zeros(linear.shape[1]),
        A_ub=-linear.A.toarray()[keep] if len(keep) else None,
        b_ub=-linear.row_lower[keep] if len(keep) else None,
        bounds=limits,
    )
    return found.status == 2


def test_a_conflict_is_one_and_nothing_can_be_left_out():
    rng, seen = np.random.default_rng(3), 0
    for _ in range(60):
        linear = random_linear(rng)
        found = conflict(linear)
        parts = [*map(list, (found.rows, found.lower, found.upper))] if found else [[], [], []]
        empty = is_empty(linear, range(7), range(4), range(4))
        assert (found is not None) == empty
        if not empty:
            continue
        seen += 1
        assert is_empty(linear, *parts)
        for k, part in enumerate(parts):
            for left_out in part:
                fewer = [[i for i in p if k != m or i != left_out] for m, p in enumerate(parts)]
                assert not is_empty(linear, *fewer)
    assert seen > 10


def priced(rng):
    """A follower over two variables whose rows hold the leader's `x` and whose costs hold `p`."""
    a = rng.integers(-2, 4, (2, 3))
    right = rng.integers(-3, 6, 2)
    cost = rng.integers(-3, 4, 2)
    ends = rng.choice(["4", "inf"], 2)
    rows = "\n".join(
        f"  constraint r{i}: {a[i, 0]} * x + {a[i, 1]} * y + {a[i, 2]} * z >= {right[i]};"
        for i in range(2)
    ).replace("+ -", "- ")
    return (
        "leader up { var x in [-3, 3]; var p in [-3, 3]; minimize F = x; }\n"
        f"follower low {{\n  var y in [0, {ends[0]}];\n  var z in [0, {ends[1]}];\n"
        f"  minimize f = {cost[0]} * y + {cost[1]} * z + p * y - p * z;\n{rows}\n}}\n"
    ).replace("+ -", "- ")


def follower_answers(program, x, p):
    """Whether the follower's linear program has an optimum, by another solver's interface."""
    joint = program.joint
    own = np.flatnonzero(program.column_owner == 1)
    others = np.flatnonzero(program.column_owner == 0)
    point = np.zeros(joint.shape[1])
    point[others] = (x, p)
    a = joint.A.toarray()
    right = joint.row_lower - a[:, others] @ point[others]
    found = linprog(
        program.marginal_cost(point)[own],
        A_ub=-a[:, own],
        b_ub=-right,
        bounds=[(joint.lower[j], joint.upper[j]) for j in own],
    )
    return found.status == 0


@pytest.mark.parametrize("seed", range(6))
def test_the_answerable_decisions_are_those_with_an_answer(seed):
    """On a grid: in the polyhedron if and only if the follower alone has an optimum."""
    program = evdsl.loads(priced(np.random.default_rng(seed))).ground().program
    part = answerable(program)
    ranges = part.ranges(program.column_owner == 0)
    grid = np.arange(-3, 4)
    answered = {(x, p): follower_answers(program, x, p) for x, p in product(grid, grid)}
    for (x, p), answers in answered.items():
        lower, upper = part.linear.lower.copy(), part.linear.upper.copy()
        lower[:2] = upper[:2] = (x, p)
        assert (solve_lp(part.linear, lower=lower, upper=upper).status == "optimal") == answers
    for j in ranges:
        values = [decision[j] for decision, answers in answered.items() if answers]
        low, high = ranges[j]
        assert all(low - 1e-7 <= value <= high + 1e-7 for value in values)


def test_the_range_is_sharp():
    """low: y in [0, 3], x - y <= 2, x + y >= 2: an answer for x up to 5, from -1 on."""
    program = build(
        [0, 1],
        [(-9, 9), (0, 3)],
        [Row(1, [1, -1], -INF, 2), Row(1, [1, 1], 2, INF), Row(0, [1, 0], 6, INF)],
        [1, 0],
        [0, 1],
    )
    (ends,) = answerable(program).ranges(program.column_owner == 0).values()
    assert ends == pytest.approx((-1, 5))
    (found,) = explain_infeasible(program)
    assert found.code == "E0543"
    assert found.notes[:2] == (
        "follower `low1` has an answer only where `top.v[0]`, of [-9, 9], lies in [-1, 5]",
        "the leader's own rows keep `top.v[0]` in [6, 9]",
    )


def test_rows_that_read_multipliers_and_products_are_the_leaders_coupling_rows():
    text = """
    leader up {
      var x in [0, 4];
      minimize F = x;
      constraint own: x >= 1;
      constraint price: low.need.dual <= 3;
      constraint pay: x * low.y <= 3;
    }
    follower low { var y in [0, 9]; minimize f = y; constraint need: y >= x; }
    """
    program = evdsl.loads(text).ground().program
    named = [program.joint.row_name(i) for i in np.flatnonzero(coupling_rows(program))]
    assert sorted(named) == ["up.pay", "up.price"]


def wish(rng):
    a, b, slope = (int(v) for v in rng.integers(1, 5, 3))
    demand = int(rng.integers(0, 9))
    return (
        (a, b, slope, demand),
        f"""
    leader up {{ var x in [0, {a}]; minimize F = x; constraint wish: low.y >= {demand}; }}
    follower low {{ var y in [0, 20]; minimize f = y; constraint n: {b} * y >= {slope} * x; }}
    """,
    )


@pytest.mark.parametrize("solver", SOLVERS)
def test_how_far_a_row_is_missed_at_best(solver):
    """`y` is `slope x / b`, at most `slope a / b`: by hand."""
    rng = np.random.default_rng(11)
    statuses = set()
    for _ in range(6):
        (a, b, slope, demand), text = wish(rng)
        solution = evdsl.loads(text).solve(solver=solver)
        statuses.add(solution.status)
        if demand <= slope * a / b:
            assert solution.status == "optimal"
            continue
        assert solution.status == "infeasible"
        (said,) = [d for d in solution.diagnostics if d.severity == "error"]
        assert said.code == "E0541"
        assert (
            said.message == "the leader's row `up.wish` contradicts every answer of the followers"
        )
        (by,) = re.findall(r"missed by (\S+) at least", " ".join(said.notes))
        assert float(by) == pytest.approx(demand - slope * a / b, abs=1e-4)
    assert statuses == {"optimal", "infeasible"}


@pytest.mark.parametrize("via", [None, "pyomo"])
def test_rows_that_are_missed_each_alone_are_both_named(via):
    """y is x / 2, at most 2; z is 9, and w makes up for 1: by hand."""
    text = """
    leader up {
      var x in [0, 4];
      var w in [0, 1];
      minimize F = x;
      constraint wish: low.y >= 3;
      constraint other: low.z - w <= 5;
    }
    follower low {
      var y in [0, 4];
      var z in [0, 9];
      minimize f = y - z;
      constraint need: y >= x / 2;
    }
    """
    solution = evdsl.loads(text).solve(via=via)
    (said,) = solution.diagnostics
    assert said.message.startswith("the leader's rows `up.other` and `up.wish` each contradict")
    assert "`up.wish` is missed by 1 at least" in said.notes
    assert "`up.other` is missed by 3 at least" in said.notes


def test_whole_numbers_of_the_follower_are_missed_by_whole_steps():
    text = """
    leader up { var x integer in [0, 3]; minimize F = x; constraint w: low.y >= 3; }
    follower low { var y integer in [0, 9]; minimize f = y; constraint n: 2 * y >= x; }
    """
    solution = evdsl.loads(text).solve()
    assert solution.status == "infeasible"
    assert "`up.w` is missed by 1 at least" in solution.diagnostics[-1].notes


OPEN = {
    "bounded by its answer": ("[0, 1]", "low.y", "optimal", 1.0),
    "the answer costs more than it brings": ("[0, inf]", "low.y - 2 * x", "optimal", 0.0),
    "the answer brings more than it costs": ("[0, inf]", "2 * low.y - x", "unbounded", None),
    "far out, beyond any made-up limit": ("[0, 5e9]", "2 * low.y - x", "optimal", 5e9),
}


@pytest.mark.parametrize("case", OPEN)
@pytest.mark.parametrize(
    ("solver", "method"),
    [("highs", "auto"), ("highs", "branch"), ("scip", "auto"), ("scip", "indicator")],
)
def test_columns_without_limits_give_no_artefacts(case, solver, method):
    """low answers `y = x`: by hand. No limit is made up for what has none; `h` leaves a choice.

    SCIP is not believed on indicators where the relaxation has no limit: nothing is then claimed.
    """
    limits, objective, status, value = OPEN[case]
    text = f"""
    leader up {{ var x in {limits}; maximize F = {objective}; }}
    follower low {{
      var y in [0, inf]; minimize f = y; constraint n: y >= x; constraint h: y >= x / 2;
    }}
    """
    solution = evdsl.loads(text).solve(solver=solver, method=method)
    claims = solution.method != "indicator" or status == "unbounded"
    assert solution.status == (status if claims else "feasible")
    if value is None:
        assert solution.point is None
        assert [d.code for d in solution.diagnostics if d.severity == "error"] == ["E0542"]
    else:
        assert solution.objective == pytest.approx(value)


def test_an_unbounded_claim_without_a_direction_is_refused():
    """SOS1 sets alone reach the limit that SCIP's objective gets: no claim of "unbounded"."""
    text = """
    leader up { var x in [0, 5e9]; maximize F = 2 * low.y - x; }
    follower low { var y in [0, inf]; minimize f = y; constraint n: y >= x; }
    """
    model = evdsl.loads(text)
    assert endless_direction(model.ground().program) == "none"
    solution = model.solve(solver="scip", method="sos1")
    assert solution.status == "error"
    assert [d.code for d in solution.diagnostics] == ["E0623"]


def test_the_direction_is_one_of_answers_not_of_the_relaxation():
    """`low.y` could rise for the leader's sake, but the follower keeps it down; `z` follows `x`."""
    text = """
    leader up { var x in [0, inf]; maximize F = x + low.y + low.z; }
    follower low {
      var y in [0, inf];
      var z in [0, inf];
      minimize f = y - z;
      constraint n: z <= x;
      constraint m: y + z >= 1;
    }
    """
    solution = evdsl.loads(text).solve()
    assert solution.status == "unbounded"
    assert solution.diagnostics[-1].notes == (
        "`up.x` rises along the way",
        "`low.z` rises along the way",
    )


@pytest.mark.parametrize("limit", ["inf", "100"])
def test_a_best_value_that_is_not_attained_is_not_called_optimal(limit):
    """min x with x y >= 1: 1/100 within a limit, and no least value without."""
    text = f"""
    leader up {{ var x in [0, 1]; minimize F = x; constraint much: x * low.y >= 1; }}
    follower low {{ var y in [0, {limit}]; minimize f = 0 * y; constraint n: y >= x; }}
    """
    solution = evdsl.loads(text).solve(solver="scip")
    codes = [d.code for d in solution.diagnostics]
    if limit == "inf":
        assert solution.status == "feasible"
        assert "W0609" in codes
    else:
        assert solution.status == "optimal"
        assert solution.objective == pytest.approx(0.01, abs=1e-6)
        assert "W0609" not in codes


def test_a_row_with_products_and_a_term_of_its_own_breaks_only_where_it_does():
    """At x = 1 each tied y in [2, 9] meets x y + y >= 4; at x = 0 the y below 4 do not."""
    text = """
    leader up { var x in [1, 2]; minimize F = x; constraint c: x * low.y + low.y >= 4; }
    follower low { var y in [2, 9]; minimize f = 0 * y; constraint n: y >= x; }
    """
    ties = evdsl.loads(text).solve(solver="scip").certificate.ties
    assert not ties.unique
    assert ties.breaks == ""
    wider = evdsl.loads(text.replace("[1, 2]", "[0, 2]")).solve(solver="scip")
    assert wider.certificate.ties.breaks == "up.c"


def test_a_pessimistic_leader_with_an_unbounded_follower_has_no_answer():
    text = """
    leader up { var x in [0, 1]; minimize F = x + low.y; }
    follower low {
      var y in [0, 2];
      var z in [0, inf];
      minimize f = -z;
      constraint n: y + z + x >= 4;
    }
    """
    solution = evdsl.loads(text).solve(pessimistic=True)
    assert solution.status == "infeasible"
    assert [d.code for d in solution.diagnostics] == ["E0533"]


def test_a_pessimistic_leader_hears_of_its_model_not_of_copies():
    text = """
    leader up { var x in [0, 1]; minimize F = x + low.y; constraint a: x <= 0.5; }
    follower low { var y in [0, 2]; minimize f = y; constraint n: y + x >= 2.8; }
    """
    solution = evdsl.loads(text).solve(pessimistic=True)
    assert [d.code for d in solution.diagnostics] == ["E0543"]
    assert "follower `low` has an answer only where `up.x`, of [0, 1], lies in [0.8, 1]" in (
        solution.diagnostics[0].notes
    )
