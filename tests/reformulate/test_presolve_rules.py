"""Each rule of the presolve: on an example by hand, before and after as text, and on random programs
against brute force, the rule alone."""

from __future__ import annotations

from functools import cache
from typing import Any
from unittest import mock

import numpy as np
import pytest

import evdsl
from evdsl.backends import branch
from evdsl.backends.options import SolveOptions
from evdsl.program.program import Program
from evdsl.reformulate import presolve as package
from evdsl.reformulate.encode import encode
from evdsl.reformulate.kkt import kkt
from evdsl.reformulate.presolve import RULES, presolve
from evdsl.reformulate.presolve.never_both import never_both
from evdsl.reformulate.presolve.rule import Rule
from oracle import brute_force
from programs import INF, Level, program, storage
from random_programs import random_program

EXACT = SolveOptions(gap=0.0)


def decisions(made: Program) -> list[str]:
    """One line a pair: its multiplier, and what becomes of it."""
    single = kkt(made)
    known, n = presolve(single), made.joint.shape[1]
    lines = []
    for k, by in enumerate(known.by.tolist()):
        name = single.linear.column_name(n + int(single.pair_dual[k]))
        what = known.rules[by].name if by >= 0 else "open"
        lines.append(f"{name}: {what}" + ("" if known.factor[k] < 0 else ", single factor"))
    return lines


def one(limits: tuple[float, float], **low: Any) -> Program:
    """A follower of one column `y`, and a leader of one column `x` that likes it large."""
    return program(
        Level("up", columns={"x": (0, 3)}, cost={"x": 1, "y": -2}),
        Level("low", columns={"y": limits}, **low),
    )


def test_always_tight() -> None:
    """y is held between 0 and 0 * x."""
    made = one(
        (0, INF),
        cost={"y": -1},
        rows={"cap": ({"y": 1.0}, -INF, 0.0), "x": ({"y": 1.0, "x": 1.0}, -INF, 2.0)},
    )
    assert decisions(made)[0] == "low.cap.dual: always tight"
    assert decisions(made)[-1] == "low.y.lower.dual: always tight"


def test_never_tight() -> None:
    """y + z <= 2 + x, so neither reaches 9."""
    made = program(
        Level("up", columns={"x": (0, 3)}, cost={"x": 1, "y": -2}),
        Level(
            "low",
            columns={"y": (0, 9), "z": (0, 9)},
            cost={"y": -1, "z": -2},
            rows={"cap": ({"y": 1, "z": 1, "x": -1}, -INF, 2)},
        ),
    )
    assert decisions(made) == [
        "low.cap.dual: open",
        "low.y.lower.dual: open",
        "low.y.upper.dual: never tight",
        "low.z.lower.dual: open",
        "low.z.upper.dual: never tight",
    ]


def test_weaker_limit() -> None:
    """Beside y >= x with x >= 0 the limit y >= 0 is idle; beside y >= x - 1 it is not."""
    rows = {"other": ({"y": 1, "x": 1}, 1.0, INF)}
    sharper = one((0, INF), cost={"y": 1}, rows={"need": ({"y": 1, "x": -1}, 0.0, INF)} | rows)
    assert decisions(sharper) == [
        "low.need.dual: open",
        "low.other.dual: open",
        "low.y.lower.dual: weaker limit",
    ]
    either = one((0, INF), cost={"y": 1}, rows={"need": ({"y": 1, "x": -1}, -1.0, INF)} | rows)
    assert decisions(either)[-1] == "low.y.lower.dual: open"


@pytest.mark.parametrize(
    ("cost", "lower", "upper"),
    [
        (1.0, "held by price", "without price"),
        (-1.0, "without price", "held by price"),
        (0.0, "without price", "without price"),
    ],
)
def test_one_sign(cost: float, lower: str, upper: str) -> None:
    made = one((0, INF), cost={"y": cost}, rows={"cap": ({"y": 1, "x": -1}, -INF, 1.0)})
    found = decisions(made)
    assert found[0].startswith(f"low.cap.dual: {upper}")
    assert found[1] == f"low.y.lower.dual: {lower}"


def test_a_side_that_is_held_by_its_price_becomes_an_equality() -> None:
    made = one((0, INF), cost={"y": -1}, rows={"cap": ({"y": 1, "x": -1}, -INF, 1.0)})
    for method in ("bigm", "indicator", "branch"):
        encoded = encode(kkt(made), method)
        assert encoded.mip.linear.row_lower[0] == 1.0
        assert encoded.tally.open == 0
    assert np.isinf(encode(kkt(made), "sos1").mip.linear.row_lower[0])


