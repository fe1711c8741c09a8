"""The search against brute force over the pairs, exact methods, and its own start."""

import json
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evdsl
from crews import Crew, backwards
from evdsl.backends import scip
from evdsl.backends.options import SolveOptions
from evdsl.program.linear import Floats, Ints, Products
from evdsl.program.lp import solve_lp
from evdsl.program.mip import Mip
from evdsl.program.program import Program
from evdsl.solve.baselines import answer_baselines
from evdsl.solve.certificate import certify
from evdsl.solve.clock import Clock
from evdsl.solve.followers import linked_columns
from evdsl.solve.monitor import Monitor
from evdsl.solve.polish import Polished
from evdsl.solve.search import search as searching
from evdsl.solve.search.budget import Budget
from evdsl.solve.search.cell import Cell
from evdsl.solve.search.chain import Move, Outcome, Task, explore
from evdsl.solve.search.levels import Levels, Place
from evdsl.solve.search.limits import search_limits
from evdsl.solve.search.nudge import Nudges
from evdsl.solve.search.search import Search, search
from evdsl.solve.search.suited import is_suited
from evdsl.solve.search.turns import Turns
from evdsl.solve.search.windows import Windows
from evdsl.solve.starts import best_start, tightest_decision
from evdsl.workers.workers import InTurn, never
from oracle import brute_force
from random_programs import random_program

DAY = Path(__file__).parents[2] / "models" / "fleet_day"
ENDLESS = SolveOptions()

UNIT = """
model unit;
set T = 1 .. 8 cyclic;
param price[t in T] = 3 + 5 * (t mod 3) - 2 * (t mod 2);
param wanted[t in T] = (t * t) mod 4;
leader up {
  var k in [0, 4];
  var limit[t in T] in [0, k];
  minimize off = sum{t in T}(DEVIATION) + 0.1 * k;
}
follower low {
  var c[t in T] in [0, up.limit[t]];
  var s[t in T] in [0, 6];
  minimize cost = sum{t in T}(price[t] * c[t]CURVE);
  constraint soc[t in T]: s[t] == s[prev(t)] + c[t] - 1;
}
baseline wide { k = 4; limit = 4; }
"""
SHAPES = [
    ("abs(low.c[t] - wanted[t])", ""),
    ("(low.c[t] - wanted[t])^2", ""),
    ("abs(low.c[t] - wanted[t])", " + c[t]^2"),
    ("(low.c[t] - wanted[t])^2", " + 0.5 * c[t]^2 + s[t]^2 / 10"),
]


FEW, NODES = 150, 250


def is_certified(program: Program, place: Place) -> bool:
    levels = Levels.of(program, place.x, Budget())
    multipliers = levels.single.multipliers(np.append(place.x, place.duals))
    return certify(program, place.x, multipliers).certified


def starts_of(program: Program) -> list[Polished]:
    tightest = tightest_decision(program, ENDLESS)
    return best_start(program, [] if tightest is None else [tightest])


def unit(deviation: str, curve: str) -> tuple[evdsl.Model, Program, list[Polished]]:
    text = UNIT.replace("DEVIATION", deviation).replace("CURVE", curve)
    model = evdsl.loads(text, Path())
    grounded = model.ground()
    return model, grounded.program, [*answer_baselines(model.ir, grounded).answers.values()]


def task_of(
    program: Program,
    place: Place,
    move: Move,
    seed: tuple[int, ...] = (0,),
    problems: float = np.inf,
    size: int = 0,
    tried: Ints | None = None,
) -> Task:
    tried = np.zeros(len(place.duals), np.int64) if tried is None else tried
    return Task(program, place, move, seed, problems, np.inf, tried, size=size, nodes=NODES)


def test_random_programs_are_never_made_worse_and_nearly_all_solved() -> None:
    solved, tried = 0, 0
    for seed in range(30):
        _, program = random_program(seed)
        starts = starts_of(program)
        status, optimum = brute_force(program)
        if status != "optimal" or not starts:
            continue
        found = search(program, starts, ENDLESS, problems=FEW)
        sense, best = program.joint.sense, found or starts[0]
        assert certify(program, best.x, best.multipliers).certified
        assert sense * best.objective <= sense * starts[0].objective
        assert sense * best.objective >= sense * optimum - 1e-5
        solved += best.objective == pytest.approx(optimum, abs=1e-5)
        tried += 1
    assert tried > 20
    assert solved >= tried - 2


