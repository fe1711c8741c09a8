"""Bounds of chained followers against the exact method, and the checks that they carry."""

from __future__ import annotations

import pickle
import signal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import chains
import evdsl.solve.bound.bound as bounding
from chains import monitor, optimum, simple_answer, storage
from crews import Crew, backwards
from evdsl.backends import scip
from evdsl.program.mip import Answer
from evdsl.program.program import Program
from evdsl.reformulate.encode import encode
from evdsl.reformulate.kkt import kkt
from evdsl.solve.bound.arc import Arc, Solved, Solver, solve_arc
from evdsl.solve.bound.bound import Bounded, Bounding, bound
from evdsl.solve.bound.box_program import BoxProgram, enough_of
from evdsl.solve.bound.boxes import Boxes, Table, cheapest
from evdsl.solve.bound.chained import Chained, chained
from evdsl.solve.polish import polish
from evdsl.workers.workers import InTurn

KINDS: dict[str, dict[str, Any]] = {
    "cyclic": {},
    "path": {"cyclic": False},
    "discharging": {"power": 2.0, "seed": 1},
    "maximise": {"maximise": True, "hours": 8, "seed": 2},
    "one factor": {"group": 12, "seed": 1},
}
SMALL = 1e-4


def program(**kind: Any) -> Program:
    return storage(**kind).ground().program


def run(given: Program, arcs: int = 12, rows: int = 4, **more: Any) -> Bounded:
    found = bound(given, simple_answer(given), monitor(given), InTurn(), rows, arcs, **more)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_no_bound_is_beyond_the_optimum(kind: dict[str, Any]) -> None:
    model = storage(**kind)
    given = model.ground().program
    best, sense = optimum(model), given.joint.sense
    found = run(given)
    assert sense * (found.window - best) <= SMALL
    assert sense * (found.window - found.value) <= SMALL
    assert sense * (found.value - best) <= SMALL
    assert sense * (found.claimed - best) <= SMALL
    assert found.refuted == 0
    assert found.failed == 0


def test_boxes_close_in_on_the_optimum() -> None:
    model = storage(hours=8, cyclic=False)
    given = model.ground().program
    best = model.solve("scip", gap=1e-6)
    assert best.point is not None
    start = polish(given, best.point.x)
    assert start is not None
    told = monitor(given)
    told.found(start)
    found = bound(given, start, told, InTurn(), 4, 400)
    assert found is not None
    assert found.value == pytest.approx(best.objective, rel=2e-4)
    assert found.value <= best.objective + SMALL
    assert told.gap_is_met
    assert told.bound == found.value


def test_short_turns_cut_no_arc_off_and_prove_what_a_long_one_does() -> None:
    given = program(hours=8, cyclic=False)

    class Watching(InTurn):
        ended = 0

        def as_finished(self, function: Any, tasks: Any, *others: Any) -> Any:
            for place, answer in super().as_finished(function, tasks, *others):
                assert answer.done
                self.ended += 1
                yield place, answer

    def bounded(seconds: float) -> tuple[Bounded, Watching]:
        known, workers = chained(given, 4), Watching()
        assert known is not None
        made = Bounding(known, simple_answer(given), monitor(given), workers, 60)
        turns = 0
        while made.go_on(seconds) and workers.ended < 60 and turns < 100:
            turns += 1
        assert turns > 4 or seconds == np.inf
        found = made.result()
        assert found is not None
        return found, workers

    (short, one), (long, other) = bounded(0.0), bounded(np.inf)
    assert short.arcs == long.arcs
    assert one.ended == pytest.approx(other.ended, abs=8)
    assert short.claimed == long.claimed


def test_squares_of_the_leader() -> None:
    model = storage(hours=8, squares=True)
    given = model.ground().program
    found = run(given, arcs=1)
    assert found.window <= found.value <= optimum(model) + SMALL


def test_a_better_answer_is_found_on_the_way() -> None:
    given = program(hours=8, cyclic=False)
    start = simple_answer(given)
    told = monitor(given)
    found = bound(given, start, told, InTurn(), 4, 60)
    assert found is not None
    assert found.found is not None
    assert told.best is found.found
    assert found.found.objective < start.objective
    assert found.found.leader_rows_hold


