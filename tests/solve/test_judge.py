"""What is made of a solver's point beside a decision that makes a follower indifferent.

J. Morgan, F. Patrone (2006): the follower takes y = 1 for x < 0, y = -1 for x > 0, and either at 0,
where alone the leader gets -1.
"""

from dataclasses import replace

import numpy as np
import pytest

import evdsl
from evdsl.program.mip import Answer
from evdsl.solve.judge import judge
from evdsl.solve.polish import polish
from evdsl.solve.route import Route

MODEL = """
leader up {{
  var x in [-0.5, 0.5];
  minimize F = -x - low.y;
  {row}
}}
follower low {{
  var y in [-1, 1];
  minimize f = x * y;
}}
"""


@pytest.mark.parametrize("rounding", [1e-7, 0.0, -1e-7])
@pytest.mark.parametrize("row", ["", "constraint most: low.y >= 0;"])
def test_rounding_of_the_decision_does_not_cost_the_answer(rounding: float, row: str) -> None:
    program = evdsl.loads(MODEL.format(row=row)).ground().program
    single = Route("highs", "branch").encode(program)
    x = np.zeros(single.encoded.mip.linear.shape[1])
    x[:2] = rounding, 1
    verdict = judge(program, single, Answer("optimal", x, -1, -1), (), gap=1e-4)
    assert verdict.status == "optimal"
    assert program.joint.objective(verdict.found.x) == pytest.approx(-1, abs=1e-6)
    assert verdict.certificate.follower_gap <= 1e-12


def test_a_decision_that_is_no_rounding_is_kept() -> None:
    program = evdsl.loads(MODEL.format(row="")).ground().program
    single = Route("highs", "branch").encode(program)
    x = np.zeros(single.encoded.mip.linear.shape[1])
    x[:2] = 1e-4, 1
    verdict = judge(program, single, Answer("optimal", x, -1, -1), (), gap=1e-4)
    assert verdict.status == "feasible"
    assert verdict.found.x[:2] == pytest.approx([1e-4, -1])


def test_a_start_that_is_no_answer_hides_no_other_one() -> None:
    program = evdsl.loads(MODEL.format(row="")).ground().program
    single = Route("highs", "branch").encode(program)
    good = polish(program, np.array([0.25, -1]))
    assert good is not None
    bad = replace(good, x=np.array([0.5, 1.0]), objective=-1.5)
    verdict = judge(program, single, Answer("error"), [bad, good], gap=1e-4)
    assert verdict.status == "feasible"
    assert verdict.found is not None
    assert verdict.found.x == pytest.approx(good.x)
