from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from evdsl.backends import highs
from evdsl.backends.options import SolveOptions
from evdsl.program.program import Program
from evdsl.reformulate.bounds import Bounds, Provenance, bound
from evdsl.reformulate.encode import encode
from evdsl.reformulate.kkt import kkt
from evdsl.reformulate.polyhedron import Polyhedron, extremes
from evdsl.reformulate.vertices import vertex_extremes
from evdsl.source.diagnostic import Diagnostic, EvdslError
from programs import INF, Level, bard, program, storage

EXACT = SolveOptions(gap=0.0)


def largest(made: Program, big_m: float | None = None) -> dict[str, tuple[float, float, str]]:
    """Limits of each multiplier and how they are known, by name."""
    single = kkt(made)
    bounds: Bounds = bound(single, big_m)
    n = made.joint.shape[1]
    return {
        single.linear.column_name(n + k): (bounds.lower[k], bounds.upper[k], str(bounds.how[k]))
        for k in range(len(single.duals))
    }


def refusal(made: Program, big_m: float | None = None) -> list[Diagnostic]:
    with pytest.raises(EvdslError) as caught:
        bound(kkt(made), big_m)
    return list(caught.value.diagnostics)


def optimum(made: Program, big_m: float | None = None) -> float:
    single = kkt(made)
    return highs.solve(encode(single, "bigm", big_m).mip, EXACT).objective


def test_bard_by_hand() -> None:
    """The reduced cost is 1, and the limit that carries it is divided by its coefficient."""
    found = largest(bard())
    assert {name: upper for name, (_, upper, _) in found.items()} == pytest.approx(
        {
            "low.a.dual": 1.0,
            "low.b.dual": 0.0,
            "low.c.dual": 0.0,
            "low.d.dual": 0.5,
            "low.y.lower.dual": 1.0,
        },
        abs=1e-5,
    )
    assert optimum(bard()) == pytest.approx(-12)


def pineda_morales() -> Program:
    """Pineda and Morales (2019), section 3: optimum 102 at x = 2, y = 100; M = 50 gives 1."""
    return program(
        Level(
            "up",
            sense=-1,
            columns={"x": (0, INF)},
            cost={"x": 1, "y": 1},
            rows={"top": ({"x": 1}, 0, 2)},
        ),
        Level(
            "low",
            columns={"y": (0, INF)},
            cost={"y": 1},
            rows={"cap": ({"x": 1, "y": -0.01}, -INF, 1)},
        ),
    )


def test_an_assumed_constant_that_is_too_small_is_marked_and_a_proof_finds_the_optimum() -> None:
    made = pineda_morales()
    single = kkt(made)
    made_of_50 = bound(single, 50.0)
    assert made_of_50.provenance == Provenance(proved=0, stated=0, assumed=4)
    assert optimum(made, 50.0) == pytest.approx(1)
    assert optimum(made, 200.0) == pytest.approx(102)
    assert bound(kkt(bounded(made))).provenance == Provenance(proved=5, stated=0, assumed=0)
    assert optimum(bounded(made)) == pytest.approx(102)


def bounded(made: Program) -> Program:
    """With the limit on y that a slack's bound needs."""
    upper = made.joint.upper.copy()
    upper[made.follower_columns] = 500.0
    return replace(made, joint=replace(made.joint, upper=upper))


def test_a_missing_limit_is_named() -> None:
    cap, own = refusal(pineda_morales())
    assert (cap.code, own.code) == ("E0502", "E0502")
    assert cap.message == (
        "no bound can be proved for the slack of `low.cap`: `low.y` has no upper limit"
    )
    assert cap.help is not None
    assert "give `low.y` a finite upper limit" in cap.help
    assert own.message.startswith("no bound can be proved for the slack of the lower limit of")


def two_caps(**changes: object) -> Program:
    """A follower in two columns and two rows of both: Π is unbounded along (1, 1)."""
    low = Level(
        "low",
        columns={"y": (0, 4), "z": (0, 4)},
        cost={"y": -3, "z": 2},
        rows={
            "one": ({"y": 1, "z": 1, "x": 1}, -INF, 6),
            "two": ({"y": -1, "z": -1, "x": 1}, -INF, 2),
        },
    )
    low.dual_in.update(changes)
    return program(Level("up", columns={"x": (0, 3)}, cost={"y": 1, "x": -2}), low)


