"""Program -> MPS and auxiliary file -> model -> Program: the same problem, by name and by index."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import evdsl
from evdsl.backends.mibs.from_program import from_program
from evdsl.backends.names import file_names
from evdsl.program.program import Program
from evdsl.source.diagnostic import EvdslError
from random_programs_for_files import programs
from through_files import imported, same_meaning, written_and_read

ROOT = Path(__file__).parents[2]
MODELS = sorted(ROOT.glob("models/*/*.evm"))
PUBLISHED = sorted((ROOT / "tests" / "published").glob("*.evm"))
CANNOT = {"E0639"}  # what the format has no place for
WRONG = {"E0427"}  # a published model that has no Program
dialects = pytest.mark.parametrize("by_index", [False, True], ids=["by_name", "by_index"])
models = pytest.mark.parametrize("path", [*MODELS, *PUBLISHED], ids=lambda path: path.stem)


@cache
def program_of(path: Path) -> Program | None:
    """The Program of a file; None where it has none."""
    try:
        return evdsl.load(path).ground().program
    except EvdslError as error:
        if {d.code for d in error.diagnostics} == WRONG:
            return None
        raise


@cache
def fits(path: Path) -> bool:
    """Whether the format can hold a model; what it cannot is refused by name."""
    program = program_of(path)
    try:
        return program is not None and bool(from_program(program))
    except EvdslError as error:
        if {d.code for d in error.diagnostics} == CANNOT:
            return False
        raise


def test_most_models_fit() -> None:
    assert sum(fits(path) for path in [*MODELS, *PUBLISHED]) > 100


@dialects
@models
def test_a_model_comes_back_as_the_same_problem(path: Path, by_index: bool) -> None:
    if fits(path):
        program = program_of(path)
        assert same_meaning(program, imported(written_and_read(program, by_index)))


@dialects
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(program=programs())
def test_any_program_comes_back_as_the_same_problem(program: Program, by_index: bool) -> None:
    assert same_meaning(program, imported(written_and_read(program, by_index)))


@dialects
@settings(max_examples=200, deadline=None)
@given(program=programs())
def test_the_files_hold_the_arrays_exactly(program: Program, by_index: bool) -> None:
    wrote, read = from_program(program), written_and_read(program, by_index)
    for part in ("row_lower", "row_upper", "lower", "upper", "integer", "cost"):
        ours = getattr(wrote.flat.linear, part)
        assert ours.tolist() == getattr(read.flat.linear, part).tolist(), part
    assert wrote.flat.linear.A.toarray().tolist() == read.flat.linear.A.toarray().tolist()
    assert wrote.flat.linear.constant == read.flat.linear.constant
    assert (wrote.flat.columns, wrote.flat.rows) == (read.flat.columns, read.flat.rows)
    for part in ("columns", "rows", "cost"):
        assert getattr(wrote.lower, part).tolist() == getattr(read.lower, part).tolist()


SOME = [path for path in PUBLISHED if path.stem.startswith(("lp_", "multi_", "mip_"))][::4]


LARGE = {"multi_pan_2003"}


@pytest.mark.parametrize(
    "path",
    [pytest.param(p, marks=pytest.mark.slow if p.stem in LARGE else (), id=p.stem) for p in SOME],
)
def test_the_optimum_comes_back(path: Path) -> None:
    assert fits(path)
    ours = evdsl.load(path).solve(solver="scip")
    again = imported(written_and_read(program_of(path))).model.solve(solver="scip")
    assert again.status == ours.status
    if ours.status == "optimal":
        sense = program_of(path).joint.sense
        assert again.objective == pytest.approx(sense * ours.objective, abs=1e-5, rel=1e-6)


@models
def test_a_name_in_a_file_leads_back_to_family_and_index(path: Path) -> None:
    """Each name in a file is one row or column, and reads like it."""
    program = program_of(path)
    joint = program.joint if program is not None else None
    for families in (joint.columns, joint.rows) if joint is not None else ():
        names = file_names(families)
        whose = [(f, label) for f in families for label in f.keys.labels()]
        back = dict(zip(names, whose, strict=True))
        assert len(back) == len(names)
        for name, (family, label) in back.items():
            parts = [re.sub(r"[^A-Za-z0-9_.]", "_", str(part)) for part in label]
            index = f"({','.join(parts)})" if parts else ""
            assert name.lstrip("_") == (family.path + index).lstrip("_")


def test_the_example_of_the_documentation() -> None:
    program = program_of(ROOT / "models" / "two_units" / "two_units.evm")
    names = file_names(program.joint.columns)
    at = names.index("aev.c(unit1,2025_01_13T12_00Z)")
    assert program.joint.column_name(at) == "aev.c[unit1, 2025-01-13T12:00Z]"


@settings(max_examples=200, deadline=None)
@given(program=programs())
def test_names_are_unique_and_stay_in_order(program: Program) -> None:
    instance = from_program(program)
    for names in (instance.flat.columns, instance.flat.rows):
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.,()]*", name) for name in names)
    assert len(instance.flat.columns) == program.joint.shape[1]


def test_a_row_with_two_sides_becomes_two_that_are_called_so() -> None:
    model = evdsl.loads("""
        leader up { var x in [0, 9]; maximize F = x + low.y + 3; constraint p: x == 2 * low.y;
          constraint q: -1 <= x - low.y <= 4; }
        follower low { var y in [0, 9]; var z free; maximize f = y - z; constraint e: z == y - x;
          constraint r: 1 <= y + x <= 12; constraint s: z >= -8 - x; }
    """)
    instance = from_program(model.ground().program)
    linear = instance.flat.linear
    kinds = {
        name: (low > -np.inf, high < np.inf)
        for name, low, high in zip(
            instance.flat.rows, linear.row_lower, linear.row_upper, strict=True
        )
    }
    assert kinds == {
        "up.p": (True, True),
        "up.q.low": (True, False),
        "up.q.high": (False, True),
        "low.e.low": (True, False),
        "low.e.high": (False, True),
        "low.r.low": (True, False),
        "low.r.high": (False, True),
        "low.s": (True, False),
    }
    assert linear.sense == 1
    assert linear.constant == -3
    assert linear.cost.tolist() == [-1, -1, 0]
    assert instance.lower.cost.tolist() == [-1, 1]
    assert any("negated" in remark for remark in instance.remarks)
