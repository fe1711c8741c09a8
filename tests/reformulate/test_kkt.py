from __future__ import annotations

import numpy as np

from answers import follower_answer
from evdsl.program.linear import Linear
from evdsl.reformulate.kkt import Kkt, kkt
from programs import INF, Level, bard, program, storage
from random_programs import random_program


def names(linear: Linear) -> tuple[list[str], list[str]]:
    m, n = linear.shape
    return [linear.column_name(j) for j in range(n)], [linear.row_name(i) for i in range(m)]


def text(linear: Linear, row: int) -> str:
    part = linear.A[[row]].tocoo()
    terms = [
        f"{value:+g} {linear.column_name(column)}"
        for column, value in zip(part.coords[1], part.data, strict=True)
    ]
    return f"{linear.row_lower[row]:g} <= {' '.join(terms)} <= {linear.row_upper[row]:g}"


def test_bard_by_hand() -> None:
    single = kkt(bard())
    columns, rows = names(single.linear)
    assert columns == [
        "up.x",
        "low.y",
        "low.a.dual",
        "low.b.dual",
        "low.c.dual",
        "low.d.dual",
        "low.y.lower.dual",
    ]
    assert rows == ["low.a", "low.b", "low.c", "low.d", "low.y.stationarity"]
    assert text(single.linear, 4) == (
        "1 <= +1 low.a.dual -1 low.b.dual -1 low.c.dual +2 low.d.dual +1 low.y.lower.dual <= 1"
    )
    assert single.pairs.multiplier.tolist() == [2, 3, 4, 5, 6]
    assert single.pairs.row.tolist() == [0, 1, 2, 3, -1]
    assert single.pairs.column.tolist() == [-1, -1, -1, -1, 1]
    assert single.pairs.side.tolist() == [1, 1, 1, 1, -1]
    assert single.linear.cost.tolist() == [1, -4, 0, 0, 0, 0, 0]


def test_both_sides_equalities_and_fixed_columns() -> None:
    single = kkt(
        program(
            Level("up", columns={"x": (0, 1)}, cost={"x": 1}),
            Level(
                "low",
                columns={"y": (0, 4), "z": (2, 2), "w": (-INF, INF)},
                cost={"y": 1, "z": 5},
                rows={
                    "band": ({"x": 1, "y": 1, "w": 2}, -1, 3),
                    "balance": ({"y": 1, "z": -1, "w": 1}, 4, 4),
                    "loose": ({"y": 1}, -INF, INF),
                },
            ),
        )
    )
    columns, _ = names(single.linear)
    assert columns[4:] == [
        "low.band.lower.dual",
        "low.band.upper.dual",
        "low.balance.dual",
        "low.y.lower.dual",
        "low.y.upper.dual",
        "low.z.dual",
    ]
    assert len(single.pairs) == 4
    free = np.isinf(single.linear.lower[4:])
    assert free.tolist() == [False, False, True, False, False, True]
    assert text(single.linear, 3) == (
        "1 <= +1 low.band.lower.dual -1 low.band.upper.dual +1 low.balance.dual"
        " +1 low.y.lower.dual -1 low.y.upper.dual <= 1"
    )
    assert text(single.linear, 4) == "5 <= -1 low.balance.dual +1 low.z.dual <= 5"
    assert text(single.linear, 5) == (
        "0 <= +2 low.band.lower.dual -2 low.band.upper.dual +1 low.balance.dual <= 0"
    )


def test_a_maximum_is_the_minimum_of_its_negative() -> None:
    single = kkt(
        program(
            Level("up", columns={"x": (0, 9)}, cost={"x": 1}),
            Level(
                "low",
                sense=-1,
                columns={"y": (0, INF)},
                cost={"y": 3},
                rows={"cap": ({"y": 1, "x": -2}, -INF, 1)},
            ),
        )
    )
    assert text(single.linear, 1) == "-3 <= -1 low.cap.dual +1 low.y.lower.dual <= -3"
    point = np.array([2.0, 5.0, 3.0, 0.0])
    assert single.multipliers(point).row.tolist() == [3.0]
    assert single.values(single.multipliers(point)).tolist() == [3.0, 0.0]


def test_indexed_families_keep_their_keys() -> None:
    hours = 3
    single = kkt(
        storage(
            np.array([1.0, 2.0, 3.0]),
            charge=np.ones(hours),
            level=np.full(hours, 5.0),
            drive=np.full(hours, 0.1),
            group=np.array([0, 0, 1]),
        )
    )
    columns, rows = names(single.linear)
    assert "aev.c.upper.dual[2]" in columns
    assert "aev.soc.dual[1]" in columns
    assert rows[-1] == "aev.s.stationarity[2]"
    assert "aev.d.dual[0]" in columns
    cyclic = next(i for i, name in enumerate(rows) if name == "aev.s.stationarity[2]")
    assert text(single.linear, cyclic) == (
        "0 <= -1 aev.s.upper.dual[2] -0.9999 aev.soc.dual[0] +1 aev.soc.dual[2]"
        " +1 aev.s.lower.dual[2] <= 0"
    )


def residuals(single: Kkt, x: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """The largest violation of a row and the largest complementarity product."""
    point = np.concatenate([x, values])
    keep = np.concatenate(
        [single.program.row_owner > 0, np.ones(len(single.program.follower_columns), np.bool_)]
    )
    activity = (single.linear.A @ point)[keep]
    low, high = single.linear.row_lower[keep], single.linear.row_upper[keep]
    violation = np.maximum(low - activity, activity - high).max(initial=0.0)
    product = np.abs(single.slack(x) * np.where(single.duals.side == 0, 0.0, values))
    return float(violation), float(product.max(initial=0.0))


def test_multipliers_of_lps_satisfy_the_conditions_and_come_back() -> None:
    answered = 0
    for seed in range(80):
        _, made = random_program(seed)
        found = follower_answer(made, np.random.default_rng(seed))
        if found is None:
            continue
        answered += 1
        x, multipliers = found
        single = kkt(made)
        values = single.values(multipliers)
        assert max(residuals(single, x, values)) < 1e-7, seed
        back = single.multipliers(np.concatenate([x, values]))
        np.testing.assert_allclose(back.row, multipliers.row, atol=1e-9)
        np.testing.assert_allclose(back.lower, multipliers.lower, atol=1e-9)
        np.testing.assert_allclose(back.upper, multipliers.upper, atol=1e-9)
    assert answered >= 50


def test_a_follower_without_rows() -> None:
    made = program(
        Level("up", columns={"x": (0, 1)}, cost={"x": 1, "y": 1}),
        Level("low", columns={"y": (0, 3)}, cost={"y": -1}),
    )
    single = kkt(made)
    assert single.linear.shape == (1, 4)
    assert text(single.linear, 0) == "-1 <= +1 low.y.lower.dual -1 low.y.upper.dual <= -1"
    assert single.slack(np.array([0.0, 3.0])).tolist() == [3.0, 0.0]
