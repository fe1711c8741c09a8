"""The storage chain's bounds against all vertices of small chains, and what is no chain."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from evdsl.program.limits import implied_limits
from evdsl.program.lp import solve_lp
from evdsl.program.program import Program
from evdsl.reformulate.bounds import bound
from evdsl.reformulate.chain import Chain, may_close, recognise, row_intervals
from evdsl.reformulate.cycle import zero_is_impossible
from evdsl.reformulate.kkt import Kkt, kkt
from evdsl.reformulate.net import Net, net
from programs import INF, Level, program, storage
from random_programs import random_storage


def parts(made: Program) -> tuple[Kkt, Net, list[Chain]]:
    single = kkt(made)
    duals = net(single, implied_limits(made.joint))
    chains = [recognise(duals, rows, columns) for rows, columns in duals.components()]
    assert None not in chains
    return single, duals, [chain for chain in chains if chain is not None]


def vertices(duals: Net, chain: Chain) -> list[np.ndarray]:
    """All points λ of the chain's rows that T of the hyperplanes `r_j = 0` determine."""
    rows = chain.order
    movable = [j for j in [*chain.leaf, *chain.links] if not duals.still[j]]
    normals = duals.matrix.toarray()[rows][:, movable].T
    right = duals.costs[movable, 0]
    found = []
    for basis in combinations(range(len(movable)), len(rows)):
        chosen = list(basis)
        if abs(np.linalg.det(normals[chosen])) > 1e-9:
            found.append(np.linalg.solve(normals[chosen], right[chosen]))
    return found


def test_the_formula_is_exactly_the_range_of_all_vertices() -> None:
    rng = np.random.default_rng(7)
    compared = closed = 0
    for _ in range(60):
        _, duals, chains = parts(random_storage(rng))
        for chain in chains:
            points = np.array(vertices(duals, chain))
            if not len(points):
                continue
            ends = row_intervals(chain, duals.still, zero=may_close(chain))
            np.testing.assert_allclose(ends[:, 0], points.min(axis=0), atol=1e-9)
            np.testing.assert_allclose(ends[:, 1], points.max(axis=0), atol=1e-9)
            compared += 1
            closed += may_close(chain)
    assert compared >= 50
    assert closed >= 10


def test_without_the_anchor_of_a_free_end_a_vertex_lies_outside() -> None:
    made = storage(
        np.array([5.0, 8.0, 6.0]),
        charge=np.ones(3),
        level=np.full(3, 4.0),
        drive=np.full(3, 0.2),
        group=np.zeros(3, int),
        end="free",
    )
    _, duals, [chain] = parts(made)
    points = np.array(vertices(duals, chain))
    charging = (duals.costs[chain.leaf, 0] != 0) & ~duals.still[chain.leaf]
    assert charging.sum() == 3
    assert chain.anchor[charging].max() < -5
    assert points.max() == pytest.approx(0.0)
    assert row_intervals(chain, duals.still, zero=False)[:, 1] == pytest.approx(0.0)


def test_a_terminal_value_is_an_anchor() -> None:
    made = storage(
        np.array([5.0, 8.0, 6.0]),
        charge=np.ones(3),
        level=np.full(3, 4.0),
        drive=np.full(3, 0.2),
        group=np.zeros(3, int),
        eta=1.0,
        sigma=0.0,
        end="free",
        value=2.0,
    )
    _, duals, [chain] = parts(made)
    ends = row_intervals(chain, duals.still, zero=False)
    np.testing.assert_allclose(ends, [[-8.0, -2.0]] * 3)


def all_zero_is_possible(single: Kkt, duals: Net) -> bool:
    """Whether some feasible point goes with λ = 0, by an LP over all columns.

    Leaves with a cost stand at the limit that it pushes them to; the limits of these tests are one
    constant and one row, so each side has one.
    """
    joint = single.program.joint
    lower, upper = joint.lower.copy(), joint.upper.copy()
    row_lower, row_upper = joint.row_lower.copy(), joint.row_upper.copy()
    for place, cost in enumerate(duals.costs[:, 0]):
        if cost == 0 or duals.still[place]:
            continue
        held = np.flatnonzero((duals.column == place) & (np.sign(duals.gain) == np.sign(cost)))
        assert len(held) == 1
        row, column = single.duals.row[held[0]], single.duals.column[held[0]]
        if row >= 0 and single.duals.side[held[0]] < 0:
            row_upper[row] = row_lower[row]
        elif row >= 0:
            row_lower[row] = row_upper[row]
        elif single.duals.side[held[0]] < 0:
            upper[column] = lower[column]
        else:
            lower[column] = upper[column]
    answer = solve_lp(
        joint,
        cost=np.zeros(len(lower)),
        lower=lower,
        upper=upper,
        row_lower=row_lower,
        row_upper=row_upper,
    )
    return answer.status == "optimal"


def test_zero_is_excluded_only_where_no_answer_has_it() -> None:
    rng = np.random.default_rng(11)
    excluded = possible = 0
    for _ in range(200):
        made = random_storage(rng)
        single, duals, [chain] = parts(made)
        if not may_close(chain):
            continue
        says_no = zero_is_impossible(single, duals, chain, implied_limits(made.joint))
        is_possible = all_zero_is_possible(single, duals)
        assert not (says_no and is_possible)
        excluded += says_no
        possible += is_possible
    assert excluded >= 20
    assert possible >= 5


