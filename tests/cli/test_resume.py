"""`--out` keeps the best answer so far, and `--resume` goes on from it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from evdsl import EvdslError, load
from evdsl.backends.options import Event
from evdsl.report import directory as written_directory
from shell import ROOT, TWO_UNITS, Shell

MODEL = """
table prices from "prices.csv" index hour;
set T = prices.hour;
set V = {"a", "b"};
param limit = 2;
param need[v in V] = {"a": 3, "b": 2};
reference ev[v in V] {
  var c[t in T] in [0, limit];
  minimize cost = sum{t in T}(prices.eur[t] * c[t]);
  constraint full: sum{t in T}(c[t]) == need[v];
}
param c_ref[t in T] = sum{v in V}(ev[v].c[t]);
leader planner {
  var k in [0, 1];
  minimize deviation = sum{t in T}(abs(aev.c[t] - c_ref[t]));
}
follower aev {
  var c[t in T] in [0, 4 * k];
  minimize cost = sum{t in T}(prices.eur[t] * c[t]);
  constraint full: sum{t in T}(c[t]) == 5;
}
baseline simple { k = 1; }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("model.evm").write_text(MODEL)
    Path("prices.csv").write_text("hour,eur\n1,3\n2,1\n3,2\n4,5\n")
    return tmp_path


def stored(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def changed(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(stored(path) | values))


def test_a_run_that_is_killed_is_gone_on_with(evdsl: Shell, tmp_path: Path) -> None:
    out = tmp_path / "results"
    words = ["solve", TWO_UNITS, "--solver", "scip", "--out", str(out)]
    process = subprocess.Popen(
        [sys.executable, "-m", "evdsl", *words], env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    while process.poll() is None and not (out / "incumbent.json").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert [path.name for path in out.iterdir() if path.name[0] != "."] == ["incumbent.json"]
    before = stored(out / "incumbent.json")
    assert before["status"] == "feasible"
    assert evdsl("verify", TWO_UNITS, str(out / "incumbent.json")).code == 0
    run = evdsl(*words, "--resume", "--time-limit", "1", "--seed", "3", "--json")
    assert run.code == 0
    assert run.json["objective"] <= before["objective"] + 1e-9
    assert "diagnostics" not in run.json
    assert not (out / "incumbent.json").exists()
    assert (out / "solution.json").exists()


def test_the_file_is_whole_at_any_moment(folder: Path) -> None:
    seen = []

    def look(event: Event) -> None:
        if Path("kept.json").exists():
            seen.append(stored(Path("kept.json"))["objective"])

    solution = load("model.evm").solve(keep="kept.json", watch=look)
    assert seen == sorted(seen, reverse=True)
    assert seen[0] == pytest.approx(solution.baselines["simple"].objective)
    at_last = stored(Path("kept.json"))
    assert at_last["objective"] == pytest.approx(solution.objective)
    assert at_last["bound"] == pytest.approx(solution.bound)
    assert [path.name for path in folder.glob(".*")] == []


def test_a_worse_answer_never_takes_its_place(folder: Path) -> None:
    """The baseline is found first, and is worse than what an earlier run has left."""
    model = load("model.evm")
    best = model.solve(keep="kept.json").objective
    seen = []

    def look(event: Event) -> None:
        seen.append(stored(Path("kept.json"))["objective"])

    model.solve(keep="kept.json", resume="kept.json", watch=look)
    assert seen == pytest.approx([best] * len(seen))


def test_the_bound_is_taken_over(evdsl: Shell, folder: Path) -> None:
    words = ["solve", "model.evm", "--out", "out", "--json"]
    first = evdsl(*words).json
    assert (first["status"], first["bound"]) == ("optimal", pytest.approx(first["objective"]))
    kept = Path("out/solution.json")
    assert "solver     none, " in evdsl(*words[:-1], "--resume").out
    again = evdsl(*words, "--resume", "--solver", "scip", "--gap", "1e-3").json
    assert (again["status"], again["solver"]) == ("optimal", "")  # nothing was left to prove
    assert again["objective"] == pytest.approx(first["objective"])
    changed(kept, bound=first["objective"] - 1, status="feasible")
    assert evdsl(*words, "--resume").json["solver"] == "highs"
    own = stored(kept)
    for other in (
        {"inputs": own["inputs"] | {"version": "0.0"}},
        {"certificate": {"bounds": {"proved": 2, "stated": 1, "assumed": 0}}},
        {"bound": None},
    ):
        changed(kept, **other)
        assert evdsl(*words, "--resume").json["solver"] == "highs"


def test_nothing_is_taken_over_from_what_was_extended(folder: Path) -> None:
    """With `extend` the optimum is worse: its bound is none of the model's own."""

    def two_at_most(pyomo_model: Any) -> None:
        import pyomo.environ as pyo

        pyomo_model.most = pyo.Constraint(expr=pyomo_model.aev.c[2] <= 2)

    model = load("model.evm")
    best = model.solve().objective
    extended = model.solve(extend=two_at_most, keep="kept.json")
    assert extended.objective > best + 0.5
    assert stored(Path("kept.json"))["objective"] == pytest.approx(extended.objective)
    with pytest.raises(EvdslError, match="E0619"):
        model.solve(resume="kept.json")
    again = model.solve(extend=two_at_most, resume="kept.json")
    assert (again.solver, again.status) == ("highs", "optimal")
    assert again.objective == pytest.approx(extended.objective)
    assert model.solve(start="kept.json").objective == pytest.approx(best)


def test_a_bound_that_an_answer_beats_is_none(evdsl: Shell, folder: Path) -> None:
    words = ["solve", "model.evm", "--out", "out", "--json"]
    best = evdsl(*words).json["objective"]
    changed(Path("out/solution.json"), bound=best + 1)
    found = evdsl(*words, "--resume").json
    assert (found["status"], found["objective"]) == ("optimal", pytest.approx(best))
    assert found["bound"] == pytest.approx(best)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("model", "the model has changed"),
        ("table", "the table `prices` has changed"),
        ("param", "the parameter `limit` was not set, and is 3"),
        ("pessimistic", "the one is pessimistic, the other is not"),
        ("unknown", "it does not say what it belongs to"),
    ],
)
def test_an_answer_to_another_problem_is_refused(
    evdsl: Shell, folder: Path, what: str, said: str
) -> None:
    assert evdsl("solve", "model.evm", "--out", "out").code == 0
    kept = Path("out/solution.json")
    words = ["solve", "model.evm", "--out", "out", "--resume"]
    if what == "model":
        Path("model.evm").write_text(MODEL.replace("4 * k", "5 * k"))
    elif what == "table":
        Path("prices.csv").write_text("hour,eur\n1,3\n2,1\n3,2\n4,6\n")
    elif what == "unknown":
        changed(kept, inputs=None)
    else:
        words += {"param": ["--set", "limit=3"], "pessimistic": ["--pessimistic"]}[what]
    before = kept.read_bytes()
    run = evdsl(*words)
    assert (run.code, run.out) == (2, "")
    assert "error[E0619]" in run.err
    assert said in run.err
    assert kept.read_bytes() == before