@pytest.mark.parametrize("move", ["start", "kick", "nudge", "shake", "window"])
def test_each_move_alone_gives_certified_answers_and_none_worse(move: Move) -> None:
    """Without any polish: the followers, solved again, pay no less."""
    better = 0
    for seed in range(0, 30, 2):
        _, program = random_program(seed)
        for start in starts_of(program):
            place = Levels.of(program, start.x, Budget()).start(start)
            task = task_of(program, place, move, (seed,), problems=60.0, size=4)
            found = explore(task).place
            if found is None:
                continue
            better += 1
            assert found.objective < place.objective
            assert is_certified(program, found)
    assert better > 1


@pytest.mark.parametrize(("deviation", "curve"), SHAPES)
def test_the_exact_method_finds_nothing_better(deviation: str, curve: str) -> None:
    """With linear and quadratic objectives on both levels."""
    model, program, starts = unit(deviation, curve)
    found = search(program, starts, ENDLESS, problems=2 * FEW)
    assert found is not None
    assert certify(program, found.x, found.multipliers).certified
    exact = model.solve(method="branch", gap=1e-4)
    assert exact.status == "optimal"
    assert found.objective == pytest.approx(exact.objective, rel=3e-4)


def test_the_same_seed_finds_the_same_whoever_works() -> None:
    _, program, starts = unit(*SHAPES[2])
    options = SolveOptions(seed=3)
    found = [
        search(program, starts, options, None, w, FEW) for w in (None, None, Crew(backwards, 2))
    ]
    assert found[0] is not None
    for other in found[1:]:
        assert other is not None
        assert (found[0].x == other.x).all()


def test_a_budget_of_problems_ends_it() -> None:
    _, program, starts = unit(*SHAPES[0])
    levels = Levels.of(program, starts[0].x, Budget())
    task = task_of(program, levels.start(starts[0]), "shake", problems=30.0)
    assert 30 <= explore(task).spent < 60


@pytest.mark.parametrize(("deviation", "curve"), SHAPES)
def test_a_piece_is_solved_once_and_again_where_it_was_only_cut_off(
    deviation: str, curve: str
) -> None:
    _, program, starts = unit(deviation, curve)
    levels = Levels.of(program, starts[0].x, Budget())
    duals = levels.start(starts[0]).duals
    cut_off = levels.best_on_piece(duals, cutoff=-1.0)
    assert cut_off is None or cut_off.objective >= 0.0
    first, spent = levels.best_on_piece(duals), levels.budget.spent
    again = levels.best_on_piece(2 * duals)
    assert first is not None
    assert again is not None
    assert levels.budget.spent == spent
    assert again.objective == first.objective <= levels.start(starts[0]).objective + 1e-6
    assert is_certified(program, first)


@pytest.mark.parametrize(("deviation", "curve"), SHAPES)
def test_no_better_piece_is_left_out_for_what_others_prove(deviation: str, curve: str) -> None:
    _, program, starts = unit(deviation, curve)
    levels = Levels.of(program, starts[0].x, Budget())
    place = levels.best_on_piece(levels.start(starts[0]).duals)
    assert place is not None
    random, left_out = np.random.default_rng(3), 0
    for _ in range(30):
        duals, (more, less) = place.duals.copy(), random.integers(len(place.duals), size=(2, 2))
        duals[more], duals[less] = 1.0, 0.0
        spent = levels.budget.spent
        found = levels.best_on_piece(duals, place.objective)
        left_out += found is None and levels.budget.spent == spent
        alone = Levels.of(program, place.x, Budget()).best_on_piece(duals)
        least = np.inf if alone is None else alone.objective
        if found is None:
            assert least >= place.objective - 1e-5
        else:
            assert found.objective == pytest.approx(least, abs=1e-5)
    assert left_out or curve


