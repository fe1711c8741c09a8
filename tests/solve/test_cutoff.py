"""A known answer bounds slacks that nothing else does: worse points need not be kept."""

import numpy as np
import pytest

import evdsl
from evdsl.reformulate.bounds import bound
from evdsl.reformulate.kkt import kkt
from evdsl.source.diagnostic import EvdslError

OPEN = """
leader up {{
  var x in [0, inf];
  minimize F = {objective};
}}
follower low {{
  var y in [0, inf];
  minimize cost = y;
  constraint need: x + y >= 3;
}}
"""
LINEAR, SQUARES = "x + 2 * low.y", "(x - 1) ^ 2 + (low.y - 1) ^ 2"


@pytest.mark.parametrize(
    ("objective", "optimum", "answer"), [(LINEAR, 3.0, [3.0, 0.0]), (SQUARES, 0.5, [1.5, 1.5])]
)
def test_slacks_without_limits_are_bounded_by_the_objective(
    objective: str, optimum: float, answer: list[float]
) -> None:
    """x + y = 3 at any answer: the least of x + 2y is at (3, 0), that of the squares at (3/2, 3/2)."""
    model = evdsl.loads(OPEN.format(objective=objective))
    program = model.ground().program
    with pytest.raises(EvdslError, match="no bound can be proved for the slack"):
        bound(kkt(program))
    level = kkt(program)
    found = bound(level, incumbent=np.array([3.0, 0.0]))
    assert set(found.slack_how) == {"cutoff"}
    assert (found.slack >= level.slack(np.array(answer))[level.pair_dual]).all()
    assert (found.slack < 10).all()
    solution = model.solve("highs", "bigm")
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(optimum, abs=1e-4)


@pytest.mark.parametrize("seed", range(20))
def test_no_better_point_is_cut_off(seed: int) -> None:
    """Squares, tied or not: every random point within the incumbent's objective keeps the slacks."""
    random = np.random.default_rng(seed)
    a, b, c = random.integers(-3, 4, 3).tolist()
    model = evdsl.loads(OPEN.format(objective=f"({a} + x) ^ 2 + {b} * low.y + (low.y - x - {c})^2"))
    program = model.ground().program
    level, joint = kkt(program), program.joint
    incumbent = np.array([4.0, 0.0])
    slack = bound(level, incumbent=incumbent).slack
    points = random.uniform(0, 12, (4000, 2))
    points = points[points.sum(axis=1) >= 3]
    better = [x for x in points if joint.objective(x) <= joint.objective(incumbent)]
    assert better
    for x in better:
        assert (level.slack(x)[level.pair_dual] <= slack).all()