def base(**changes: object) -> Level:
    """Two hours of a storage that chain one level, as a scalar block."""
    low = Level(
        "low",
        columns={"c0": (0, 3), "c1": (0, 3), "s0": (0, 9), "s1": (0, 9)},
        cost={"c0": 2, "c1": 5},
        rows={
            "soc0": ({"s0": 1, "s1": -0.9, "c0": -1}, -1, -1),
            "soc1": ({"s1": 1, "s0": -0.9, "c1": -1}, -1, -1),
        },
    )
    for name, value in changes.items():
        getattr(low, name).update(value)
    return low


def recognised(low: Level) -> list[bool]:
    single = kkt(program(Level("up", columns={"x": (0, 1)}), low))
    duals = net(single, implied_limits(single.program.joint))
    return [recognise(duals, *part) is not None for part in duals.components()]


@pytest.mark.parametrize(
    ("low", "why"),
    [
        (base(cost={"s0": 0.1}), "a cost on the level"),
        (base(rows={"cap": ({"c0": 1, "c1": 1}, -INF, 4)}), "a shared cap"),
        (base(rows={"soc1": ({"s1": 1, "s0": 0.9, "c1": -1}, -1, -1)}), "a negative ratio"),
        (base(rows={"soc1": ({"s1": 1, "s0": -0.9, "c1": -1}, -1, 0)}), "a balance within a range"),
        (
            base(
                columns={"e": (0, 2), "z": (0, 9), "z2": (0, 9)},
                rows={
                    "soc0": ({"s0": 1, "s1": -0.9, "c0": -1, "e": 1}, -1, -1),
                    "other0": ({"z": 1, "z2": -1, "e": -0.9}, 0, 0),
                    "other1": ({"z2": 1, "z": -1}, 0, 0),
                },
            ),
            "a lossy transfer between two storages",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_chain_is_refused(low: Level, why: str) -> None:
    assert recognised(base()) == [True]
    assert recognised(low) == [False], why


def test_a_day_of_hours_against_the_formula_written_out() -> None:
    T, keep, eta = 30, 0.9, 0.8
    rng = np.random.default_rng(3)
    price = rng.normal(2, 4, T)
    made = storage(
        price,
        charge=np.ones(T),
        discharge=np.ones(T),
        level=np.full(T, 5.0),
        drive=np.full(T, 0.1),
        eta=eta,
        sigma=1 - keep,
        group=np.arange(T) // 24,
    )
    _, duals, [chain] = parts(made)
    ends = row_intervals(chain, duals.still, zero=False)
    value = {
        t: [
            anchor * keep**power
            for s in range(T)
            for anchor in (price[s] / eta, price[s] * eta)
            for power in ((s - t) % T, -((t - s) % T))
        ]
        for t in range(T)
    }
    hour = chain.order - chain.order.min()
    np.testing.assert_allclose(-ends[:, 0], [max(value[t]) for t in hour])
    np.testing.assert_allclose(-ends[:, 1], [min(value[t]) for t in hour])


def test_a_year_of_hours() -> None:
    T, keep, eta = 8760, 1 - 1e-4, 0.95
    price = np.random.default_rng(0).uniform(1, 9, T)
    made = storage(
        price,
        charge=np.ones(T),
        discharge=np.ones(T),
        level=np.full(T, 5.0),
        drive=np.full(T, 0.1),
        eta=eta,
        sigma=1 - keep,
        group=np.arange(T) // 24,
    )
    _, duals, [chain] = parts(made)
    ends = row_intervals(chain, duals.still, zero=False)
    assert -ends[:, 0].min() <= price.max() / eta / keep ** (T - 1)
    assert -ends[:, 1].max() >= price.min() * eta * keep ** (T - 1)


def test_idle_hours_have_no_anchor() -> None:
    price = np.array([5.0, 100.0, 6.0])
    made = storage(
        price,
        charge=np.array([1.0, 0.0, 1.0]),
        level=np.full(3, 4.0),
        drive=np.full(3, 0.2),
        eta=1.0,
        sigma=0.0,
        group=np.zeros(3, int),
    )
    bounds = bound(kkt(made))
    soc = next(f for f in kkt(made).multiplier_families if f.name == "soc.dual")
    n = made.joint.shape[1]
    np.testing.assert_allclose(bounds.lower[soc.start - n : soc.stop - n], -6.0, atol=1e-4)
    np.testing.assert_allclose(bounds.upper[soc.start - n : soc.stop - n], -5.0, atol=1e-4)


def test_anchors_are_carried_over_any_number_of_links() -> None:
    """A path of leaves that the closed form carries as a walk along it does, row by row."""
    rng = np.random.default_rng(3)
    for size in (1, 2, 3, 7, 64, 100):
        ratio = rng.uniform(0.5, 1.5, size - 1)
        chain = Chain(
            order=np.arange(size),
            ratio=ratio,
            closing=None,
            leaf=np.arange(3),
            leaf_at=rng.integers(size, size=3),
            anchor=np.repeat(rng.normal(size=(3, 1)), 2, axis=1),
            links=np.empty(0, np.int64),
        )
        least, most = np.full(size, np.inf), np.full(size, -np.inf)
        for at, (value, _) in zip(chain.leaf_at, chain.anchor, strict=True):
            for row in range(size):
                steps = ratio[min(at, row) : max(at, row)].prod()
                carried = value * steps if row >= at else value / steps
                least[row], most[row] = min(least[row], carried), max(most[row], carried)
        ends = row_intervals(chain, np.zeros(3, np.bool_), zero=False)
        np.testing.assert_allclose(ends, np.stack([least, most], axis=1), rtol=1e-12)