def test_ctrl_c_leaves_the_arcs_that_have_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    given = program()
    start = simple_answer(given)
    told = monitor(given)
    told.found(start)
    begun = []

    def pressed(arc: Arc) -> Solved:
        begun.append(arc)
        signal.raise_signal(signal.SIGINT)
        return solve_arc(arc)

    monkeypatch.setattr(bounding, "solve_arc", pressed)
    with told.catching():
        found = bound(given, start, told, InTurn(), 4)
    assert len(begun) == 1
    assert found is None  # two of three windows are not known
    assert told.best is start


def sent_backwards(
    function: Callable[[Any], Any], tasks: Iterable[Any]
) -> Iterator[tuple[int, Any]]:
    """The last task first, tasks and answers as copies."""
    copies = pickle.loads(pickle.dumps([*tasks]))
    for place, answer in backwards(function, copies):
        yield place, pickle.loads(pickle.dumps(answer))


def test_arcs_that_nobody_came_to_prove_nothing_and_stay_open() -> None:
    given = program(seed=1)
    start = simple_answer(given)
    assert bound(given, start, monitor(given), Crew(lambda *_: iter(())), 4, 1) is None


def test_the_same_with_any_workers() -> None:
    given = program(seed=1)
    start = simple_answer(given)
    here = bound(given, start, monitor(given), InTurn(), 4, 20)
    there = bound(given, start, monitor(given), Crew(sent_backwards, 3), 4, 20)
    assert here is not None
    assert there is not None
    assert vars(replace(here, found=None)) == vars(replace(there, found=None))


