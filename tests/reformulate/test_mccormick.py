"""A whole number times a limited column: the rows leave the product and nothing else."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy import sparse

import evdsl
from evdsl.program.keys import scalar
from evdsl.program.linear import Family, Linear, Products
from evdsl.program.lp import solve_lp
from evdsl.program.mip import Mip
from evdsl.reformulate.encoded import Encoded, Provenance
from evdsl.reformulate.mccormick import with_linear_products


def encoded(
    whole: tuple[float, float], other: tuple[float, float], *, in_row: bool, integer: bool = False
) -> Encoded:
    """`z v + 2 v` in a row up to 100, or in the objective beside `v`."""
    linear = Linear(
        columns=(Family("", "z", scalar(), 0), Family("", "v", scalar(), 1)),
        rows=(Family("", "r", scalar(), 0),),
        A=sparse.csr_array([[0.0, 2.0]]),
        row_lower=np.array([-100.0]),
        row_upper=np.array([100.0]),
        lower=np.array([whole[0], other[0]], float),
        upper=np.array([whole[1], other[1]], float),
        integer=np.array([True, integer]),
        cost=np.array([0.0, 1.0]),
        products=Products.of(*(np.array([k]) for k in ([0] if in_row else [-1])), np.array([0]),
                             np.array([1]), np.array([3.0])),
    )  # fmt: skip
    return Encoded(Mip(linear), Provenance(), lambda x, _: x)


def ends(made: Linear, z: float, v: float, cost: np.ndarray) -> list[float]:
    """The least and the largest value of `cost` where z and v are fixed, whole numbers relaxed."""
    lower, upper = made.lower.copy(), made.upper.copy()
    lower[:2] = upper[:2] = z, v
    bare = replace(made, lower=lower, upper=upper, cost=cost, integer=np.zeros(len(cost), np.bool_))
    found = [solve_lp(replace(bare, sense=sense)) for sense in (1, -1)]
    assert {answer.status for answer in found} == {"optimal"}
    return [float(cost @ answer.x) for answer in found]


@pytest.mark.parametrize("other", [(0, 4), (-3, 2), (-3, -1), (2, 2), (1, 5)])
@pytest.mark.parametrize("in_row", [True, False])
def test_a_binary_is_exact_at_both_values(other: tuple[float, float], in_row: bool) -> None:
    made = with_linear_products(encoded((0, 1), other, in_row=in_row)).mip.linear
    assert len(made.products) == 0
    of_row = made.A.toarray()[0]
    for z, v in product((0, 1), np.linspace(*other, 5)):
        value = 3 * z * v
        if in_row:
            assert ends(made, z, v, of_row) == pytest.approx([value + 2 * v] * 2, abs=1e-7)
        else:
            assert ends(made, z, v, made.cost) == pytest.approx([value + v] * 2, abs=1e-7)


@pytest.mark.parametrize("whole", [(0, 5), (-3, 3), (2, 9), (-6, -2)])
def test_a_whole_number_is_made_of_bits(whole: tuple[int, int]) -> None:
    """Every number has its bits, whatever number is drawn only its own product is possible."""
    found = with_linear_products(encoded(whole, (-1, 3), in_row=True))
    made = found.mip.linear
    bits = np.flatnonzero(made.integer)[1:]
    assert len(bits) == (whole[1] - whole[0]).bit_length()
    for z, v in product(range(whole[0], whole[1] + 1), (-1.0, 0.5, 3.0)):
        x = found.lift(np.array([z, v]), None)
        assert (made.activity(x) >= made.row_lower - 1e-9).all()
        assert (made.activity(x) <= made.row_upper + 1e-9).all()
        assert made.activity(x)[0] == pytest.approx(3 * z * v + 2 * v)
        lower, upper = made.lower.copy(), made.upper.copy()
        lower[bits] = upper[bits] = x[bits]
        fixed = replace(made, lower=lower, upper=upper)
        assert ends(fixed, z, v, made.A.toarray()[0]) == pytest.approx(
            [3 * z * v + 2 * v] * 2, abs=1e-6
        )


@pytest.mark.parametrize(
    ("whole", "other"),
    [((0, 1), (0, np.inf)), ((0, 1), (-np.inf, 2)), ((0, 2.0**11), (0, 1)), ((0, np.inf), (0, 1))],
)
def test_without_limits_the_product_stays(
    whole: tuple[float, float], other: tuple[float, float]
) -> None:
    """In the objective, so that no row tells a limit."""
    before = encoded(whole, other, in_row=False)
    linear = replace(before.mip.linear, row_lower=np.array([-np.inf]), row_upper=np.array([np.inf]))
    kept = with_linear_products(replace(before, mip=Mip(linear))).mip.linear
    assert len(kept.products) == 1


def test_a_square_of_a_whole_number_in_a_minimum_stays_convex() -> None:
    before = encoded((0, 5), (0, 1), in_row=False)
    square = Products.of(np.array([-1]), np.array([0]), np.array([0]), np.array([1.0]))
    kept = replace(before, mip=Mip(replace(before.mip.linear, products=square)))
    assert with_linear_products(kept) is kept


@pytest.mark.parametrize("solver", ["highs", "scip"])
@pytest.mark.parametrize("sense", ["minimize", "maximize"])
def test_switches_and_numbers_in_a_leaders_objective(solver: str, sense: str) -> None:
    """n y (z - 0.4) over n in 0..3, z in {0, 1} and y, of which the follower makes as little as
    x, or as much: extremes by trying all."""
    text = f"""
    leader up {{
      var n integer in [0, 3]; var z binary; var x in [0, 2];
      {sense} F = n * low.y + 5 * z * low.y - 4 * low.y - n + x;
    }}
    follower low {{ var y in [0, 3]; minimize f = y; constraint r: y >= x; }}
    """
    values = [
        n * x + 5 * z * x - 4 * x - n + x for n in range(4) for z in (0, 1) for x in (0.0, 2.0)
    ]
    solution = evdsl.loads(text).solve(solver)
    best = min(values) if sense == "minimize" else max(values)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(best, abs=1e-5)