def test_ctrl_c_keeps_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    _, program, starts = unit(*SHAPES[2])
    begun: list[Move] = []

    def interrupted(task: Task) -> Any:
        begun.append(task.move)
        if len(begun) == 3:
            signal.raise_signal(signal.SIGINT)
        return explore(task)

    monkeypatch.setattr(searching, "explore", interrupted)
    found = search(program, starts, ENDLESS)
    assert len(begun) in (3, 4)
    assert found is not None
    assert found.objective < starts[0].objective
    assert certify(program, found.x, found.multipliers).certified


def test_ctrl_c_within_a_task_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _, program, starts = unit(*SHAPES[0])
    levels = Levels.of(program, starts[0].x, Budget())
    answer, asked = Levels.answer, list[None]()

    def interrupting(self: Levels, x: Any) -> Place | None:
        asked.append(None)
        if len(asked) == 5:
            signal.raise_signal(signal.SIGINT)
        return answer(self, x)

    monkeypatch.setattr(Levels, "answer", interrupting)
    before = signal.getsignal(signal.SIGINT)
    explore(task_of(program, levels.start(starts[0]), "shake"))
    assert len(asked) == 5
    assert signal.getsignal(signal.SIGINT) is before


def test_whole_numbers_of_the_leader_are_searched_as_well() -> None:
    text = """
      model machines;
      leader up {
        var k integer in [0, 5];
        minimize abs(low.y - 3) + 0.1 * k;
      }
      follower low { var y in [0, up.k]; maximize y; }
      baseline none { k = 0; }
    """
    model = evdsl.loads(text, Path())
    grounded = model.ground()
    starts = [*answer_baselines(model.ir, grounded).answers.values()]
    found = search(grounded.program, starts, ENDLESS, problems=FEW)
    assert found is not None
    assert found.objective == pytest.approx(0.3)


@pytest.mark.slow
def test_a_day_of_a_fleet() -> None:
    """From simple aggregation alone to the proven optimum's neighbourhood."""
    optimum = json.loads((DAY / "expected.json").read_text(encoding="utf-8"))["objective"]
    model = evdsl.load(DAY / "fleet_day.evm")
    grounded = model.ground()
    starts = [*answer_baselines(model.ir, grounded).answers.values()]
    found = search(grounded.program, starts, ENDLESS, problems=5000)
    assert found is not None
    assert certify(grounded.program, found.x, found.multipliers).certified
    assert optimum * (1 - 1e-3) <= found.objective <= 1.01 * optimum


def test_it_leaves_alone_what_it_is_not_made_for() -> None:
    text = """
      model game;
      leader up { var x in [0, 1]; minimize a.y + b.y + x; }
      follower a { var y in [0, 4]; minimize (y + b.y - up.x)^2; }
      follower b { var y in [0, 4]; minimize (y - a.y - 1)^2; }
      baseline none { x = 0; }
    """
    model = evdsl.loads(text, Path())
    grounded = model.ground()
    starts = [*answer_baselines(model.ir, grounded).answers.values()]
    assert not is_suited(grounded.program)
    assert search(grounded.program, starts, ENDLESS) is None


def test_small_problems_are_left_to_the_exact_methods() -> None:
    assert search_limits(random_program(0)[1], ENDLESS) is None


def test_its_time_grows_with_the_problem_and_stays_within_the_limit() -> None:
    program = evdsl.load(DAY / "fleet_day.evm").ground().program
    free, limited = (search_limits(program, SolveOptions(time_limit=t)) for t in (None, 2.0))
    assert free is not None
    assert limited is not None
    assert 1 < free.time_limit < 4
    assert 0.1 * 2 <= limited.time_limit < 0.8 * 2


