"""Independent parts: what hangs together, and that solving them alone changes nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

import evdsl
from evdsl.backends.options import SolveOptions
from evdsl.program.keys import scalar
from evdsl.program.linear import Family, Linear
from evdsl.program.program import Program
from evdsl.solve.bilevel import Solved, solve_bilevel
from evdsl.solve.clock import Clock
from evdsl.solve.components.find import components
from evdsl.solve.components.join import joined
from evdsl.solve.components.run import Done, Task, solve_components, solve_task
from evdsl.solve.components.told import Told
from evdsl.solve.monitor import Monitor
from evdsl.solve.polish import Polished
from evdsl.solve.route import Request
from evdsl.workers.tell import telling
from evdsl.workers.workers import InTurn, never
from random_programs import random_program

UNITS = """
set U = {"one", "two", "three"};
set T = 1..4;
param price[t in T] = {1: 3, 2: 1, 3: 2, 4: 5};
param need[u in U] = {"one": 5, "two": 4, "three": 6};
leader planner {
  var k[u in U, t in T] in [0, 1];
  minimize deviation = sum{u in U, t in T}(abs(unit[u].c[t] - 1));
}
follower unit[u in U] {
  var c[t in T] in [0, 4 * k[u, t]];
  minimize cost = sum{t in T}(price[t] * c[t]);
  constraint full: sum{t in T}(c[t]) == need[u];
}
"""


def coupled(*rows: str) -> str:
    return UNITS.replace("leader planner {", f"leader planner {{ {' '.join(rows)}")


def parts_of(text: str) -> list[list[str]]:
    """The labels of the followers of each component."""
    found = components(evdsl.loads(text).ground().program)
    return [[follower.label for follower in part.program.followers] for part in found]


def request(**options: Any) -> Request:
    return Request(options=SolveOptions(**options))


def solved(program: Program, *, split: bool, asked: Request | None = None) -> Solved:
    asked = request() if asked is None else asked
    monitor = Monitor(asked.options, Clock())
    monitor.begins(program)
    if not split:
        return solve_bilevel(program, (), asked, monitor, InTurn())
    return solve_components(program, components(program), (), asked, monitor, InTurn())


def side_by_side(programs: Sequence[Program], rng: np.random.Generator) -> Program:
    """One Program of several that have nothing in common, its columns and rows shuffled."""
    joints = [program.joint for program in programs]
    heights, widths = zip(*(joint.shape for joint in joints), strict=True)
    rows, columns = rng.permutation(sum(heights)), rng.permutation(sum(widths))
    place = np.append(np.argsort(columns), -1)
    K = np.cumsum([0, *(len(program.followers) for program in programs)])
    first = np.cumsum([0, *widths])

    def owners(which: str) -> np.ndarray:
        return np.concatenate(
            [
                np.where(getattr(p, which) > 0, getattr(p, which) + start, getattr(p, which))
                for p, start in zip(programs, K, strict=False)
            ]
        )

    def of_rows(name: str) -> np.ndarray:
        return np.concatenate([getattr(joint, name) for joint in joints])[rows]

    def of_columns(name: str) -> np.ndarray:
        return np.concatenate([getattr(joint, name) for joint in joints])[columns]

    limits = np.concatenate(
        [
            np.where(p.limit_column >= 0, p.limit_column + start, -1)
            for p, start in zip(programs, first, strict=False)
        ]
    )
    m = sum(heights)
    return Program(
        joint=Linear(
            columns=tuple(Family("", f"x{j}", scalar(), j) for j in range(len(columns))),
            rows=tuple(Family("", f"r{i}", scalar(), i) for i in range(m)),
            A=sparse.csr_array(sparse.block_diag([joint.A for joint in joints], "csr"))[rows][
                :, columns
            ],
            row_lower=of_rows("row_lower"),
            row_upper=of_rows("row_upper"),
            lower=of_columns("lower"),
            upper=of_columns("upper"),
            integer=of_columns("integer"),
            cost=of_columns("cost"),
            constant=1.5,
            sense=joints[0].sense,
        ),
        column_owner=owners("column_owner")[columns],
        row_owner=owners("row_owner")[rows],
        followers=tuple(
            replace(follower, block=f"low{k}", label=f"low{k}")
            for k, follower in enumerate(f for p in programs for f in p.followers)
        ),
        follower_cost=np.concatenate([p.follower_cost for p in programs])[columns],
        foreign_cost=sparse.csr_array(
            sparse.block_diag([p.foreign_cost for p in programs], "csr")[:, columns]
        ),
        limit_column=place[limits[rows]],
        dual_lower=np.full(m, -math.inf),
        dual_upper=np.full(m, math.inf),
        dual_stated=np.zeros(m, np.bool_),
    )


@pytest.mark.parametrize("seed", range(16))
def test_solved_alone_or_together_it_is_the_same(seed: int) -> None:
    """And the parts' names and objectives are those of the whole."""
    rng = np.random.default_rng(seed)
    drawn = [random_program(3 * seed + k)[1] for k in range(3)]
    programs = [program for program in drawn if program.joint.sense == drawn[0].joint.sense]
    program = side_by_side(programs, rng)
    parts = components(program)
    assert len(parts) >= len(programs)
    for part in parts:
        names = [part.program.joint.column_name(j) for j in range(len(part.columns))]
        assert names == [program.joint.column_name(j) for j in part.columns.tolist()]
    point = rng.normal(size=program.joint.shape[1])
    values = [part.program.joint.objective(point[part.columns]) for part in parts]
    assert sum(values) == pytest.approx(program.joint.objective(point))
    together, alone = (solved(program, split=split).verdict for split in (False, True))
    assert alone.status == together.status
    assert alone.certificate.certified == together.certificate.certified
    if together.found is not None:
        assert alone.found is not None
        value = program.joint.objective(together.found.x)
        assert program.joint.objective(alone.found.x) == pytest.approx(value, abs=1e-5)
        assert alone.bound == pytest.approx(value, rel=2e-4, abs=1e-5)


