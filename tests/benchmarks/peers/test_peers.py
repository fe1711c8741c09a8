"""The pieces of the comparison, without the peers: what is handed over, and how it is judged."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import evdsl
from as_evm import as_evm
from compare import GRACE, System, Worker, run
from judge import VERDICTS, judge
from neutral import PUBLISHED, Case, Problem, cases, neutral
from tables import report

CASES = {case.name: case for case in cases()}
SOME = (
    "lp_bard_1983",
    "lp_mersha_dempe_2006_1",
    "edge_besancon_2019_unbounded",
    "edge_dempe_2002_no_answer",
    "multi_pao_docs",
)


def test_linear_problems_are_those_that_say_so() -> None:
    said = {
        path.stem
        for path in PUBLISHED.glob("*.evm")
        if "\n# class: LP-LP" in path.read_text(encoding="utf-8")
    }
    assert said
    assert set(CASES) == said


@pytest.mark.parametrize("name", CASES)
def test_neutral_problem_is_the_same_after_a_round_trip(name: str) -> None:
    problem = CASES[name].problem
    again = neutral(evdsl.loads(as_evm(problem)).ground().program)
    assert again == by_owner(problem)


def by_owner(problem: Problem) -> Problem:
    """Columns and rows follower by follower, as their blocks stand in a model."""
    owners = [column["owner"] for column in problem["columns"]]
    order = sorted(range(len(owners)), key=owners.__getitem__)
    place = {old: new for new, old in enumerate(order)}

    def moved(entries: list[list[float]]) -> list[list[float]]:
        return sorted([place[int(j)], value] for j, value in entries)

    rows = [{**row, "entries": moved(row["entries"])} for row in problem["rows"]]
    goals = [{**goal, "cost": moved(goal["cost"])} for goal in problem["objectives"]]
    return {
        **problem,
        "columns": [problem["columns"][j] for j in order],
        "rows": sorted(rows, key=lambda row: row["owner"]),
        "objectives": goals,
    }


@pytest.fixture(scope="module")
def answered() -> dict[str, Any]:
    """Some of the problems, solved by our worker in a process of its own."""
    chosen = [CASES[name] for name in SOME]
    return run(System("ours", "evdsl", "highs"), sys.executable, chosen, 60.0)


def test_our_worker_says_what_is_proved(answered: dict[str, Any]) -> None:
    verdicts = {name: answer["verdict"] for name, answer in answered["answers"].items()}
    assert verdicts == dict.fromkeys(SOME, "right")
    assert answered["versions"] == f"evdsl {evdsl.__version__}"


def test_a_worker_that_is_late_is_ended() -> None:
    worker = Worker(sys.executable, "evdsl")
    assert worker.ask(CASES[SOME[0]].problem, "highs", -GRACE)["status"] == "time"
    assert worker.process is None


def test_what_cannot_be_built_is_no_answer() -> None:
    broken = Case("broken", 1.0, {**CASES[SOME[0]].problem, "columns": []})
    answers = run(System("ours", "evdsl", "highs"), sys.executable, [broken], 60.0)["answers"]
    assert answers["broken"]["verdict"] == "none"
    assert "IndexError" in answers["broken"]["message"]


@pytest.mark.parametrize(
    ("optimum", "sense", "status", "value", "verdict"),
    [
        (41.2, -1, "optimal", 41.2001, "right"),
        (41.2, -1, "optimal", 41.3, "wrong"),
        (41.2, -1, "feasible", 41.2, "found"),
        (41.2, -1, "feasible", 40.0, "worse"),
        (41.2, -1, "feasible", 42.0, "wrong"),  # better than can be
        (41.2, 1, "feasible", 42.0, "worse"),
        (41.2, 1, "infeasible", None, "wrong"),
        (41.2, 1, "error", None, "none"),
        (41.2, 1, "time", None, "time"),
        (41.2, 1, "time_limit", None, "time"),
        (41.2, 1, "optimal", None, "none"),
        ("infeasible", 1, "infeasible", None, "right"),
        ("infeasible", 1, "feasible", 1.0, "wrong"),
        ("infeasible", 1, "unbounded", None, "wrong"),
        ("unbounded", 1, "unbounded", None, "right"),
        ("unbounded", 1, "feasible", -1e6, "worse"),
        ("unbounded", 1, "optimal", -1e6, "wrong"),
    ],
)
def test_verdicts(
    optimum: float | str, sense: int, status: str, value: float | None, verdict: str
) -> None:
    assert verdict in VERDICTS
    assert judge(optimum, sense, {"status": status, "objective": value}) == verdict


def test_report_counts_and_names_what_is_wrong(answered: dict[str, Any]) -> None:
    name = SOME[0]
    said = {"status": "optimal", "objective": 9.0, "verdict": "wrong", "optimum": 41.2}
    bad = {**answered, "title": "other", "answers": {name: {**said, "seconds": 2.0, "cpu": 3.0}}}
    text = report([answered, bad])
    assert "| ours | 5 | 0 | 0 | 0 | 0 | 0 |" in text
    assert "| other | 0 | 0 | 0 | 1 | 0 | 0 | 2.000 | 3.000 | 3.0 |" in text
    assert f"| problem | optimum | other |\n| --- | --- | --- |\n| {name} | 41.2 | 9 |" in text
