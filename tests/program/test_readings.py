"""Multipliers in the leader's problem: the sign they may have, and the slope that they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import linprog

import evdsl
from evdsl.program.program import READ
from evdsl.solve.polish import respond

MODEL = """
param ge = 0; param le = 0; param eq = 0; param low_ = 0; param high = 0; param band = 0;
param rise = 0; param fall = 0;
leader up {{ var k in [1, 1]; minimize F = low.{read}; }}
follower low {{
  var a in [0.5 + low_, 9];
  var b in [0, 2 + high];
  var c in [0, 9];
  var d in [0.25 + k + rise, 9];
  var e in [0, 2 * k + fall];
  {sense} f = {sign} * (3 * a - 5 * b + 2 * c + d - e);
  constraint r_ge: a + c >= 2 + ge;
  constraint r_le: b + e <= 3.5 + le;
  constraint r_eq: c + d == 4 + eq;
  constraint r_band: -2 + band <= b - a <= 1 + band;
}}
"""


@dataclass(frozen=True)
class Read:
    """`.dual` of what, the parameter that moves its side, and the sign in a minimum (0: either)."""

    name: str
    param: str
    sign: int


READS = [
    Read("r_ge", "ge", 1),
    Read("r_le", "le", -1),
    Read("r_eq", "eq", 0),
    Read("r_band", "band", 0),
    Read("a.lower", "low_", 1),
    Read("b.upper", "high", -1),
    Read("d.lower", "rise", 1),
    Read("e.upper", "fall", -1),
]


def optimum(moved: dict[str, float], sign: int) -> float:
    """The follower's optimum, written out for SciPy, in its own sense."""
    p = dict.fromkeys(("ge", "le", "eq", "low_", "high", "band", "rise", "fall"), 0.0) | moved
    matrix = [[-1, 0, -1, 0, 0], [0, 1, 0, 0, 1], [-1, 1, 0, 0, 0], [1, -1, 0, 0, 0]]
    side = [-2 - p["ge"], 3.5 + p["le"], 1 + p["band"], 2 - p["band"]]
    limits = [
        (0.5 + p["low_"], 9),
        (0, 2 + p["high"]),
        (0, 9),
        (1.25 + p["rise"], 9),
        (0, 2 + p["fall"]),
    ]
    found = linprog(
        [3, -5, 2, 1, -1], matrix, side, [[0, 0, 1, 1, 0]], [4 + p["eq"]], bounds=limits
    )
    assert found.status == 0
    return sign * float(found.fun)


@pytest.mark.parametrize("sense", [1, -1])
@pytest.mark.parametrize("read", READS, ids=lambda read: read.name)
def test_a_reading_is_the_slope_of_the_followers_optimum(read: Read, sense: int) -> None:
    word = "minimize" if sense > 0 else "maximize"
    text = MODEL.format(read=f"{read.name}.dual", sense=word, sign=sense)
    program = evdsl.loads(text).ground().program
    (column,) = np.flatnonzero(program.column_owner == READ)
    least, most = program.joint.lower[column], program.joint.upper[column]
    allowed = {1: (0, np.inf), -1: (-np.inf, 0), 0: (-np.inf, np.inf)}[sense * read.sign]
    assert (least, most) == allowed
    found = respond(program, np.where(program.column_owner == 0, 1.0, np.nan))
    assert found is not None
    step = 1e-5
    up, down = (optimum({read.param: s * step}, sense) for s in (1, -1))
    here = optimum({}, sense)
    assert (up - here) == pytest.approx(here - down, abs=1e-9), "a kink has no slope"
    assert found.x[column] == pytest.approx((up - here) / step, abs=1e-6)
    solution = evdsl.loads(text).solve()
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx((up - here) / step, abs=1e-6)


def test_at_least_five_of_these_are_at_work() -> None:
    step, here = 1e-5, optimum({}, 1)
    slopes = {r.name: (optimum({r.param: step}, 1) - here) / step for r in READS}
    assert sum(abs(slope) > 1e-3 for slope in slopes.values()) >= 5, slopes


def test_what_has_no_side_is_nothing() -> None:
    """The upper limit of a column without one has no multiplier: 0, whatever the leader likes."""
    text = """
    leader up { var x in [0, 1]; maximize F = low.y.upper.dual * -1 + x; }
    follower low { var y in [0, inf]; minimize f = y; }
    """
    assert evdsl.loads(text).solve().objective == pytest.approx(1)


def test_one_column_for_each_multiplier_however_often_it_is_read() -> None:
    text = """
    set T = 1..3;
    leader up {
      var x in [0, 1];
      minimize F = sum{t in T}(low.r[t].dual) + x;
      constraint c[t in T]: low.r[t].dual <= 5;
    }
    follower low { var y[t in T] in [0, 9]; minimize f = sum{t in T}(y[t]); constraint r[t in T]: y[t] >= x + t; }
    """
    program = evdsl.loads(text).ground().program
    assert (program.column_owner == READ).sum() == 3
    assert [f.path for f in program.joint.columns if f.role == "dual"] == ["low.r.dual"]


def test_limits_of_which_only_some_hold_the_leader() -> None:
    """max Σ t y[t]: each upper limit is worth t, whether it is a number or the leader's k."""
    text = """
    set T = 1..3;
    leader up {
      var k in [1, 1];
      minimize F = low.y[1].upper.dual + 10 * low.y[2].upper.dual + 100 * low.y[3].upper.dual;
    }
    follower low {
      var y[t in T] in [0, (if t == 2 then k else 2)];
      maximize f = sum{t in T}(t * y[t]);
    }
    """
    assert evdsl.loads(text).solve().objective == pytest.approx(1 + 20 + 300)