def test_each_unit_is_a_part() -> None:
    assert parts_of(UNITS) == [["unit[one]"], ["unit[two]"], ["unit[three]"]]


@pytest.mark.parametrize(
    "row",
    [
        'constraint both: k["one", 1] + k["two", 1] <= 1.5;',
        'constraint both: unit["one"].c[1] + k["two", 1] <= 4.5;',
    ],
)
def test_a_row_of_the_leader_joins(row: str) -> None:
    assert parts_of(coupled(row)) == [["unit[one]", "unit[two]"], ["unit[three]"]]


def test_a_product_in_the_objective_joins() -> None:
    text = UNITS.replace("deviation = ", 'deviation = k["one", 1] * k["three", 2] + ')
    assert parts_of(text) == [["unit[one]", "unit[three]"], ["unit[two]"]]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("constraint full", 'constraint shared: c[1] + unit["one"].c[2] <= 8; constraint full'),
        ("minimize cost = ", 'minimize cost = unit["one"].c[2] + '),
    ],
)
def test_what_a_follower_reads_of_another_joins(old: str, new: str) -> None:
    assert parts_of(UNITS.replace(old, new)) == [["unit[one]", "unit[two]", "unit[three]"]]


def test_what_has_no_follower_is_one_part_and_what_is_alone_goes_with_the_first() -> None:
    text = coupled(
        "var z[t in T] in [0, 1]; var spare in [0, 1]; constraint few: sum{t in T}(z[t]) >= 1;",
        "var v in [0, 1]; var w in [0, 1]; constraint more: v + w >= 1;",
    )
    rest, *others = components(evdsl.loads(text).ground().program)
    joint = rest.program.joint
    assert [joint.column_name(j) for j in (0, 4, 5, 6)] == [
        "planner.z[1]",
        "planner.spare",
        "planner.v",
        "planner.w",
    ]
    assert joint.shape == (2, 7)
    assert [len(part.program.followers) for part in others] == [1, 1, 1]


def test_squares_get_the_constant_that_makes_them_whole() -> None:
    """So a gap is relative to the deviation, and not to what is left of it without constants."""
    text = UNITS.replace("abs(unit[u].c[t] - 1)", "(unit[u].c[t] - 10 * need[u])^2")
    needs = [5, 4, 6]
    for part, need in zip(components(evdsl.loads(text).ground().program), needs, strict=True):
        assert part.program.joint.constant == pytest.approx(4 * (10 * need) ** 2)


def test_one_part_without_an_answer_leaves_none_and_is_named() -> None:
    solution = evdsl.loads(UNITS.replace('"two": 4', '"two": 17')).solve()
    assert solution.status == "infeasible"
    (said,) = solution.diagnostics
    assert said.code == "E0532"
    assert "unit[two]" in said.message


def test_rows_that_answers_miss_are_named_by_how_far() -> None:
    text = coupled('constraint much: unit["two"].c[1] >= 2.5;').replace("in [0, 1]", "in [0.9, 1]")
    solution = evdsl.loads(text).solve()
    assert solution.status == "infeasible"
    (said,) = solution.diagnostics
    assert said.code == "E0541"
    assert "planner.much" in said.message
    assert "missed by 2.5 at least" in said.notes[0]


def test_one_part_without_an_end_is_named() -> None:
    text = coupled('var z in [0, inf]; constraint few: z + k["one", 1] >= 0;')
    solution = evdsl.loads(text.replace("deviation = ", "deviation = -z + ")).solve()
    assert solution.status == "unbounded"
    (said,) = solution.diagnostics
    assert said.code == "E0542"
    assert "planner.z" in said.notes[0]


def test_gaps_that_are_relative_to_each_part_do_not_add_up_to_more() -> None:
    """Two parts of 1000 and -999 are known within 1e-3 of each, but their sum is not."""
    program = side_by_side([random_program(0)[1], random_program(0)[1]], np.random.default_rng(0))
    parts = components(program)
    alone = solved(program, split=True)
    assert alone.verdict.status == "optimal"
    known = [solved(part.program, split=True) for part in parts]
    loose = [
        replace(
            one, verdict=replace(one.verdict, bound=one.verdict.bound - 0.1 * program.joint.sense)
        )
        for one in known
    ]
    assert joined(program, parts, known, 1e-6).verdict.status == "optimal"
    assert joined(program, parts, loose, 1e-6).verdict.status == "feasible"


