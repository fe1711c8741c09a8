"""The single levels that the encodings make: names, shapes, cuts, and the way into them."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from answers import answer_to, follower_answer, violation
from evdsl.backends import highs, scip
from evdsl.backends.options import SolveOptions
from evdsl.program.limits import implied_limits
from evdsl.program.linear import Linear
from evdsl.program.program import Program
from evdsl.reformulate.bounds import Provenance
from evdsl.reformulate.encode import encode
from evdsl.reformulate.encoded import Encoded
from evdsl.reformulate.kkt import kkt
from evdsl.reformulate.presolve.single_factor import single_factors
from evdsl.source.diagnostic import EvdslError
from programs import INF, Level, bard, program, storage
from random_programs import random_program, random_storage

EXACT = SolveOptions(gap=0.0)


def by_bigm(made: Program) -> Encoded:
    single = kkt(made)
    return encode(single, "bigm")


def rows_of(linear: Linear, family: str) -> list[str]:
    found = next(f for f in linear.rows if f.path == family)
    lines = []
    for row in range(found.start, found.stop):
        part = linear.A[[row]].tocoo()
        terms = [
            f"{value:+.3g} {linear.column_name(column)}"
            for column, value in zip(part.coords[1], part.data, strict=True)
        ]
        lines.append(
            f"{linear.row_lower[row]:.3g} <= {' '.join(terms)} <= {linear.row_upper[row]:.3g}"
        )
    return lines


def test_bard_with_binaries() -> None:
    linear = by_bigm(bard()).mip.linear
    assert [f.path for f in linear.columns[7:]] == [
        "low.a.tight",
        "low.d.tight",
        "low.y.lower.tight",
    ]
    assert linear.integer.sum() == 3
    assert rows_of(linear, "low.d.tight.multiplier") == [
        "-inf <= +1 low.d.dual -0.5 low.d.tight <= 0"
    ]
    assert rows_of(linear, "low.d.tight.slack") == ["-3 <= +3 up.x -2 low.y -7 low.d.tight <= inf"]
    assert rows_of(linear, "low.y.lower.tight.slack") == [
        "-inf <= +1 low.y +6 low.y.lower.tight <= 6"
    ]
    assert rows_of(linear, "low.y.exclusive") == [
        "-inf <= +1 low.a.tight +1 low.d.tight +1 low.y.lower.tight <= 1"
    ]


def test_bard_with_sos1() -> None:
    encoded = encode(kkt(bard()), "sos1")
    linear = encoded.mip.linear
    assert rows_of(linear, "low.d.slack") == ["4 <= +3 up.x -2 low.y +1 low.d.slack <= 4"]
    assert rows_of(linear, "low.y.lower.slack") == ["0 <= +1 low.y -1 low.y.lower.slack <= 0"]
    pairs = [(linear.column_name(a), linear.column_name(b)) for a, b in encoded.mip.sos1]
    assert pairs[-1] == ("low.y.lower.slack", "low.y.lower.dual")
    assert np.isinf(linear.upper[encoded.mip.sos1]).all()
    assert encoded.provenance == Provenance(0, 0, 0)


@pytest.mark.parametrize("seed", range(30))
def test_families_cover_columns_and_rows_without_gaps(seed: int) -> None:
    single = kkt(random_program(seed)[1])
    for encoded in (encode(single, "sos1"), encode(single, "bigm", big_m=99.0)):
        linear = encoded.mip.linear
        for families, size in ((linear.rows, linear.shape[0]), (linear.columns, linear.shape[1])):
            assert families[0].start == 0 or not size
            assert all(a.stop == b.start for a, b in pairwise(families))
            assert families[-1].stop == size
            assert max(Counter(f.path for f in families).values()) == 1


def small_fleet(hours: int = 6, group: int = 3, *, v2g: bool = True) -> Program:
    rng = np.random.default_rng(1)
    wanted = (rng.uniform(0, 2, hours), rng.uniform(0, 1, hours) * v2g, rng.uniform(2, 5, hours))
    return storage(
        np.round(rng.uniform(1, 9, hours), 1),
        charge=np.where(np.arange(hours) == 2, 0.0, 3.0),
        discharge=np.full(hours, 1.5) if v2g else None,
        level=np.full(hours, 8.0),
        drive=np.full(hours, 0.5),
        group=np.arange(hours) // group,
        target=wanted,
    )


def test_never_charge_and_discharge_at_once() -> None:
    linear = by_bigm(small_fleet()).mip.linear
    crossing = rows_of(linear, "aev.soc.crossing")
    assert "1 <= +1 aev.c.lower.tight[3] +1 aev.d.lower.tight[3] <= inf" in crossing
    assert not any("[2]" in line for line in crossing)


def without(linear: Linear, word: str) -> Linear:
    """Without the limits of the rows of one kind of cut."""
    low, high = linear.row_lower.copy(), linear.row_upper.copy()
    for family in linear.rows:
        if word in family.name:
            low[family.slice], high[family.slice] = -INF, INF
    return Linear(**{**vars(linear), "row_lower": low, "row_upper": high})


def test_cuts_remove_no_optimum() -> None:
    compared = 0
    for seed in range(0, 300, 3):
        try:
            encoded = by_bigm(random_program(seed)[1])
        except EvdslError:
            continue
        linear = encoded.mip.linear
        names = " ".join(f.name for f in linear.rows)
        if "crossing" not in names and "exclusive" not in names:
            continue
        plain = type(encoded.mip)(without(without(linear, "crossing"), "exclusive"))
        cut, free = highs.solve(encoded.mip, EXACT), highs.solve(plain, EXACT)
        assert (cut.status, cut.objective) == (
            free.status,
            pytest.approx(free.objective, nan_ok=True),
        )
        compared += 1
    assert compared >= 15


def factors_of(made: Program) -> np.ndarray:
    return single_factors(kkt(made), implied_limits(made.joint))


def test_one_factor_an_hour_leaves_no_upper_choices() -> None:
    made = small_fleet(group=1)
    factor = factors_of(made)
    assert np.flatnonzero(factor[: 3 * 6] < 0).tolist() == [2]
    linear = by_bigm(made).mip.linear
    assert not [f.path for f in linear.columns if f.name == "c.upper.tight"]
    upper = next(f for f in linear.rows if f.path == "aev.c.upper")
    np.testing.assert_array_equal(linear.row_lower[upper.slice], 0.0)  # hour 2 is always tight
    assert (factors_of(small_fleet(group=3)) < 0).all()


def test_tying_factors_keeps_the_optimum() -> None:
    """The same with a cost on the factors that is too small to matter, which forbids tying."""
    made = small_fleet(hours=5, group=1)
    cost = made.joint.cost.copy()
    cost[made.joint.columns[0].slice] = 1e-9
    other = Program(**{**vars(made), "joint": Linear(**{**vars(made.joint), "cost": cost})})
    assert (factors_of(other)[:5] < 0).all()
    tied, free = by_bigm(made), by_bigm(other)
    assert tied.mip.linear.integer.sum() < free.mip.linear.integer.sum()
    ours, theirs = highs.solve(tied.mip, EXACT), highs.solve(free.mip, EXACT)
    assert ours.objective == pytest.approx(theirs.objective, abs=1e-6)


def test_both_encodings_of_random_storages_agree() -> None:
    """Losses, idle hours, negative prices and ends as they come; the leader follows a target."""
    optimal = 0
    for seed in range(40):
        made = random_storage(np.random.default_rng(seed), follow=True)
        ours = highs.solve(by_bigm(made).mip, EXACT)
        theirs = scip.solve(encode(kkt(made), "sos1").mip, EXACT)
        assert ours.status == theirs.status, seed
        if ours.status == "optimal":
            assert ours.objective == pytest.approx(theirs.objective, abs=1e-5), seed
            optimal += 1
    assert optimal >= 30


def test_lifted_points_are_complete_and_feasible() -> None:
    lifted = 0
    for seed in range(100):
        _, made = random_program(seed)
        found = follower_answer(made, np.random.default_rng(seed))
        if found is None:
            continue
        x, multipliers = found
        meets_leader = violation(made.joint, x) < 1e-7
        single = kkt(made)
        encodings = [encode(single, "sos1")]
        try:
            encodings.append(encode(single, "bigm"))
        except EvdslError:
            lifted -= 1
        for encoded in encodings:
            start = encoded.lift(x, multipliers)
            assert start.shape == (encoded.mip.linear.shape[1],)
            assert not np.isnan(start).any()
            if meets_leader:
                assert violation(encoded.mip.linear, start) < 1e-6, seed
                lifted += 1
            for one, other in encoded.mip.sos1:
                assert abs(start[one] * start[other]) < 1e-6
    assert lifted >= 80


@pytest.mark.parametrize("group", [1, 3])
def test_simple_aggregation_is_a_start(group: int) -> None:
    """All factors 1, lifted into both; a factor that serves one row comes back smaller."""
    made = small_fleet(group=group)
    joint = made.joint
    found = answer_to(made, np.where(np.isfinite(joint.upper), joint.upper, 0.0))
    assert found is not None
    x, multipliers = found
    wanted = {f.path: f.slice for f in joint.columns}
    for name in "cds":
        over = next(f for f in joint.rows if f.path == f"planner.over_{name}")
        target = -joint.row_lower[over.slice]
        x[wanted[f"planner.dev_{name}"]] = np.abs(x[wanted[f"aev.{name}"]] - target)
    for encoded in (by_bigm(made), encode(kkt(made), "sos1")):
        start = encoded.lift(x, multipliers)
        assert violation(encoded.mip.linear, start) < 1e-7
        assert encoded.mip.linear.objective(start) == pytest.approx(joint.objective(x))
        n = joint.shape[1]
        np.testing.assert_allclose(start[made.follower_columns], x[made.follower_columns])
        assert (start[:n] <= x + 1e-9).all()


def test_degenerate_multipliers_are_replaced() -> None:
    """Hour 2 cannot charge, so its price bounds nothing; an LP may still answer with it."""
    made = small_fleet(v2g=False)
    joint = made.joint
    found = answer_to(made, np.where(np.isfinite(joint.upper), joint.upper, 0.0))
    assert found is not None
    x, multipliers = found
    for name in "cds":
        x[next(f.slice for f in joint.columns if f.path == f"planner.dev_{name}")] = 99.0
    encoded = by_bigm(made)
    soc = next(f for f in joint.rows if f.path == "aev.soc")
    wild = multipliers.row.copy()
    wild[soc.slice] = -1e4
    start = encoded.lift(x, type(multipliers)(wild, multipliers.lower, multipliers.upper))
    assert violation(encoded.mip.linear, start) < 1e-6


def test_two_limits_on_one_side_share_the_reduced_cost() -> None:
    """y <= 3 and y <= x: whichever is lower carries it, and the start says which."""
    made = program(
        Level("up", columns={"x": (0, 9)}, cost={"x": 1, "y": -2}),
        Level(
            "low",
            columns={"y": (0, 3)},
            cost={"y": -1},
            rows={"y.upper": ({"y": 1, "x": -1}, -INF, 0)},
            limits={"y.upper": "y"},
        ),
    )
    encoded = by_bigm(made)
    linear = encoded.mip.linear
    names = [linear.column_name(j) for j in range(linear.shape[1])]
    for decision, carrier in ((2.0, "low.y.upper.dual"), (5.0, "low.y.upper.dual.constant")):
        found = answer_to(made, np.array([decision, 0.0]))
        assert found is not None
        start = dict(zip(names, encoded.lift(*found), strict=True))
        assert start[carrier] == pytest.approx(1)
    assert highs.solve(encoded.mip, EXACT).objective == pytest.approx(-3)
