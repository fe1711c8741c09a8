"""What a script can rely on: exit codes, and where messages go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from shell import BARD, ROOT, Shell

INFEASIBLE = """
leader up { var x in [0, 1]; minimize f = low.y; constraint cap: low.y <= 1; }
follower low { var y in [2, 3]; minimize g = y; }
"""
UNBOUNDED = """
leader up { var x in [0, inf]; maximize f = x; }
follower low { var y in [0, 1]; minimize g = y; }
"""
MARKET_SPLIT = """
table weights from "weights.csv" index item, row;
set I = weights.item;
set J = weights.row;
param a[I, J] = weights.weight;
leader up {
  var x[i in I] binary;
  minimize f = sum{i in I}(x[i]);
  constraint split[j in J]: sum{i in I}(a[i, j] * x[i]) == floor(sum{i in I}(a[i, j]) / 2);
}
"""


def market_split(folder: Path) -> str:
    """A model of which nobody finds a feasible point in seconds (Cornuéjols and Dawande, 1998)."""
    draw = Random(1)
    rows = [f"{i},{j},{draw.randrange(100)}\n" for i in range(50) for j in range(6)]
    (folder / "weights.csv").write_text("item,row,weight\n" + "".join(rows), encoding="utf-8")
    return written(folder, MARKET_SPLIT)


def written(folder: Path, text: str) -> str:
    path = folder / "model.evm"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_certified_answer_is_0(evdsl: Shell) -> None:
    run = evdsl("solve", BARD)
    assert run.code == 0
    assert "optimal" in run.out
    assert run.err == ""


@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_no_solution_is_1_and_says_why(evdsl: Shell, tmp_path: Path, solver: str) -> None:
    run = evdsl("solve", written(tmp_path, INFEASIBLE), "--solver", solver)
    assert run.code == 1
    assert run.out.count("infeasible") == 1
    assert "error[E05" in run.err
    assert "certified  " not in run.out


@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_an_unbounded_leader_is_1(evdsl: Shell, tmp_path: Path, solver: str) -> None:
    run = evdsl("solve", written(tmp_path, UNBOUNDED), "--solver", solver, "--json")
    assert run.code == 1
    assert run.json["status"] == "unbounded"
    assert run.json["objective"] is None


@pytest.mark.parametrize(
    ("words", "code", "mend"),
    [
        (["slove", BARD], "E0603", "did you mean `evdsl solve`?"),
        ([BARD], "E0603", f"write `evdsl solve {BARD}`"),
        (["solve"], "E0602", "`evdsl solve --help` tells more"),
        (["solve", BARD, "--tim-limit", "3"], "E0601", "did you mean `--time-limit`?"),
        (["solve", BARD, "--time", "3"], "E0601", None),
        (["solve", BARD, "--gap", "small"], "E0602", None),
        (["solve", BARD, "--seed", "1.5"], "E0602", None),
        (["solve", BARD, "--method", "big-m"], "E0607", "did you mean `bigm`?"),
        (["solve", BARD, "--method", "sos1"], "E0609", "write `--solver scip`, or `--method bigm`"),
        (["solve", BARD, "--via", "gams"], "E0608", None),
        (["solve", BARD, "--solver", "scip", "--method", "sos1", "--big-m", "9"], "E0618", None),
        (["solve", BARD, "--set", "n"], "E0605", "write `--set NAME=NUMBER`"),
        (["solve", BARD, "--set", "n=1", "--set", "n=2"], "E0605", None),
        (["solve", BARD, "--set", "n=0,95"], "E0606", "such as `--set n=24`"),
        (["solve", BARD, "--set", "n=nan"], "E0606", None),
        (["solve", BARD, "--set", "n=3"], "E0408", None),
        (["solve", BARD, "--data", "prices=x.csv"], "E0408", None),
        (["solve", BARD, "--option", "mip_rel_gp=1"], "E0650", "did you mean `mip_rel_gap`?"),
        (["solve", "no_such.evm"], "E0610", None),
        (["solve", str(ROOT / "models" / "bard")], "E0611", f"write `{BARD}`"),
        (["solve", BARD, "--start", BARD], "E0616", None),
        (["show", BARD], "E0602", None),
        (["show", BARD, "--stage", "size"], "E0602", "did you mean `sizes`?"),
        (["explain", "E0000"], "E0604", None),
    ],
)
def test_wrong_input_is_2_with_a_message_alone(
    evdsl: Shell, words: list[str], code: str, mend: str | None
) -> None:
    run = evdsl(*words)
    assert run.code == 2
    assert run.out == ""
    assert run.err.startswith(f"error[{code}]: ")
    if mend is not None:
        assert f"= help: {mend}\n" in run.err


def test_a_misspelt_file_is_found(evdsl: Shell) -> None:
    run = evdsl("check", BARD.replace("bard.evm", "brad.evm"))
    assert f"did you mean `{BARD}`?" in run.err


def test_text_that_is_not_utf8_is_2(evdsl: Shell, tmp_path: Path) -> None:
    path = tmp_path / "latin.evm"
    path.write_bytes(b'model m;\nset T = {"caf\xe9"};\n')
    run = evdsl("check", str(path))
    assert run.code == 2
    assert "error[E0613]" in run.err
    assert "byte 0xe9 in line 2" in run.err


@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_a_limit_before_any_answer_is_3(evdsl: Shell, tmp_path: Path, solver: str) -> None:
    run = evdsl(
        "solve", market_split(tmp_path), "--solver", solver, "--time-limit", "0.5", "--json"
    )
    assert run.code == 3
    assert run.json["status"] == "no_solution"
    assert run.json["objective"] is None
    assert run.json["leader"] == {}
    assert run.json["certificate"]["certified"] is False
    assert "error[E0624]" in run.err


def test_usage_without_a_command_is_2_and_with_help_0(evdsl: Shell) -> None:
    assert evdsl().code == 2
    run = evdsl("--help")
    assert run.code == 0
    assert "evdsl solve" in run.out
    assert evdsl("solve", "--help").code == 0


def test_version(evdsl: Shell) -> None:
    import evdsl as package

    assert evdsl("--version").out == f"evdsl {package.__version__}\n"


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "evdsl", "show", "--stage", "program", BARD],
        cwd=ROOT,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert done.stderr == ""
    assert done.returncode == 141


@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_ctrl_c_ends_the_search_without_a_traceback(tmp_path: Path, solver: str) -> None:
    model = market_split(tmp_path)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "evdsl",
            "solve",
            model,
            "--solver",
            solver,
            *["--out", "results", "--log", "run.log"],
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    log = tmp_path / "run.log"
    try:
        while not log.exists() or "solving with" not in log.read_text():
            assert process.poll() is None
            time.sleep(0.1)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode in (3, 130)
    assert "Traceback" not in err
    assert "certified  " not in out
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_an_ascii_terminal_is_no_traceback(tmp_path: Path) -> None:
    text = 'model m "Größe";\nleader up { var x in [0, 1]; maximize f = x; }\n'
    done = subprocess.run(
        [sys.executable, "-m", "evdsl", "solve", written(tmp_path, text)],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("m: Gr\\xf6\\xdfe\n")


@pytest.mark.parametrize("words", [["solve", BARD], ["solve", BARD, "--json"], ["check", "--json"]])
def test_an_output_that_takes_nothing_is_2_and_no_traceback(words: list[str]) -> None:
    with open(os.devnull) as unwritable:
        done = subprocess.run(
            [sys.executable, "-m", "evdsl", *words],
            cwd=ROOT,
            stdout=unwritable,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.endswith("standard output cannot be written: bad file descriptor\n")
    assert "Traceback" not in done.stderr


def test_a_closed_output_is_no_traceback() -> None:
    command = f"'{sys.executable}' -m evdsl solve '{BARD}' --json >&-"
    done = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