def test_a_part_that_is_solved_once_more_begins_with_its_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tasks = []

    def told(task: Task, watch: Any = None) -> Done:
        tasks.append(task)
        done = solve_task(task, watch)
        loose = replace(done.solved.verdict, bound=done.solved.verdict.bound / 2)
        first = len(tasks) <= 3
        return replace(done, solved=replace(done.solved, verdict=loose)) if first else done

    monkeypatch.setattr("evdsl.solve.components.run.solve_task", told)
    solution = evdsl.loads(UNITS).solve()
    assert (solution.status, solution.objective) == ("optimal", pytest.approx(3))
    assert {task.request.options.gap for task in tasks[:3]} == {1e-4}
    assert len(tasks) > 3
    for task in tasks[3:]:
        first = next(one for one in tasks if one.program is task.program)
        assert not first.known
        assert task.known[0].objective == pytest.approx(solve_task(first).solved.verdict.bound)


class Interrupted(InTurn):
    """Each task tells its answer and half of what it proves, then Ctrl-C comes."""

    def as_finished(self, function: Any, tasks: Any, over: Any = never, heard: Any = None) -> Any:
        for place, task in enumerate(tasks):
            found = function(task).solved.verdict.found
            value = task.program.joint.objective(found.x)
            heard(place, Told(Polished(found.x, found.multipliers, value, True), value / 2))
        raise KeyboardInterrupt
        yield


def test_what_parts_have_told_is_kept_where_ctrl_c_ends_them() -> None:
    program = evdsl.loads(UNITS).ground().program
    asked, monitor = request(), Monitor(SolveOptions(), Clock())
    found = solve_components(program, components(program), (), asked, monitor, Interrupted())
    assert found.verdict.status == "feasible"
    assert found.verdict.found is not None
    assert program.joint.objective(found.verdict.found.x) == pytest.approx(3)
    assert found.verdict.bound == pytest.approx(1.5)
    assert monitor.best is not None
    assert (monitor.best.objective, monitor.bound) == pytest.approx((3, 1.5))


def test_what_parts_tell_ends_no_other() -> None:
    """Their bounds may meet the gap together before each has met its own."""

    class Proved(InTurn):
        def as_finished(
            self, function: Any, tasks: Any, over: Any = never, heard: Any = None
        ) -> Any:
            done = [function(task) for task in tasks]
            for place, one in enumerate(done):
                found, bound = one.solved.verdict.found, one.solved.verdict.bound
                heard(place, Told(Polished(found.x, found.multipliers, bound, True), bound))
            for place, one in enumerate(done):
                assert not over()
                yield place, one

    program = evdsl.loads(UNITS).ground().program
    monitor = Monitor(SolveOptions(), Clock())
    monitor.begins(program)
    found = solve_components(program, components(program), (), request(), monitor, Proved())
    assert monitor.gap_is_met
    assert found.verdict.status == "optimal"


def test_a_part_tells_each_answer_and_bound_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evdsl.solve.components.told._PAUSE", 0.0)
    program = components(evdsl.loads(UNITS).ground().program)[0].program
    heard = list[Told]()
    with telling(heard.append):
        done = solve_task(Task(program, [], request()))
    values = [(told.best.objective, told.bound) for told in heard]
    assert len(set(map(str, values))) == len(values)
    assert [value for value, _ in values] == sorted((v for v, _ in values), reverse=True)
    assert done.solved.verdict.found is not None
    assert values[-1][0] == pytest.approx(program.joint.objective(done.solved.verdict.found.x))


@pytest.mark.parametrize(
    "asked",
    [
        {"methods": {"unit.c": "branch"}, "method": "bigm"},
        {"solver": "scip"},
        {"via": "pyomo", "method": "bigm"},
        {"gap": 1e-6, "time_limit": 60},
    ],
    ids=str,
)
def test_every_way_goes_by_parts(asked: dict[str, Any]) -> None:
    solution = evdsl.loads(UNITS).solve(**asked)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(3)  # what they need beyond 4
    assert solution.certificate.certified


def test_the_worst_answers_are_found_by_parts() -> None:
    """4 at the first hour, the rest at the second: each follower's only answer."""
    text = UNITS.replace("abs(unit[u].c[t] - 1)", "t * unit[u].c[t]")
    solution = evdsl.loads(text).solve(pessimistic=True)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx((4 + 2) + 4 + (4 + 4))


def test_it_begins_where_it_is_told(tmp_path: Path) -> None:
    first = evdsl.loads(UNITS).solve()
    again = evdsl.loads(UNITS).solve(start=first, log=tmp_path / "solver.log")
    assert again.objective == pytest.approx(first.objective)


def test_a_method_for_what_is_not_there_is_refused() -> None:
    with pytest.raises(evdsl.EvdslError, match="E0512"):
        evdsl.loads(UNITS).solve(methods={"unit.d": "branch"})
