"""The whole way through Pyomo: shipped models, extensions, and to_pyomo's arrays."""

from __future__ import annotations

from pathlib import Path

import pyomo.environ as pyo
import pytest

import evdsl
from evdsl.backends.pyomo import build, from_pyomo, read, to_pyomo
from evdsl.program.mip import Mip
from evdsl.program.program import Program
from evdsl.reformulate.encode import encode
from evdsl.reformulate.kkt import kkt
from standard_form import of_mip, of_pyomo

MODELS = sorted(Path(__file__).parents[2].glob("models/*/*.evm"))
QUICK = ["bard", "candler_townsley", "pineda_morales", "two_units"]

TIED = """
leader up { var x in [0, 1]; minimize effect = low.y1 + x; }
follower low {
  var y1 in [0, 5];
  var y2 in [0, 5];
  minimize effort = y1 + y2;
  constraint need: y1 + y2 >= 4 - x;
}
"""


def model_file(name: str) -> Path:
    return next(path for path in MODELS if path.stem == name)


def single_level(path: Path, method: str) -> tuple[Mip, Program]:
    program = evdsl.load(path).ground().program
    level = kkt(program)
    encoded = encode(level, "sos1") if method == "sos1" else encode(level, "bigm")
    return encoded.mip, program


@pytest.mark.parametrize("method", ["bigm", "sos1"])
@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_the_standard_form_is_the_single_level(path, method):
    mip, program = single_level(path, method)
    assert of_pyomo(build(mip, program).model) == of_mip(mip)


@pytest.mark.parametrize("solver", ["highs", "scip"])
@pytest.mark.parametrize("name", QUICK)
def test_pyomo_gives_the_same_objective(name, solver):
    model = evdsl.load(model_file(name))
    direct = model.solve(solver=solver)
    through = model.solve(solver=solver, via="pyomo")
    assert direct.status == through.status == "optimal"
    assert through.objective == pytest.approx(direct.objective, rel=1e-4)
    assert through.certificate.certified


def test_a_model_reads_like_its_text():
    m = build(*single_level(model_file("two_units"), "bigm")).model
    hour = "2025-01-13T12:00Z"
    assert list(m.U) == ["unit1", "unit2"]
    assert next(iter(m.T)) == hour
    assert m.aev.c.index_set() is not m.T
    assert m.aev.c["unit1", hour].parent_component().local_name == "c"
    assert m.planner.k_c["unit2", 3].bounds == (0, 1)
    assert m.aev.soc["unit1", hour].equality
    assert m.aev.soc_dual["unit1", hour].is_continuous()


def test_another_solvers_point_comes_back():
    """Bard's optimum, found by a solver that knows nothing of where the problem came from."""
    mip, program = single_level(model_file("bard"), "bigm")
    m = build(mip, program).model
    pyo.SolverFactory("appsi_highs").solve(m)
    x = from_pyomo(m, mip)
    assert x[: program.joint.shape[1]] == pytest.approx([4, 4])


@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_among_tied_answers_the_users_rows_choose(solver):
    """Alone the leader picks y1 = 0; polishing alone would go back there."""
    model = evdsl.loads(TIED)
    assert model.solve(solver=solver).objective == pytest.approx(0)

    def few(m):
        m.few = pyo.Constraint(expr=m.low.y2 <= 1)

    solution = model.solve(solver=solver, extend=few)
    assert solution.status == "optimal"
    assert solution.certificate.certified
    assert solution.value("low.y2") <= 1 + 1e-6
    # x = 0: y1 = 3; x = 1: y1 = 2 and x costs 1
    assert solution.objective == pytest.approx(3)


def test_an_extension_is_a_row_of_the_leader():
    """The same row, given to the Pyomo model and written into the text."""
    path = model_file("two_units")
    row = "constraint together[t in T]: sum{u in U}(aev[u].c[t]) <= 6;"
    text = path.read_text().replace("  minimize deviation", f"  {row}\n  minimize deviation")
    written = evdsl.loads(text, path.parent).solve()

    def together(m):
        m.together = pyo.Constraint(m.T, rule=lambda m, t: sum(m.aev.c[u, t] for u in m.U) <= 6)

    model = evdsl.load(path)
    alone, extended = model.solve(), model.solve(extend=together)
    assert written.status == extended.status == "optimal"
    assert extended.objective == pytest.approx(written.objective, rel=1e-4)
    assert extended.objective > alone.objective + 1


def test_an_extension_may_limit_factors_that_serve_one_hour():
    """Such factors are presolved away where nothing is added; here they must not be."""
    path = model_file("two_units")
    hourly = path.read_text().replace("pos(t) div 3", "pos(t)")
    row = "constraint even[u in U, b in B]: k_c[u, b] >= 0.2;"
    text = hourly.replace("  minimize deviation", f"  {row}\n  minimize deviation")
    written = evdsl.loads(text, path.parent).solve(solver="scip")

    def even(m):
        for k in m.planner.k_c.values():
            k.setlb(0.2)

    model = evdsl.loads(hourly, path.parent)
    extended = model.solve(solver="scip", extend=even)
    assert extended.objective > model.solve(solver="scip").objective + 1
    assert written.status == extended.status == "optimal"
    assert extended.objective == pytest.approx(written.objective, rel=1e-4)


def test_a_model_that_was_extended_and_solved_elsewhere():
    """`read` knows what was added, so that nothing that is done to the point may break it."""
    model = evdsl.loads(TIED)
    program = model.ground().program
    level = kkt(program, extensible=True)
    mip = encode(level, "bigm").mip
    m = to_pyomo(mip, program)
    m.few = pyo.Constraint(expr=m.low.y2 <= 1)
    clone = m.clone()
    pyo.SolverFactory("appsi_highs").solve(clone)
    answer = read(clone, mip)
    assert answer.objective == pytest.approx(3)
    assert answer.broken_by(answer.x) == []
    names = [program.joint.column_name(j) for j in range(3)]
    back = answer.x.copy()
    back[names.index("low.y1")], back[names.index("low.y2")] = 0, 4
    assert answer.broken_by(back) == ["few"]


def test_an_extension_may_leave_nothing():
    def never(m):
        m.never = pyo.Constraint(expr=m.low.y2 >= 6)

    solution = evdsl.loads(TIED).solve(extend=never)
    assert solution.status == "infeasible"