def test_vertices_bound_what_the_polyhedron_does_not() -> None:
    found = largest(two_caps())
    assert found["low.one.dual"][1] == pytest.approx(3, abs=1e-4)
    assert found["low.one.dual"][2] == "vertices"
    assert found["low.y.upper.dual"][2] == "vertices"


def test_a_polyhedron_that_bounds() -> None:
    """λ >= 0, 2 λ1 + λ2 <= 4, λ1 + 3 λ2 <= 6: corners (0, 0), (2, 0), (0, 2), (1.2, 1.6)."""
    duals = Polyhedron(
        matrix=sparse.csr_array([[2.0, 1.0], [1.0, 3.0]]),
        costs=np.stack([np.array([4.0, 6.0])] * 2, axis=1),
        lower=np.zeros(2),
        upper=np.full(2, INF),
        reduced_lower=np.zeros(2),
        reduced_upper=np.full(2, INF),
    )
    everything = np.ones((4, 2), np.bool_)
    expected = [[0, 2], [0, 2], [0, 4], [0, 6]]
    np.testing.assert_allclose(extremes(duals, everything), expected, atol=1e-9)
    equality, still = np.zeros(2, np.bool_), np.zeros(2, np.bool_)
    np.testing.assert_allclose(vertex_extremes(duals, equality, still), expected, atol=1e-9)


def test_unbounded_ends_of_a_polyhedron_are_infinite_and_only_those() -> None:
    """λ1 free, λ2 >= 0, λ1 + λ2 = 3: λ1 has an upper end, λ2 a lower one."""
    duals = Polyhedron(
        matrix=sparse.csr_array([[1.0, 1.0]]),
        costs=np.stack([np.array([3.0])] * 2, axis=1),
        lower=np.array([-INF, 0.0]),
        upper=np.full(2, INF),
        reduced_lower=np.zeros(1),
        reduced_upper=np.zeros(1),
    )
    ends = extremes(duals, np.ones((3, 2), np.bool_))
    np.testing.assert_allclose(ends, [[-INF, 3], [0, INF], [0, 0]], atol=1e-9)


def test_an_empty_polyhedron_leaves_nothing_to_bound() -> None:
    """λ1 + λ2 = 3 and λ1 + λ2 = 4: a follower that has no optimum for any leader decision."""
    duals = Polyhedron(
        matrix=sparse.csr_array([[1.0, 1.0], [1.0, 1.0]]),
        costs=np.stack([np.array([3.0, 4.0])] * 2, axis=1),
        lower=np.full(2, -INF),
        upper=np.full(2, INF),
        reduced_lower=np.zeros(2),
        reduced_upper=np.zeros(2),
    )
    assert not extremes(duals, np.ones((4, 2), np.bool_)).any()


def test_large_components_are_not_enumerated() -> None:
    size = 12
    duals = Polyhedron(
        matrix=sparse.csr_array(np.ones((size, size)) + np.eye(size)),
        costs=np.stack([np.ones(size)] * 2, axis=1),
        lower=np.full(size, -INF),
        upper=np.full(size, INF),
        reduced_lower=np.full(size, -INF),
        reduced_upper=np.full(size, INF),
    )
    nothing = np.zeros(size, np.bool_)
    assert vertex_extremes(duals, nothing, nothing) is None


def test_what_is_stated_is_marked_where_it_says_more() -> None:
    assert largest(two_caps(one=(-1, 0)))["low.one.dual"][1:] == (
        pytest.approx(1, abs=1e-4),
        "stated",
    )
    assert largest(two_caps(one=(-99, 0)))["low.one.dual"][1:] == (
        pytest.approx(3, abs=1e-4),
        "vertices",
    )
    stated = bound(kkt(two_caps(one=(-1, 0)))).provenance
    assert stated.stated >= 1
    assert bound(kkt(two_caps(one=(-99, 0)))).provenance.stated == 0


def test_a_stated_range_follows_the_sense_of_a_maximum() -> None:
    """`max y` under `y + z <= x`: `.dual` is not negative, and 0.7 is all that is allowed."""
    low = Level(
        "low",
        sense=-1,
        columns={"y": (0, 4), "z": (0, 4)},
        cost={"y": 1, "z": -1},
        rows={"cap": ({"y": 1, "z": 1, "x": -1}, -INF, 0)},
        dual_in={"cap": (0, 0.7)},
    )
    made = program(Level("up", columns={"x": (0, 3)}, cost={"x": 1}), low)
    assert largest(made)["low.cap.dual"][1:] == (pytest.approx(0.7, abs=1e-5), "stated")