@pytest.mark.parametrize(
    "change",
    [
        ("cost = sum", "cost = 0.01 * sum{t in T}(s[t]) + sum"),
        ("minimize cost", "constraint cap: sum{t in T}(c[t]) <= 99;\n  minimize cost"),
        ("off = SIGN", "off = (sum{t in T}(unit.c[t]))^2 + SIGN"),
    ],
)
def test_what_is_no_chain_is_left_alone(
    change: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cost of the level, a row over all hours, a square that links all windows."""
    monkeypatch.setattr(chains, "STORAGE", chains.STORAGE.replace(*change))
    given = program()
    start = simple_answer(given)
    assert bound(given, start, monitor(given), InTurn(), 4) is None


def test_what_is_too_short_for_two_windows_is_left_alone() -> None:
    assert chained(program(hours=8), 24) is None


@pytest.fixture
def cut() -> Chained:
    made = chained(program(hours=12, group=1, seed=1), 4)
    assert made is not None
    return made


def widest(made: Chained, w: int, enough: float = np.inf) -> Arc:
    v = (w + 1) % len(made.parts)
    return Arc(
        parts=made.parts[w],
        lower=np.append(made.lower[w], made.lower[v]),
        upper=np.append(made.upper[w], made.upper[v]),
        price=np.zeros(4),
        enough=enough,
        absolute=1e-6,
        nodes=10_000,
        until=np.inf,
        seed=0,
    )


def test_both_solvers_agree_on_windows_and_boxes(cut: Chained) -> None:
    random = np.random.default_rng(0)
    for k in range(9):
        arc = widest(cut, k % len(cut.parts))
        ends = np.sort(random.uniform(arc.lower, arc.upper, (2, 4)), axis=0)
        here = arc if k < 3 else replace(arc, lower=ends[0], upper=ends[1])
        one, other = solve_arc(here), solve_arc(replace(here, solvers=("highs",)))
        assert one.solver == "scip"
        assert other.solver == "highs"
        assert one.bound == pytest.approx(other.bound, abs=1e-4)


def test_what_is_cut_off_costs_no_more_than_was_enough(cut: Chained) -> None:
    whole = solve_arc(widest(cut, 0))
    for solver in ("scip", "highs"):
        below = solve_arc(replace(widest(cut, 0, whole.bound / 2), solvers=(solver,)))
        assert whole.bound / 2 <= below.bound <= whole.bound + SMALL
    above = solve_arc(widest(cut, 0, whole.bound + 1))
    assert above.bound == pytest.approx(whole.bound, abs=SMALL)
    assert above.x is not None


def test_an_arc_ends_when_the_time_is_over(cut: Chained) -> None:
    for solver in ("scip", "highs"):
        late = solve_arc(replace(widest(cut, 0), solvers=(solver,), until=0.0))
        assert late.bound <= solve_arc(widest(cut, 0)).bound + SMALL


def test_a_window_that_scip_fails_on_goes_to_highs(
    cut: Chained, monkeypatch: pytest.MonkeyPatch
) -> None:
    sure = solve_arc(widest(cut, 1))
    monkeypatch.setattr(scip, "solve_small", lambda *_: Answer("error", message="gave up"))
    fallen = solve_arc(widest(cut, 1))
    assert (fallen.solver, fallen.failed) == ("highs", 1)
    assert fallen.bound == pytest.approx(sure.bound, abs=SMALL)
    nobody = solve_arc(replace(widest(cut, 1), solvers=("scip",)))
    assert nobody.bound == -np.inf
    assert nobody.failed == 1


def test_where_a_window_is_not_solved_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(arc: Arc) -> Solved:
        return Solved(-np.inf, None, "scip", False, 2)

    monkeypatch.setattr(bounding, "solve_arc", fails)
    given = program(hours=8)
    told = monitor(given)
    assert bound(given, simple_answer(given), told, InTurn(), 4, 10) is None
    assert np.isnan(told.bound)


def test_wrong_cut_offs_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every fourth arc is cut off by a solver that is wrong: the other one finds out."""
    model = storage(hours=8, cyclic=False, seed=1)
    given = model.ground().program
    solved = 0

    def wrong(arc: Arc) -> Solved:
        nonlocal solved
        solved += arc.solvers[0] == "scip"
        if arc.solvers[0] == "scip" and solved > 4 and solved % 4 == 0:
            return Solved(arc.enough, None, "scip", True, 0)
        return solve_arc(arc)

    monkeypatch.setattr(bounding, "solve_arc", wrong)
    found = run(given, arcs=30)
    assert found.refuted > 0
    assert found.value <= optimum(model) + SMALL


@pytest.mark.parametrize("at_once", [1, 8])
def test_the_boxes_of_an_answer_cost_no_more_than_it(at_once: int) -> None:
    model = storage(seed=1)
    given = model.ground().program
    best = model.solve("scip", gap=1e-6)
    assert best.point is not None
    answer = polish(given, best.point.x)
    made = chained(given, 4)
    assert answer is not None
    assert made is not None
    states, cost = made.states(answer), made.cost(answer.objective)
    assert np.isfinite(states).all()
    boxes = BoxProgram(made, np.zeros((len(made.parts), 2)), 1e-4, 0)
    for _ in range(8):
        value, keys = boxes.claimed()
        arcs = boxes.next_arcs(at_once, 1.1 * cost)
        assert set(boxes.open_arcs(keys, value, 1.1 * cost)) <= set(arcs)
        assert not boxes.table.solved.keys() & dict(arcs).keys()
        tasks = [boxes.task(key, enough, np.inf) for key, enough in arcs]
        for (key, _), task in zip(arcs, tasks, strict=True):
            boxes.learn(key, task, solve_arc(task))
        assert boxes.claimed()[0] <= boxes.holding(states) <= cost + SMALL
        if not arcs:
            boxes.refine(boxes.claimed()[1])


def test_prices_at_the_cuts_change_no_consistent_answer() -> None:
    """With any prices the boxes that hold an answer cost no more than it."""
    given = program(seed=2)
    answer, made = simple_answer(given), chained(given, 4)
    assert made is not None
    prices = np.random.default_rng(1).uniform(-1, 1, (len(made.parts), 2))
    boxes = BoxProgram(made, prices, 1e-4, 0)
    value, keys = boxes.claimed()
    for key, enough in boxes.open_arcs(keys, value, np.inf):
        task = boxes.task(key, enough, np.inf)
        boxes.learn(key, task, solve_arc(task))
    assert boxes.claimed()[0] <= made.cost(answer.objective) + SMALL


@pytest.mark.parametrize("seed", range(6))
def test_the_rule_for_cutting_off(seed: int) -> None:
    """Arcs of known costs: what is cut off by the rule leaves the cheapest way as it is.

    The order of events is the danger: once an arc of a way is known to cost more, another way may
    be the cheapest, and what is enough must not be reckoned from that one.
    """
    random = np.random.default_rng(seed)
    true = [random.integers(0, 30, (6, 6)).astype(float) for _ in range(4)]
    best = cheapest(true)[0]
    most = best + 2.0
    table = Table([np.zeros((6, 6)) for _ in true], [], [])
    known: set[tuple[int, int, int]] = set()
    while True:
        value, boxes = cheapest(table.claimed)
        keys = [(w, boxes[w], boxes[(w + 1) % 4]) for w in range(4)]
        new = [key for key in keys if key not in known]
        if not new:
            break
        enough = [enough_of(most, value, table.claimed[w][i, j]) for w, i, j in new]
        for (w, i, j), limit in zip(new, enough, strict=True):
            known.add((w, i, j))
            table.claimed[w][i, j] = true[w][i, j] if true[w][i, j] < limit else np.inf
    assert value == best


def test_the_cheapest_way_round() -> None:
    random = np.random.default_rng(0)
    costs = [random.uniform(0, 1, shape) for shape in ((3, 2), (2, 4), (4, 3))]
    ways = [
        (costs[0][a, b] + costs[1][b, c] + costs[2][c, a], [a, b, c])
        for a in range(3)
        for b in range(2)
        for c in range(4)
    ]
    value, boxes = cheapest(costs)
    assert (value, boxes) == (pytest.approx(min(ways)[0]), min(ways)[1])


def test_boxes_reach_from_one_possible_price_to_another() -> None:
    made = Boxes(np.array([[0.0, 0.0]]), np.array([[1.0, 9.0]]), np.array([0.0, 1.0, 4.0, 9.0]))
    assert made.split(0, 1, 2.0) == 1
    assert made.upper[0, 1] == pytest.approx(1.0)
    assert made.lower[1, 1] == pytest.approx(4.0)
    assert made.split(0, 0, 0.5) == 2
    assert made.split(1, 1, 4.0) == 3
    assert made.upper[1, 1] == pytest.approx(4.0)
    assert [list(made.holding(np.array([0.2, p]), np.zeros(2))) for p in (1.0, 2.0, 9.0)] == [
        [0],
        [],
        [3],
    ]


@pytest.mark.parametrize("value", [0.5, 3.0, -1e4])
def test_a_box_of_a_single_price_is_split_no_further(value: float) -> None:
    """Or the boxes would be refined for ever where windows without a point leave nothing else."""
    made = chained(program(), 4)
    assert made is not None
    boxes = BoxProgram(made, np.zeros((len(made.parts), 2)), 1e-4, 0)
    box = Boxes(np.array([[0.0, value - 1]]), np.array([[1.0, value + 1]]), np.array([value]))
    boxes.boxes[0] = box
    random, tried = np.random.default_rng(0), 0
    while boxes._split(0, 0, 1, random.uniform(box.lower[0, 1], box.upper[0, 1])):
        tried += 1
        assert tried < 20
    assert len(box) == 1
    assert box.lower[0, 1] < value < box.upper[0, 1]


@pytest.mark.parametrize("kind", [{}, {"cyclic": False}, {"power": 2.0}])
def test_prices_of_optimal_vertices_are_among_the_values(kind: dict[str, Any]) -> None:
    """The price at a cut of a basic dual solution is one of the values that are listed."""
    given = program(hours=12, seed=4, **kind)
    made = chained(given, 4)
    assert made is not None
    random = np.random.default_rng(0)
    for _ in range(10):
        x = random.uniform(0.6, 1.0, given.joint.shape[1])
        answer = polish(given, x)
        if answer is None:
            continue
        for w, state in enumerate(made.states(answer)):
            if not np.isnan(state[1]):
                assert np.abs(made.values[w] - state[1]).min() < 1e-5


def test_every_row_of_the_whole_stands_in_a_window() -> None:
    given = program(group=4)
    level = kkt(given)
    made = chained(given, 4)
    assert made is not None
    ways: dict[Solver, str] = {"scip": "sos1", "highs": "bigm"}
    for solver, way in ways.items():
        rows = np.concatenate([part[solver].rows for part in made.parts])
        assert sorted(rows) == list(range(encode(level, way).mip.linear.shape[0]))
