"""The JSON of `solve --json`: its shape, and that there is exactly one object whatever happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from shell import BARD, TWO_UNITS, Shell

KEYS = [
    "model",
    "status",
    "objective",
    "bound",
    "gap",
    "solver",
    "method",
    "leader",
    "followers",
    "baselines",
    "reports",
    "certificate",
    "inputs",
    "presolve",
    "timings",
]


@pytest.mark.parametrize(("solver", "method"), [("highs", "branch"), ("scip", "sos1")])
def test_bard(evdsl: Shell, solver: str, method: str) -> None:
    """x = 4, y = 4, F = -12: Bard, Practical Bilevel Optimization (1998), Example 5.1.1."""
    found = evdsl("solve", BARD, "--json", "--solver", solver).json
    assert list(found) == KEYS
    assert found["model"] == "bard"
    assert found["status"] == "optimal"
    assert found["objective"] == pytest.approx(-12)
    assert found["bound"] == pytest.approx(-12)
    assert found["gap"] == 0
    assert (found["solver"], found["method"]) == (solver, method)
    assert found["leader"] == {"x": pytest.approx(4)}
    assert list(found["followers"]) == ["low"]
    low = found["followers"]["low"]
    assert low["y"] == pytest.approx(4)
    assert low["objective"] == pytest.approx(4)
    assert low["duals"]["d"] == pytest.approx(-0.5)
    assert low["duals"]["y.lower"] == 0
    assert set(low["duals"]) == {"a", "b", "c", "d", "y.lower", "y.upper"}
    certificate = found["certificate"]
    assert certificate["certified"] is True
    assert set(certificate) == {
        "certified",
        "follower_gap",
        "max_violation",
        "max_complementarity",
        "max_stationarity",
        "bounds",
        "ties",
    }
    assert certificate["ties"] == {
        "unique": True,
        "tied": [],
        "optimistic": pytest.approx(-12),
        "pessimistic": pytest.approx(-12),
        "pessimistic_bound": pytest.approx(-12),
        "out_of_box": pytest.approx(-12),
        "breaks": None,
    }
    assert set(certificate["bounds"]) == {"proved", "stated", "assumed"}
    assert certificate["bounds"]["assumed"] == 0
    assert found["timings"]["total"] > 0


def test_families_with_an_index_are_lists(evdsl: Shell) -> None:
    found = evdsl("solve", TWO_UNITS, "--json", "--solver", "scip").json
    first = found["leader"]["k_c"][0]
    assert first["index"] == ["unit1", 0]
    assert 0 <= first["value"] <= 1
    aev = found["followers"]["aev"]
    assert [entry["index"] for entry in aev["objective"]] == [["unit1"], ["unit2"]]
    assert aev["c"][0]["index"] == ["unit1", "2025-01-13T12:00Z"]
    assert len(aev["duals"]["soc"]) == len(aev["c"]) == len(aev["duals"]["c.upper"])
    simple = found["baselines"]["simple"]
    assert set(simple) == {"objective", "reports"}
    assert simple["objective"] > found["objective"]
    assert set(simple["reports"]) == set(found["reports"])


def test_an_assumed_constant_is_never_called_optimal(evdsl: Shell) -> None:
    run = evdsl("solve", BARD, "--json", "--big-m", "1000")
    found = run.json
    assert run.code == 0
    assert found["status"] == "feasible"
    assert found["objective"] == pytest.approx(-12)
    assert found["bound"] is None
    assert found["gap"] is None
    assert found["certificate"]["bounds"]["assumed"] > 0
    assert found["certificate"]["bounds"]["proved"] == 0


@pytest.mark.parametrize(
    "words",
    [
        ("solve", "no_such.evm", "--json"),
        ("solve", BARD, "--json", "--nonsense"),
        ("solve", "--json"),
        ("solve", BARD, "--json", "--set", "n=1"),
        ("check", "no_such.evm", "--json"),
    ],
)
def test_errors_are_one_object_too(evdsl: Shell, words: tuple[str, ...]) -> None:
    run = evdsl(*words)
    assert run.code == 2
    assert run.json["status"] == "error"
    [message] = run.json["diagnostics"]
    assert message["severity"] == "error"
    assert f"error[{message['code']}]" in run.err


def test_messages_of_a_text_have_their_place(evdsl: Shell, tmp_path: Path) -> None:
    path = tmp_path / "model.evm"
    path.write_text("leader up {\n  var x in [0, 1];\n  minimize f = xx;\n}\n", encoding="utf-8")
    run = evdsl("check", str(path), "--json")
    [message] = run.json["diagnostics"]
    assert run.code == 2
    assert (message["file"], message["line"], message["column"]) == (str(path), 3, 16)
    assert message["help"] == "did you mean `x`?"


def test_check_says_ok(evdsl: Shell) -> None:
    run = evdsl("check", BARD, "--json")
    assert run.code == 0
    assert run.json == {"status": "ok", "diagnostics": []}


NO_ANSWER = {
    "E0543": ("constraint least: x >= 6;", "infeasible"),
    "E0541": ("constraint wish: 3 * low.y >= x + 5;", "infeasible"),
    "E0542": ("var w in [0, inf]; maximize F = w;", "unbounded"),
}


@pytest.mark.parametrize("code", NO_ANSWER)
def test_why_there_is_no_answer(evdsl: Shell, tmp_path: Path, code: str) -> None:
    row, status = NO_ANSWER[code]
    objective = "" if "maximize" in row else "minimize F = x;"
    text = f"""
    leader up {{ var x in [0, 10]; {objective} {row} }}
    follower low {{
      var y in [0, 3];
      minimize f = y;
      constraint n: 3 * y >= x;
      constraint m: x - y <= 2;
    }}
    """
    model = tmp_path / "none.evm"
    model.write_text(text, encoding="utf-8")
    run = evdsl("solve", str(model), "--json")
    assert (run.code, run.json["status"], run.json["objective"]) == (1, status, None)
    (said,) = run.json["diagnostics"]
    assert said["code"] == code
    assert said["line"] == 2
    assert said["notes"]