def test_a_stated_range_that_cannot_hold_is_refused() -> None:
    [wrong_sign] = refusal(two_caps(one=(1, 5)))
    assert wrong_sign.code == "E0503"
    assert wrong_sign.message == "`dual in [1, 5]` cannot hold for `low.one`"
    assert wrong_sign.help is not None
    assert "lies in [-3" in wrong_sign.help


def ramps(hours: int, **changes: object) -> Program:
    """A storage whose charging may only change slowly: too large to enumerate, and Π unbounded."""
    made = storage(
        1.0 + np.arange(hours) % 5,
        charge=np.full(hours, 4.0),
        level=np.full(hours, 30.0),
        drive=np.ones(hours),
        group=np.zeros(hours, int),
    )
    joint = made.joint
    c = next(f for f in joint.columns if f.path == "aev.c")
    soc = next(f for f in joint.rows if f.path == "aev.soc")
    steps = np.zeros((hours, joint.shape[1]))
    steps[np.arange(hours), np.arange(c.start, c.stop)] = 1
    steps[np.arange(hours), np.roll(np.arange(c.start, c.stop), 1)] -= 1
    rows = joint.shape[0]
    ramp = replace(soc, name="ramp", start=rows)
    return replace(
        made,
        joint=replace(
            joint,
            rows=(*joint.rows, ramp),
            A=sparse.csr_array(sparse.vstack([joint.A, sparse.csr_array(steps)])),
            row_lower=np.append(joint.row_lower, np.full(hours, -INF)),
            row_upper=np.append(joint.row_upper, np.full(hours, 1.5)),
        ),
        row_owner=np.append(made.row_owner, np.ones(hours, np.int64)),
        limit_column=np.append(made.limit_column, np.full(hours, -1)),
        dual_lower=np.append(made.dual_lower, np.full(hours, -INF)),
        dual_upper=np.append(made.dual_upper, np.full(hours, INF)),
        dual_stated=np.append(made.dual_stated, np.zeros(hours, np.bool_)),
    )


def test_without_a_proof_each_family_is_named_with_the_ways_out() -> None:
    found = {d.place: d for d in refusal(ramps(24))}
    assert {d.code for d in found.values()} == {"E0501"}
    ramp = found["member aev.ramp"]
    assert ramp.message == "no bound can be proved for the multiplier of `aev.ramp[0]`"
    assert ramp.notes == ("the same holds for 23 more of `aev.ramp`",)
    assert ramp.help is not None
    assert "--solver scip" in ramp.help
    assert "`dual in [-U, 0]`" in ramp.help
    limit = found["variable aev.c.upper"]
    assert "the upper limit of `aev.c[0]`" in limit.message
    assert limit.help is not None
    assert "`aev.soc`, `aev.ramp`" in limit.help


def test_stated_ranges_on_all_rows_are_a_way_out() -> None:
    made = ramps(24)
    is_soc_or_ramp = made.limit_column < 0
    stated = replace(
        made,
        dual_lower=np.where(is_soc_or_ramp, -20.0, -INF),
        dual_upper=np.where(is_soc_or_ramp, 20.0, INF),
        dual_stated=is_soc_or_ramp & (made.row_owner > 0),
    )
    bounds = bound(kkt(stated))
    assert bounds.provenance.stated > 0
    assert np.isfinite(bounds.upper).all()


@pytest.mark.parametrize("value", [0.0, -5.0, INF, float("nan")])
def test_the_one_constant_must_be_a_positive_number(value: float) -> None:
    [wrong] = refusal(bard(), value)
    assert wrong.code == "E0504"


def test_slacks_by_relaxation_where_intervals_say_nothing() -> None:
    """x - y in the row has no interval, but the leader's own row bounds it."""
    made = program(
        Level(
            "up",
            columns={"x": (0, INF), "w": (0, INF)},
            cost={"x": 1, "y": -1},
            rows={"sum": ({"x": 1, "w": 1, "y": 1}, -INF, 8), "gap": ({"x": 1, "w": -1}, 1, INF)},
        ),
        Level(
            "low",
            columns={"y": (-INF, INF)},
            cost={"y": 1},
            rows={
                "floor": ({"y": 1, "x": -1, "w": 1}, 0, INF),
                "other": ({"y": 1, "x": 1}, 0, INF),
            },
        ),
    )
    bounds = bound(kkt(made))
    assert bounds.slack_how.tolist()[0] == "relaxation"
    assert bounds.slack[0] == pytest.approx(6.0, abs=1e-4)
