"""A stored solution against its model: what it says holds, and one changed number is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import evdsl
from evdsl.solve.verify import verify
from evdsl.source.diagnostic import EvdslError
from stored_answers import KNOWN, held, solution, stored

Steps = tuple[str | int, ...]


@pytest.mark.parametrize("name", KNOWN)
def test_what_solve_has_written_holds(name: str, tmp_path: Path) -> None:
    found = held(name, stored(name), tmp_path)
    assert solution(name).status == "optimal"
    assert found.holds, found.faults
    assert found.certificate.certified
    assert found.objective == pytest.approx(KNOWN[name].optimum, abs=1e-5)
    assert found.objective == pytest.approx(solution(name).objective)


def put(found: Any, steps: Steps, value: Any) -> None:
    *way, last = steps
    for step in way:
        found = found[step]
    found[last] = value


TAMPERED: list[tuple[str, dict[Steps, float], str]] = [
    ("linear", {("objective",): -13.0}, "the objective is -12, and the file says -13"),
    ("linear", {("leader", "x"): 3.0}, "follower `low` has a better answer: its gap is 3.75e-01"),
    ("linear", {("followers", "low", "y"): 3.5}, "`low.d` is violated by 1.00e+00"),
    ("tariff", {("leader", "t"): 6.0}, "follower `depot` has a better answer"),
    ("tariff", {("leader", "t"): 10.0}, "follower `depot` has a better answer"),
    ("price", {("followers", "market", "duals", "balance"): 25.0}, "the multipliers that the leader"),
    ("price", {("followers", "market", "duals", "balance"): -20.0}, "the multipliers that the lead"),
    ("price", {("followers", "market", "duals", "cheap.upper"): 0.0}, "the multipliers that the lea"),
    ("rent", {("followers", "depot", "duals", "y.upper"): 2.0}, "the multipliers that the leader"),
    ("nash", {("followers", "firm", "q", 1, "value"): 3.0}, "follower `firm[1]` has a better answer"),
    ("whole", {("followers", "low", "y"): 3.0}, "follower `low` has a better answer"),
    ("whole", {("leader", "x"): 2.5}, "`up.x` is violated by 5.00e-01"),
    ("indexed", {("followers", "fleet", "c", 2, "value"): 1.5}, "`fleet.full[c]` is violated by 5.00"),
    ("indexed", {("leader", "cap", 2, "value"): 3.0}, "follower `fleet[c]` has a better answer"),
    ("worst", {("followers", "low", "y"): 0.0}, "the objective is -2, and the file says -1"),
]  # fmt: skip
"""The numbers by hand: at x = 3 of `linear` the follower's best is 2.5 and 4 is 1.5 of 4 away;
beside y = 3.5, row d of x = 4 is 5 of at most 4."""


@pytest.mark.parametrize(("name", "changes", "fault"), TAMPERED)
def test_one_changed_number_is_found_and_named(
    name: str, changes: dict[Steps, float], fault: str, tmp_path: Path
) -> None:
    changed = stored(name)
    for steps, value in changes.items():
        put(changed, steps, value)
    found = held(name, changed, tmp_path)
    assert not found.holds
    assert any(said.startswith(fault) for said in found.faults), found.faults


def test_other_optimal_multipliers_are_no_fault_but_their_objective_is(tmp_path: Path) -> None:
    """At x = 1 the price may be 15, with 5 as the rent of the cheap plant and 5 for the dear one."""
    changed = stored("price")
    duals = changed["followers"]["market"]["duals"]
    duals |= {"balance": 15.0, "cheap.upper": -5.0, "dear.lower": 5.0}
    found = held("price", changed, tmp_path)
    assert found.certificate.certified
    assert found.faults == (f"the objective is 14.9, and the file says {changed['objective']}",)
    changed["objective"] = 14.9
    assert held("price", changed, tmp_path).holds


@pytest.mark.parametrize("stated", [None, "-12", [], float("nan"), float("inf"), -12.001])
def test_an_objective_that_is_another_or_no_number(stated: object, tmp_path: Path) -> None:
    found = held("linear", stored("linear") | {"objective": stated}, tmp_path)
    assert found.certificate.certified
    assert not found.holds
    assert len(found.faults) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({("leader",): {}, ("followers",): {}}, "E0616"),
        ({("leader",): {}}, "E0617"),
        ({("followers",): [1]}, "E0616"),
        ({("followers", "low"): 3}, "E0616"),
        ({("leader",): [1, 2]}, "E0616"),
        ({("leader", "x"): "much"}, "E0616"),
        ({("leader", "x"): [{"value": 1}]}, "E0616"),
        ({("leader",): {"k": 1.0}}, "E0617"),
        ({("leader", "x"): None}, "E0616"),
        ({("leader", "x"): float("nan")}, "E0616"),
        ({("leader", "x"): 1e20}, "E0616"),
        ({("followers",): {}}, "E0617"),
        ({("followers", "low", "duals"): {}}, "E0617"),
    ],
)
def test_what_is_no_solution_of_this_model(
    changes: dict[Steps, Any], code: str, tmp_path: Path
) -> None:
    changed = stored("linear")
    for steps, value in changes.items():
        put(changed, steps, value)
    with pytest.raises(EvdslError) as caught:
        held("linear", changed, tmp_path)
    assert [d.code for d in caught.value.diagnostics] == [code]


def test_a_leader_without_variables_holds(tmp_path: Path) -> None:
    """Only the followers have values, as in problem 3.1 of Mitsos and Barton (2006)."""
    model = evdsl.loads(
        "leader up { minimize F = low.y; } follower low { var y in [-1, 1]; maximize f = y; }"
    )
    path = tmp_path / "solution.json"
    path.write_text(json.dumps(model.solve().to_json()), encoding="utf-8")
    assert verify(model.ir, Path("."), path, {}, {}).holds


@pytest.mark.parametrize("text", ["", "[]", "{", "3", json.dumps({"status": "infeasible"})])
def test_files_that_are_no_solution(text: str, tmp_path: Path) -> None:
    from evdsl.solve.stored import read_solution

    path = tmp_path / "some.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EvdslError, match="E0616"):
        read_solution(path)
    with pytest.raises(EvdslError, match="cannot be read"):
        read_solution(tmp_path)


def test_the_solution_of_another_fleet(tmp_path: Path) -> None:
    changed = stored("indexed")
    changed["followers"]["fleet"]["c"][2]["index"] = ["d"]
    with pytest.raises(EvdslError, match=r"E0617.*fleet\.c"):
        held("indexed", changed, tmp_path)