def test_single_factor() -> None:
    made = program(
        Level("up", columns={"k": (0, 1), "x": (0, 3)}, cost={"x": 1, "y": -2}),
        Level(
            "low",
            columns={"y": (0, INF), "z": (0, INF)},
            cost={"y": 1, "z": 2},
            rows={
                "cap": ({"y": 1, "k": -5}, -INF, 0.0),
                "need": ({"y": 1, "z": 1, "x": -1}, 1.0, INF),
            },
        ),
    )
    assert decisions(made)[0] == "low.cap.dual: open, single factor"
    tied = encode(kkt(made), "branch")
    assert (tied.mip.linear.row_lower[0], tied.tally.rules["single factor"]) == (0.0, 1)
    assert decisions(made)[1:] == [
        f"low.{name}.dual: open" for name in ("need", "y.lower", "z.lower")
    ]


def sets_of(made: Program) -> list[str]:
    single = kkt(made)
    known, n = presolve(single), made.joint.shape[1]
    names = [single.linear.column_name(n + int(q)) for q in single.pair_dual]
    nothing = np.zeros(len(single.duals), np.bool_)
    found = never_both(single, known.net, np.ones(len(names), np.bool_), nothing)
    return [
        " or ".join(sorted(names[k] for k in found.sets.pair[found.sets.member == s]))
        for s in range(len(found.sets))
    ]


def hour(price: float, eta: float) -> Program:
    return storage(
        np.array([price, 2.0, 3.0]),
        charge=np.full(3, 3.0),
        discharge=np.full(3, 2.0),
        level=np.full(3, 9.0),
        drive=np.zeros(3),
        group=np.zeros(3, int),
        eta=eta,
    )


@pytest.mark.parametrize(
    ("price", "eta", "said"),
    [
        (5.0, 0.9, ["aev.c.lower.dual[0] or aev.d.lower.dual[0]"]),
        (-5.0, 0.9, ["aev.c.upper.dual[0] or aev.d.upper.dual[0]"]),
        (0.0, 0.9, []),
        (5.0, 1.0, []),
    ],
)
def test_never_both(price: float, eta: float, said: list[str]) -> None:
    """Never charge and discharge at once; at a negative price one of both is at its upper limit."""
    assert [line for line in sets_of(hour(price, eta)) if "[0]" in line] == said


def test_sets_reach_every_encoding() -> None:
    made = hour(5.0, 0.9)
    tallies = {way: encode(kkt(made), way) for way in ("bigm", "sos1", "indicator", "branch")}
    assert {e.tally.sets["never both"] for e in tallies.values()} == {3}
    for way in ("bigm", "indicator"):
        names = {family.path for family in tallies[way].mip.linear.rows}
        assert {"aev.soc.crossing", "aev.s.exclusive"} <= names
    assert len(tallies["sos1"].mip.apart)
    assert set(tallies["sos1"].mip.apart.ravel()) <= set(tallies["sos1"].mip.sos1.ravel())
    assert tallies["branch"].mip.covers[:, 0].max() == 2
    assert (tallies["branch"].mip.pairs.group >= 0).all()


READ = """
leader up { var x in [0, 10]; maximize F = low.need.dual; }
follower low {
  var y in [0, 20];
  minimize f = y;
  constraint need: y >= x;
  constraint again: y >= x / 2;
}
"""


def test_where_multipliers_are_read_only_rules_that_keep_each_of_them_are_used() -> None:
    made = evdsl.loads(READ).ground().program
    known = presolve(kkt(made))
    assert not known.normal
    assert {rule.name for rule in known.rules} == {"always tight", "never tight"}
    encoded = encode(kkt(made), "branch")
    assert (encoded.mip.pairs.group < 0).all()
    assert not len(encoded.mip.covers)
    assert evdsl.loads(READ.replace("low.need.dual", "low.y")).solve().objective == pytest.approx(
        10
    )


@cache
def truth(seed: int) -> tuple[str, float]:
    return brute_force(random_program(seed)[1])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_alone_keeps_the_optimum_of_random_programs(rule: Rule) -> None:
    decided = 0
    for seed in range(50):
        made = random_program(seed)[1]
        with mock.patch.object(package, "RULES", (rule,)):
            encoded = encode(kkt(made), "branch")
        if not encoded.tally.rules.get(rule.name):
            continue
        decided += 1
        answer = branch.solve(encoded.mip, EXACT)
        status, value = truth(seed)
        assert answer.status == status, seed
        if status == "optimal":
            assert answer.objective == pytest.approx(value, rel=1e-5, abs=1e-5), seed
    assert decided >= 2


@pytest.mark.parametrize(
    ("solver", "method"),
    [("highs", "branch"), ("highs", "bigm"), ("scip", "sos1"), ("scip", "indicator")],
)
def test_a_limit_that_only_optimality_holds_is_imposed(solver: str, method: str) -> None:
    """abs(x - 1) is 2 wherever the follower is optimal; its column could rise without end."""
    text = """
    leader up { var k in [0, 1]; maximize gain = low.cost - k; }
    follower low {
      var x in [3, 3];
      var y in [0, 5];
      minimize cost = abs(x - 1) + y;
      constraint h: y >= 1 - k;
    }
    """
    found = evdsl.loads(text).solve(solver, method)
    assert (found.status, found.objective) == ("optimal", pytest.approx(3))
