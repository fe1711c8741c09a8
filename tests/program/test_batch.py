"""Elements of a batch: each answers as it does alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from dense_levels import INF, level
from evdsl.program.batch import Batch, solve_batch
from evdsl.program.linear import Linear
from evdsl.program.lp import solve_lp
from evdsl.program.unique import another_optimum


def element(rng: np.random.Generator, top: float, least: float) -> Linear:
    """Three columns in [0, top] and two rows of whole numbers, so that costs are often tied."""
    A = rng.integers(0, 3, (2, 3))
    return level(rng.integers(1, 3, 3), None, A, [least, 0], [INF, INF], limits=(0, top))


def side_by_side(elements: list[Linear]) -> Batch:
    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(element, name) for element in elements])

    owners = np.arange(1, len(elements) + 1)
    whole = Linear(
        columns=(),
        rows=(),
        A=sparse.csr_array(sparse.block_diag([element.A for element in elements])),
        **{name: joined(name) for name in ("row_lower", "row_upper", "lower", "upper")},
        integer=joined("integer"),
        cost=joined("cost"),
    )
    return Batch(whole, np.repeat(owners, 3), np.repeat(owners, 2), len(elements))


@pytest.mark.parametrize("bad", ["none", "infeasible", "unbounded", "without limits"])
def test_elements_of_a_batch_answer_as_they_do_alone(bad: str) -> None:
    seen = set()
    for seed in range(15):
        rng = np.random.default_rng(seed)
        elements = [element(rng, 2.0, 1.0) for _ in range(5)]
        if bad == "infeasible":
            elements[1] = element(rng, 2.0, 20.0)
        if bad == "unbounded":
            elements[1] = level([-1, 0, 0], None, np.zeros((2, 3)), [0, 0], [0, 0], limits=(0, INF))
        if bad == "without limits":
            elements[1] = level([0, 0, 1], None, np.zeros((2, 3)), [0, 0], [0, 0], limits=(0, INF))
        found = solve_batch(side_by_side(elements))
        for k, alone in enumerate(elements):
            answer = solve_lp(alone)
            assert found.status[k] == answer.status
            if answer.status == "optimal":
                np.testing.assert_allclose(found.x[3 * k : 3 * k + 3], answer.x, atol=1e-9)
                assert found.tied[k] == (another_optimum(alone, answer) is not None)
                seen.add(bool(found.tied[k]))
    assert seen == {True, False}