def test_what_changes_no_answer_may_change(evdsl: Shell, folder: Path) -> None:
    assert evdsl("solve", "model.evm", "--out", "out").code == 0
    text = MODEL.replace("baseline simple { k = 1; }", "") + "report total = aev.cost;  # new\n"
    Path("model.evm").write_text(text)
    Path("copy.csv").write_bytes(Path("prices.csv").read_bytes())
    words = ["solve", "model.evm", "--out", "out", "--resume", "--data", "prices=copy.csv"]
    assert evdsl(*words, "--seed", "7").code == 0


def test_a_pessimistic_run_is_gone_on_with(evdsl: Shell, folder: Path) -> None:
    text = "leader up { var x in [0, 5]; minimize F = x - low.y; }\nfollower low { var y in [0, 5];"
    Path("model.evm").write_text(text + " minimize f = 0 * y; constraint a: y >= x; }")
    model = load("model.evm")
    first = model.solve(pessimistic=True, keep="kept.json")
    assert stored(Path("kept.json"))["followers"] == {}
    again = model.solve(pessimistic=True, resume="kept.json")
    assert again.objective == pytest.approx(first.objective)


@pytest.mark.parametrize("text", ["{", "[]", '{"leader": {"k": 1}, "followers": {"aev": 3}}'])
def test_what_no_run_has_kept_is_refused(evdsl: Shell, folder: Path, text: str) -> None:
    Path("out").mkdir()
    Path("out/incumbent.json").write_text(text)
    run = evdsl("solve", "model.evm", "--out", "out", "--resume")
    assert (run.code, run.out) == (2, "")
    assert "error[E0627]" in run.err
    assert Path("out/incumbent.json").read_text() == text


def test_a_solution_without_a_certificate_is_gone_on_with(evdsl: Shell, folder: Path) -> None:
    assert evdsl("solve", "model.evm", "--out", "out").code == 0
    file = Path("out/solution.json")
    file.write_text(json.dumps({**json.loads(file.read_text()), "certificate": None}))
    assert evdsl("solve", "model.evm", "--out", "out", "--resume").code == 0


def test_the_first_run_has_nothing_to_go_on_from(evdsl: Shell, folder: Path) -> None:
    run = evdsl("solve", "model.evm", "--out", "out", "--resume")
    assert run.code == 0
    assert "warning[W0611]" in run.err


def test_what_could_not_be_written_at_the_end_is_kept(
    evdsl: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(written_directory, "_csv", full)
        assert evdsl("solve", "model.evm", "--out", "out").code == 2
    assert [path.name for path in Path("out").iterdir()] == ["incumbent.json"]
    assert evdsl("solve", "model.evm", "--out", "out", "--resume").code == 0


@pytest.mark.parametrize("name", ["aev.c.csv", "reports.csv", "solution.json", "incumbent.json"])
def test_files_of_others_are_not_replaced(evdsl: Shell, folder: Path, name: str) -> None:
    Path("out").mkdir()
    Path("out", name).write_text("mine\n")
    run = evdsl("solve", "model.evm", "--out", "out")
    assert (run.code, run.out) == (2, "")
    assert "error[E0627]" in run.err
    assert Path("out", name).read_text() == "mine\n"
    assert [path.name for path in Path("out").iterdir()] == [name]
