"""A problem that is written once and changed is the problem that it is changed to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evdsl.backends.scip_fill import Written, fill
from evdsl.backends.scip_model import quiet_scip
from evdsl.program.linear import Linear, Products
from evdsl.program.mip import Mip
from small_linears import INF, linear


def drawn(draw: np.random.Generator, sense: int) -> Linear:
    """Three columns, one of them whole, with a row, limits that may be missing, and a square."""
    lower, upper = draw.integers(-4, 1, 3).astype(float), draw.integers(1, 5, 3).astype(float)
    lower[draw.random(3) < 0.3], upper[draw.random(3) < 0.3] = -INF, INF
    made = linear(
        [[1, 2, 1]], [-3], [9], lower, upper, draw.integers(-2, 3, 3),
        sense=sense, constant=1.5, integer=[1],
    )  # fmt: skip
    square = np.array([0])
    return replace(made, products=Products(square - 1, square, square, np.array([float(sense)])))


def told(mip: Mip, written: Written | None) -> tuple[list[tuple[float, ...]], float, str]:
    """What SCIP knows of each column, the constant and the sense."""
    with quiet_scip() as scip:
        model = scip.model
        columns = fill(model, mip, written)
        known = [(v.getLbOriginal(), v.getUbOriginal(), v.getObj()) for v in columns]
        return known, model.getObjoffset(), model.getObjectiveSense()


@pytest.mark.parametrize("sense", [1, -1])
@pytest.mark.parametrize("seed", range(8))
def test_what_is_written_of_another_becomes_this_one(seed: int, sense: int) -> None:
    draw = np.random.default_rng(seed)
    before, other = drawn(draw, sense), drawn(draw, sense)
    now = replace(before, lower=other.lower, upper=other.upper, cost=other.cost)
    assert told(Mip(now), Written(Mip(before))) == told(Mip(now), None)
