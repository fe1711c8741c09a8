"""Our own branch and bound where its linear programs fail."""

from unittest import mock

import numpy as np
import pytest

from evdsl.backends import branch
from evdsl.backends.branch.relaxation import Relaxation, Relaxed
from evdsl.backends.options import SolveOptions
from evdsl.program.mip import Mip, Pairs
from small_linears import INF, linear


def either_is_zero(start: np.ndarray | None = None) -> Mip:
    """max x + m, x <= 3, m <= 2, of which one is zero: 3."""
    problem = linear([[1, 1]], [-INF], [4], [0, 0], [3, 2], [1, 1], sense=-1)
    one, none = np.array([0]), np.array([-1])
    return Mip(problem, start=start, pairs=Pairs(one + 1, none, one, none, none))


def test_the_larger_of_two() -> None:
    answer = branch.solve(either_is_zero(), SolveOptions())
    assert (answer.status, answer.objective) == ("optimal", pytest.approx(3))


def test_a_column_is_not_at_both_of_its_limits() -> None:
    """max m + k, m = k <= 3, where m is positive only at x = 0 and k only at x = 6: 0."""
    problem = linear([[0, 1, -1]], [0], [0], [0, 0, 0], [6, 3, 3], [0, 1, 1], sense=-1)
    both, none = np.array([0, 0]), np.array([-1, -1])
    pairs = Pairs(np.array([1, 2]), none, both, np.array([-1, 1]), none)
    answer = branch.solve(Mip(problem, pairs=pairs), SolveOptions())
    assert (answer.status, answer.objective) == ("optimal", pytest.approx(0))


def test_what_no_linear_program_decides_is_not_called_infeasible() -> None:
    with mock.patch.object(Relaxation, "solve", return_value=Relaxed("error")):
        nothing = branch.solve(either_is_zero(), SolveOptions())
        started = branch.solve(either_is_zero(np.array([3.0, 0.0])), SolveOptions())
    assert (nothing.status, nothing.x) == ("error", None)
    assert (started.status, started.objective, started.bound) == ("feasible", 3, INF)