def test_a_window_holds_whole_columns_of_the_leader() -> None:
    """Hours 3 k to 3 k + 2 share a limit: a window around any pair has all three or at most one."""
    text = UNIT.replace("DEVIATION", "abs(low.c[t] - wanted[t])").replace("CURVE", "")
    text = text.replace("1 .. 8", "1 .. 9").replace("var limit[t in T]", "var limit[b in B]")
    text = text.replace("up.limit[t]", "up.limit[f(t)]")
    text = text.replace("leader up", "mapping f[t in T] -> B = (t - 1) div 3;\nleader up")
    program = evdsl.loads(text).ground().program
    levels = Levels.of(program, starts_of(program)[0].x, Budget())
    windows = Windows.of(levels)
    upper = next(f for f in program.joint.rows if f.path == "low.c.upper")
    seen = set()
    for center in range(len(windows.multiplier)):
        for size in (1, 4, 8, 12):
            inside = windows._node[windows.around(center, size)]
            assert len(inside) >= size
            hours = np.isin(np.arange(upper.start, upper.stop), inside).reshape(3, 3)
            seen |= {*hours.sum(axis=1).tolist()}
    assert seen == {0, 1, 3}


def test_windows_lie_where_few_were_before() -> None:
    """Of two halves of the pairs that one was tried often, the other holds nearly all centers."""
    _, program, starts = unit("abs(low.c[t] - wanted[t])", "")
    levels = Levels.of(program, starts[0].x, Budget())
    place = levels.start(starts[0])
    windows = Windows.of(levels)
    pairs = windows.multiplier - levels.joint.shape[1]
    tried = np.zeros(len(place.duals), np.int64)
    half = pairs[: len(pairs) // 2]
    tried[half] = 5
    held = np.zeros(len(place.duals), np.int64)
    for seed in range(10):
        outcome = explore(task_of(program, place, "window", (seed,), size=1, tried=tried))
        held[outcome.solved[0]] += 1
    assert held.sum() >= 10
    assert held[half].sum() <= 0.1 * held.sum()


@pytest.mark.parametrize(("deviation", "curve"), SHAPES)
def test_a_window_leaves_all_that_is_far_as_it_is(deviation: str, curve: str) -> None:
    """Its answer is as good as that of the whole problem with what is far held by its limits, and
    bilevel feasible."""
    _, program, starts = unit(deviation, curve)
    levels = Levels.of(program, starts[0].x, Budget())
    place, windows = levels.start(starts[0]), Windows.of(levels)
    multipliers = levels.single.multipliers(np.concatenate([place.x, place.duals]))
    point = windows.encoded.lift(place.x, multipliers)
    for center in range(0, len(windows.multiplier), 5):
        inside = np.zeros(len(windows.multiplier), np.bool_)
        inside[windows.nearest(center)[:6]] = True
        far = windows._far(inside, 2.0)
        assert 0 < far[: len(place.x)].sum() < len(place.x)
        part = windows._vicinity(point, inside, 2.0)
        whole, pairs = windows._fixed(point, inside), windows.encoded.mip.sos1[inside]
        lower, upper = np.where(far, part.at, whole.lower), np.where(far, part.at, whole.upper)
        one = scip.solve(Mip(part.linear, sos1=part.places(pairs)), ENDLESS)
        other = scip.solve(Mip(replace(whole, lower=lower, upper=upper), sos1=pairs), ENDLESS)
        assert one.x is not None
        at = part.put_back(one.x)
        assert at[far] == pytest.approx(part.at[far])
        assert whole.objective(at) == pytest.approx(other.objective, abs=1e-4)
        answer, found = windows.improve(place, np.flatnonzero(inside), 2.0, ENDLESS)
        assert answer.status == "optimal"
        best = levels.best_on_piece(found.duals)
        assert best is not None
        proof = levels.single.multipliers(np.concatenate([best.x, best.duals]))
        assert certify(program, best.x, proof).certified


@pytest.mark.parametrize("curve", ["", " + c[t]^2"])
def test_a_window_of_all_pairs_finds_the_optimum(curve: str) -> None:
    model, program, starts = unit("abs(low.c[t] - wanted[t])", curve)
    levels = Levels.of(program, starts[0].x, Budget())
    windows, place = Windows.of(levels), levels.start(starts[0])
    every = np.arange(len(windows.multiplier))
    answer, found = windows.improve(place, every, 1.0, SolveOptions(gap=1e-6))
    assert answer.status == "optimal"
    best = levels.best_on_piece(found.duals)
    assert best is not None
    assert best.objective < place.objective - 0.1
    assert best.objective == pytest.approx(model.solve(solver="highs").objective, abs=1e-4)


@pytest.mark.parametrize(("deviation", "curve"), SHAPES)
def test_a_step_within_a_cell_stays_on_its_piece(deviation: str, curve: str) -> None:
    _, program, starts = unit(deviation, curve)
    levels, random = Levels.of(program, starts[0].x, Budget()), np.random.default_rng(0)
    nudges = Nudges.of(levels, random)
    place = nudges.shaken(levels.start(starts[0]), np.arange(len(nudges.columns)))
    assert place is not None
    cell, piece = Cell.of(levels, place), levels.piece_of(place.duals)
    held = np.flatnonzero(linked_columns(program))

    def is_there(x: Floats) -> bool:
        lower, upper = piece.lower.copy(), piece.upper.copy()
        lower[held] = upper[held] = x[held]
        bare = replace(piece, lower=lower, upper=upper, products=Products.none())
        return solve_lp(bare, tolerance=1e-5).status == "optimal"

    left = 0
    for _ in range(60):
        step = np.zeros(len(place.x))
        columns = random.choice(nudges.columns, 2, replace=False)
        step[columns] = random.uniform(-1, 1, 2)
        reach, end = cell.reach(step), (place.x + step)[columns]
        if end.min() < 0 or end.max() > 4:
            continue  # the leader's own limits
        assert is_there(place.x + 0.99 * min(reach, 1.0) * step)
        left += reach < 1.0 and not is_there(place.x + (1.1 * reach + 0.01) * step)
    assert left >= 10


@pytest.mark.parametrize(("deviation", "curve"), SHAPES)
def test_a_step_over_the_edge_ends_just_beyond(deviation: str, curve: str) -> None:
    _, program, starts = unit(deviation, curve)
    levels = Levels.of(program, starts[0].x, Budget())
    nudges = Nudges.of(levels, np.random.default_rng(0), over=1.0)
    place = nudges.shaken(levels.start(starts[0]), np.arange(len(nudges.columns)))
    assert place is not None
    cell, seen = Cell.of(levels, place), 0
    for k in np.repeat(np.arange(len(nudges.columns)), 4).tolist():
        x = nudges._step_out(cell, [k])
        if x is None:
            continue
        step, span = x - place.x, 4
        assert np.flatnonzero(step).tolist() == [nudges.columns[k]]
        beyond = (1 - cell.reach(step)) * np.abs(step).max()
        assert 0 < beyond < 1.001e-3 * span
        seen += 1
    assert seen >= 10


def test_a_narrow_piece_next_to_the_own_one_is_found() -> None:
    text = """
      model narrow;
      leader up {
        var k in [0, 100];
        minimize abs(low.a - 50) + 200 * abs(low.b - 0.25) + 5 * low.c;
      }
      follower low {
        var a in [0, 50.4];
        var b in [0, 0.5];
        var c in [0, 100];
        constraint all: a + b + c <= up.k;
        maximize 3 * a + 2 * b + c;
      }
      baseline full { k = 100; }
    """
    model = evdsl.loads(text, Path())
    grounded = model.ground()
    start = answer_baselines(model.ir, grounded).answers["full"]
    levels = Levels.of(grounded.program, start.x, Budget())
    x = start.x.copy()
    x[0] = 50.0
    answer = levels.answer(x)
    assert answer is not None
    place = levels.best_on_piece(answer.duals)
    assert place is not None
    assert place.objective == pytest.approx(50)
    seeds = range(10)
    outcomes = [explore(task_of(grounded.program, place, "nudge", (seed,))) for seed in seeds]
    found = [outcome.place.objective for outcome in outcomes if outcome.place is not None]
    assert len(found) >= 2
    assert found == pytest.approx([0.4] * len(found))


class Idle(InTurn):
    """Windows are solved, and no task gains anything but the `gain`-th; the nodes of all, and the
    objectives that they begin at."""

    def __init__(self, gain: int, spent: int = 1, pause: float = 0.0) -> None:
        self.gain, self.spent, self.pause = gain, spent, pause
        self.nodes, self.at = list[int](), list[float]()

    def as_finished(self, function: Any, tasks: Any, over: Any = never) -> Iterator[Any]:
        for k, task in enumerate(tasks):
            time.sleep(self.pause)
            self.nodes.append(task.nodes)
            self.at.append(task.place.objective)
            better = replace(task.place, objective=task.place.objective - 1e-3)
            gains = len(self.nodes) == self.gain
            yield k, Outcome(better if gains else None, self.spent, task.move == "window")


def test_windows_get_more_nodes_the_longer_nothing_gains() -> None:
    _, program, starts = unit(*SHAPES[0])
    idle = Idle(gain=12)
    search(program, starts, ENDLESS, problems=100, workers=idle)
    assert idle.nodes[0] == NODES
    assert idle.nodes[:12] == sorted(idle.nodes[:12])
    assert NODES < idle.nodes[11] < 4 * NODES
    assert idle.nodes[13:15] == [NODES, NODES]
    assert idle.nodes[-1] == 4 * NODES


def test_a_search_ends_where_it_is_in_vain_for_long() -> None:
    """Much longer than it took to come to the best place, but not before each move had a turn."""
    _, program, starts = unit(*SHAPES[0])
    early, never = (Idle(gain, spent=100) for gain in (11, 1000))
    for workers in (early, never):
        search(program, starts, ENDLESS, workers=workers)
    assert len(early.nodes) == pytest.approx(4 * 11, abs=2)
    assert len(never.nodes) == pytest.approx(2 * 6, abs=2)


def test_a_search_goes_on_for_as_much_again_from_what_is_best_then() -> None:
    _, program, starts = unit(*SHAPES[0])
    better = search(program, starts, ENDLESS, problems=FEW)
    assert better is not None
    monitor, idle = Monitor(ENDLESS, Clock()), Idle(gain=1000, spent=100)
    goes_on = Search(program, starts, ENDLESS, monitor, idle)
    assert goes_on.go_on() is None
    first = len(idle.nodes)
    assert first == pytest.approx(2 * 6, abs=2)
    assert goes_on.go_on() is None
    assert len(idle.nodes) == pytest.approx(2 * first, abs=4)
    assert NODES < idle.nodes[first - 1] <= idle.nodes[first]
    monitor.found(better)
    assert goes_on.go_on() is None
    assert idle.at[-1] < idle.at[first]
    assert idle.at[-1] == pytest.approx(better.objective)


def test_a_search_that_has_had_its_time_has_no_room() -> None:
    _, program, starts = unit(*SHAPES[0])
    options = SolveOptions(time_limit=0.5)
    slow = Idle(gain=1000, pause=0.01)
    short = Search(program, starts, options, Monitor(options, Clock()), slow)
    assert short.has_room
    short.go_on(0.1)
    assert 0.1 <= short.had < 0.5
    while short.has_room:
        short.go_on(0.2)
    assert short.go_on() is None
    assert short.had == pytest.approx(0.5, abs=0.3)


def test_moves_take_turns_by_what_they_cost_and_gain() -> None:
    def spent(columns: int, gains: str = "") -> dict[Move, float]:
        turns, had = Turns.of(columns), dict[Move, int]()
        cost: dict[Move, int] = {"kick": 10, "nudge": 20, "shake": 300, "window": 100}
        for _ in range(2000):
            move = turns.next()
            had[move] = had.get(move, 0) + cost[move]
            turns.done(move, cost[move], gained=move == gains)
        return {move: problems / sum(had.values()) for move, problems in had.items()}

    even, few, many = spent(84), spent(42), spent(168)
    assert even["shake"] == pytest.approx(even["window"], rel=0.05)
    assert few["shake"] == pytest.approx(2 * few["window"], rel=0.05)
    assert many["window"] == pytest.approx(4 * many["shake"], rel=0.05)
    assert even["kick"] == pytest.approx(0.1 * even["window"], rel=0.05)
    assert even["nudge"] == pytest.approx(0.3 * 0.3 * even["window"], rel=0.1)
    gaining = spent(84, gains="nudge")
    assert gaining["nudge"] == pytest.approx(8 * 0.3 / (8 * 0.3 + 0.1 + 1 + 1), rel=0.05)
    assert min(gaining.values()) > 0
