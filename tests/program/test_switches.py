"""A leader's binary times a follower's variable: at 0 and at 1 the follower is the one without it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

import evdsl
from evdsl.program.ground import Grounded
from evdsl.solve.polish import respond
from evdsl.source.diagnostic import EvdslError


def text(seed: int) -> tuple[str, dict[str, np.ndarray]]:
    """Three switched columns in two rows, one of which holds each binary twice."""
    rng = np.random.default_rng(seed)
    parts = {
        "low": rng.integers(-3, 1, 3),
        "high": rng.integers(1, 4, 3),
        "cost": rng.integers(-3, 4, 3),
        "plain": rng.integers(-1, 2, (2, 3)),
        "switched": rng.integers(-2, 3, (2, 3)),
        "side": rng.integers(0, 4, 2),
    }
    sense = ("minimize", "maximize")[seed % 2]
    columns = " ".join(
        f"var y{i} in [{parts['low'][i]}, {parts['high'][i]}{' + k' if i == 0 else ''}];"
        for i in range(3)
    )
    rows = " ".join(
        f"constraint r{k}: "
        + " + ".join(
            f"({parts['plain'][k, i]}) * y{i} + ({parts['switched'][k, i]}) * z{i} * y{i}"
            for i in range(3)
        )
        + f" <= {parts['side'][k]} + k;"
        for k in range(2)
    )
    cost = " + ".join(f"({parts['cost'][i]}) * y{i}" for i in range(3))
    binaries = " ".join(f"var z{i} binary;" for i in range(3))
    return (
        f"leader up {{ {binaries} var k in [0, 2]; minimize F = k + low.y0; }}"
        f"follower low {{ {columns} {sense} f = {cost}; {rows} }}"
    ), parts


def followers_best(grounded: Grounded, decision: dict[str, float]) -> float | None:
    program = grounded.program
    joint = program.joint
    leads = program.column_owner == 0
    given = [decision[joint.column_name(j).split(".")[-1]] for j in np.flatnonzero(leads)]
    x = np.full(joint.shape[1], np.nan)
    x[leads] = given
    found = respond(program, x)
    return None if found is None else float(program.follower_objectives(found.x)[0])


@pytest.mark.parametrize("seed", range(12))
def test_each_choice_of_binaries_is_the_follower_written_out(seed: int) -> None:
    source, parts = text(seed)
    grounded = evdsl.loads(source).ground()
    assert len(grounded.program.joint.products) == 0
    sign = 1 if seed % 2 == 0 else -1
    answered = 0
    for *bits, k in product((0, 1), (0, 1), (0, 1), (0.0, 1.5)):
        limits = [(low, high + k * (i == 0)) for i, (low, high) in
                  enumerate(zip(parts["low"], parts["high"], strict=True))]  # fmt: skip
        matrix = parts["plain"] + parts["switched"] * np.array(bits)
        exact = linprog(sign * parts["cost"], matrix, parts["side"] + k, bounds=limits)
        decision = {f"z{i}": float(bit) for i, bit in enumerate(bits)} | {"k": k}
        found = followers_best(grounded, decision)
        assert (found is None) == (exact.status != 0)
        if found is not None:
            assert found == pytest.approx(sign * exact.fun, abs=1e-7)
            answered += 1
    assert answered >= 4


SWITCHED = """
leader up {{ var z binary; minimize F = low.y; }}
follower low {{ var y {domain}; minimize f = y; constraint r: z * y {more} <= 4; }}
"""


@pytest.mark.parametrize(
    ("domain", "side"), [("in [0, inf]", "upper"), ("in [-inf, 3]", "lower"), ("free", "lower")]
)
def test_without_a_limit_there_is_no_product(domain: str, side: str) -> None:
    with pytest.raises(EvdslError, match=f"E0427.*has no {side} limit|E0427.*has no upper limit"):
        evdsl.loads(SWITCHED.format(domain=domain, more="")).ground()


def test_a_limit_may_come_from_another_row() -> None:
    made = SWITCHED.replace("minimize f", "constraint cap: y <= 7; minimize f")
    evdsl.loads(made.format(domain="in [0, inf]", more="")).ground()


def test_the_same_product_twice_is_one_column() -> None:
    text = SWITCHED.format(domain="in [0, 3]", more="+ 2 * y * z - y * z")
    joint = evdsl.loads(text).ground().program.joint
    assert [f.name for f in joint.columns] == ["z", "y", "y.if.z"]
