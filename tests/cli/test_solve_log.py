"""`evdsl solve --log`: a log never replaces what is read."""

from __future__ import annotations

from pathlib import Path

import pytest

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
