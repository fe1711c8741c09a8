"""Every shipped model: its golden result with both solvers, proven and certified."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from evdsl.source.text import Source
from evdsl.syntax import format_source
from golden import MODELS, NAMES, expected, model, observed

SLOW = {("fleet_day", "scip"), ("fleet_week", "scip")}
CASES = [
    pytest.param(*case, marks=pytest.mark.slow if case in SLOW else ())
    for case in product(NAMES, ("highs", "scip"))
]


def same(found: Any, wanted: Any) -> bool:
    """Equal in form; numbers within 5e-4, relative to their size or 1: near the least sum of squares
    a gap of 1e-7 leaves the values open by its root."""
    if isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(same(found[k], wanted[k]) for k in wanted)
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(same, found, wanted))
    if isinstance(wanted, float) and found is not None:
        return bool(abs(found - wanted) <= 5e-4 * max(1.0, abs(wanted)))
    return bool(found == wanted)


@pytest.mark.parametrize(("name", "solver"), CASES)
def test_golden_result(name: str, solver: str) -> None:
    solution = model(name).solve(solver=solver, gap=1e-7)
    assert solution.status == "optimal"
    assert solution.certificate is not None
    assert solution.certificate.certified
    found, wanted = observed(solution), expected(name)
    assert same(found, wanted), found


@pytest.mark.parametrize("name", NAMES)
def test_model_is_in_canonical_form(name: str) -> None:
    source = Source(name, (MODELS / name / f"{name}.evm").read_text(encoding="utf-8"))
    assert format_source(source) == source.text


def test_all_factors_of_fleet_day_matter() -> None:
    """There are hours with a minimum of charging and of discharging, and demand for heating."""
    program = model("fleet_day").ground().program
    limits = {family.path: family for family in program.joint.rows if family.role == "limit"}
    for name in ("aev.c", "aev.d", "aev.s"):
        assert {f"{name}.lower", f"{name}.upper"} <= limits.keys()
    for factor in ("kc_lo", "kd_lo", "ks_lo", "kc_up", "kd_up", "ks_up"):
        family = next(f for f in program.joint.columns if f.name == factor)
        assert program.joint.A[:, family.slice].nnz > 0


@pytest.mark.parametrize("name", ["fleet_day", "two_units"])
def test_the_bilevel_unit_is_nearer_to_the_cars_than_simple_aggregation(name: str) -> None:
    golden = expected(name)
    assert golden["objective"] < 0.3 * golden["baselines"]["simple"]["objective"]
