"""`evdsl show --stage plan` and `--stage bounds`: what is chosen, what is proved, and by what."""

from pathlib import Path

import pytest

from shell import BARD, Shell

DAY = BARD.replace("bard", "fleet_day")
FOLLOWER = "follower low {{ var y in [0, {most}]; minimize f = {cost}; constraint need: y >= x; }}"


def model(path: Path, leader: str, most: str = "20", cost: str = "y") -> str:
    text = f"leader up {{ var x in [-5, 10]; {leader} }}\n{FOLLOWER.format(most=most, cost=cost)}"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("leader", "options", "line"),
    [
        ("minimize F = x - low.y;", [], "highs, branch: branching on 3 pairs needs no constants"),
        ("minimize F = x - low.y;", ["--solver", "scip"], "scip, sos1: SCIP branches on the pairs"),
        ("minimize F = x - low.y;", ["--method", "bigm"], "highs, bigm: `bigm` was asked for"),
        ("minimize F = x - low.y;", ["--big-m", "9"], "highs, bigm: one constant was given"),
        ("minimize F = x - low.need.dual;", [], "highs, branch: the leader reads multipliers"),
        ("minimize F = (x - low.y) ^ 2;", ["--method", "bigm"], "asked for; squares by tangents"),
        ("minimize F = x; constraint c: x >= 1;", [], "highs, branch"),
    ],
)
def test_the_plan_is_one_line_and_the_presolve_another(
    evdsl: Shell, tmp_path: Path, leader: str, options: list[str], line: str
) -> None:
    run = evdsl("show", model(tmp_path / "m.evm", leader), "--stage", "plan", *options)
    assert (run.code, run.out.count("\n")) == (0, 2)
    assert line in run.out.splitlines()[0]
    assert run.out.splitlines()[1].startswith("presolve: ")


def test_a_plan_is_what_a_solve_takes(evdsl: Shell) -> None:
    for options in ([], ["--solver", "scip"], ["--method", "bigm"]):
        planned = evdsl("show", BARD, "--stage", "plan", *options).out.partition(":")[0]
        assert f" {planned}, " in evdsl("solve", BARD, *options).out


def test_no_plan_waits_for_a_search(evdsl: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evdsl.solve.start.search_all", lambda *_: pytest.fail("searched"))
    for stage in ("plan", "bounds"):
        assert evdsl("show", DAY, "--stage", stage).code == 0


def test_one_level_needs_no_method(evdsl: Shell, tmp_path: Path) -> None:
    path = tmp_path / "m.evm"
    path.write_text("leader up { var x in [0, 1]; minimize F = x; }", encoding="utf-8")
    assert evdsl("show", str(path), "--stage", "plan").out == (
        "highs: no pairs: the problem has one level\n"
    )
    assert evdsl("show", str(path), "--stage", "bounds").out.startswith("0 pairs")


def test_whole_numbers_are_answered_by_value(evdsl: Shell, tmp_path: Path) -> None:
    path = tmp_path / "m.evm"
    path.write_text(
        "leader up { var x binary; minimize F = x - low.y; }\n"
        "follower low { var y binary; minimize f = y; constraint a: y >= x; }",
        encoding="utf-8",
    )
    assert evdsl("show", str(path), "--stage", "plan").out.startswith("highs, value: a follower")
    assert evdsl("show", str(path), "--stage", "bounds").out == "no pairs\n"


def test_bounds_of_a_follower_by_hand(evdsl: Shell, tmp_path: Path) -> None:
    """y >= x in [-5, 10], y in [0, 20], at cost 1 a unit: the multipliers of `need` and of y >= 0
    are 1 at most, that of y <= 20 is none; y - x is 25 at most,
    y 20."""
    path = model(tmp_path / "m.evm", "maximize F = 0 * x;")
    lines = evdsl("show", path, "--stage", "bounds").out.splitlines()
    assert lines[:2] == ["3 pairs, 2 with a choice to be made", "slack: interval 2"]
    found = {line.split()[0]: line.split()[1:] for line in lines[5:]}
    assert found["low.need.dual"] == ["25", "interval", "1", "cost"]
    assert found["low.y.lower.dual"] == ["20", "interval", "1", "cost"]
    assert found["low.y.upper.dual"] == ["20", "interval", "0", "cost", "never", "needed"]


def test_what_is_not_proved_is_none(evdsl: Shell, tmp_path: Path) -> None:
    path = model(tmp_path / "m.evm", "maximize F = low.y;", most="inf")
    out = evdsl("show", path, "--stage", "bounds").out
    assert "slack: none 2" in out
    assert evdsl("show", path, "--stage", "bounds", "--method", "bigm").code == 2


def test_claims_and_constants_are_told_from_proofs(evdsl: Shell, tmp_path: Path) -> None:
    path = tmp_path / "m.evm"
    path.write_text(
        "leader up { var x in [0, 10]; maximize F = x - low.y; }\n"
        "follower low { var y in [0, 20]; var z in [0, inf]; minimize f = y + z;"
        " constraint need: y + z >= x dual in [0, 0.5]; }",
        encoding="utf-8",
    )
    assert "stated" in evdsl("show", str(path), "--stage", "bounds").out
    assumed = evdsl("show", str(path), "--stage", "bounds", "--big-m", "50").out
    assert "slack: assumed 4\nmultiplier: assumed 4" in assumed


def test_every_pair_of_a_day_has_a_line(evdsl: Shell) -> None:
    lines = evdsl("show", DAY, "--stage", "bounds").out.splitlines()
    count = int(lines[0].split()[0])
    assert len([line for line in lines if ".dual" in line]) == count
    assert "none" not in lines[1] + lines[2]


@pytest.mark.parametrize("option", [["--solver", "scip"], ["--method", "bigm"], ["--big-m", "9"]])
@pytest.mark.parametrize("stage", ["ir", "program", "mibs"])
def test_options_without_a_use_are_refused(evdsl: Shell, stage: str, option: list[str]) -> None:
    run = evdsl("show", BARD, "--stage", stage, *option)
    assert run.code == 2
    assert f"`{option[0]}` has no use with `--stage {stage}`" in run.err
