"""`evdsl solve --log`: what the whole run did, and a log never replaces what is read."""

from __future__ import annotations

from pathlib import Path

import pytest

import evdsl as package
from shell import Shell

FILES = {
    "new/model.evm": """\
table prices from "prices.csv" index hour;
set T = prices.hour;
leader up { var x in [0, 9]; minimize F = sum{t in T}(prices.eur[t] * low.y[t]) - x; }
follower low { var y[t in T] in [0, x]; minimize f = -sum{t in T}(y[t]); }
""",
    "new/prices.csv": "hour,eur\n1,1\n2,-2\n",
    "other.csv": "hour,eur\n1,1\n2,3\n",
}


@pytest.fixture
def folder(evdsl: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("new").mkdir()
    for name, text in FILES.items():
        Path(name).write_text(text)
    assert evdsl("solve", "new/model.evm", "--out", "start").code == 0
    return tmp_path


def read(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "log", ["new/model.evm", "new/../new/prices.csv", "other.csv", "start/solution.json"]
)
def test_a_log_over_an_input_is_refused(evdsl: Shell, folder: Path, log: str) -> None:
    before = read(folder)
    words = ["--data", "prices=other.csv", "--start", "start/solution.json", "--log", log]
    run = evdsl("solve", "new/model.evm", *words)
    assert (run.code, run.out) == (2, "")
    assert "error[E0653]" in run.err
    assert read(folder) == before


def test_a_log_over_an_older_log_is_written(evdsl: Shell, folder: Path) -> None:
    (folder / "run.log").write_text("before")
    words = ["--solver", "scip", "--log", "run.log"]
    assert evdsl("solve", "new/model.evm", *words).code == 0
    assert "before" not in (folder / "run.log").read_text()
    assert "Primal Bound" in (folder / "run.log").read_text()


def test_a_log_may_lie_where_the_solution_will(evdsl: Shell, folder: Path) -> None:
    out = folder / "new" / "results"
    words = ["solve", "new/model.evm", "--out", str(out), "--log", str(out / "logs" / "run.log")]
    assert evdsl(*words).code == 0
    assert "evdsl |" in (out / "logs" / "run.log").read_text()
    assert (out / "solution.json").exists()
    assert evdsl(*words).code == 0


def test_python_refuses_a_log_over_an_input_as_well(folder: Path) -> None:
    before = read(folder)
    for log in ("new/model.evm", "new/prices.csv", "other.csv", "start/solution.json"):
        with pytest.raises(package.EvdslError, match="E0653"):
            package.load("new/model.evm").solve(
                log=log, start="start/solution.json", data={"prices": "other.csv"}
            )
    assert read(folder) == before


def test_an_unwritable_log_is_said_before_anything_is_read(evdsl: Shell, folder: Path) -> None:
    (folder / "new/prices.csv").unlink()
    run = evdsl("solve", "new/model.evm", "--log", "no/such/folder/run.log")
    assert (run.code, run.out) == (2, "")
    assert "error[E0653]" in run.err
    assert "E04" not in run.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--solver", "scip"], "Primal Bound"),
        (["--method", "branch"], ""),
        (["--method", "bigm"], "P has"),
        (["--via", "pyomo"], "P has"),
    ],
)
def test_a_log_tells_the_whole_run(evdsl: Shell, folder: Path, words: list[str], said: str) -> None:
    """One line an event, in columns, and what the solver says between them."""
    run = evdsl("solve", "new/model.evm", *words, "--log", "run.log", "--json")
    assert run.code == 0
    lines = (folder / "run.log").read_text().splitlines()
    own = [[cell.strip() for cell in line.split("|")] for line in lines if line[:7] == "evdsl |"]
    assert own[0] == ["evdsl", "seconds", "objective", "bound", "gap %", "nodes", "doing"]
    doing = [cells[-1] for cells in own[1:]]
    assert doing[:2] == ["checking the model", "reading the data"]
    assert doing[-1] == "looking for ties"
    seconds = [float(cells[1]) for cells in own[1:]]
    assert seconds == sorted(seconds)
    assert float(own[-1][2]) == pytest.approx(run.json["objective"])
    assert float(own[-1][3]) == pytest.approx(run.json["bound"], abs=1e-6)
    place = next(i for i, line in enumerate(lines) if "solving with" in line)
    assert said in "\n".join(lines[place:])


def test_every_run_of_a_solver_is_in_the_log(folder: Path) -> None:
    """Squares beside whole numbers are a sequence of runs of HiGHS."""
    text = """
leader up { var x in [0, 9]; var n integer in [0, 3]; minimize F = (x - 2.6)^2 + (n - 1.4 * low.y)^2; }
follower low { var y in [0, 9]; minimize f = y; constraint a: y >= 3 - x; constraint b: y >= x - 4; }
"""
    package.loads(text).solve(method="bigm", log="run.log")
    assert (folder / "run.log").read_text().count("Solving report") > 1
