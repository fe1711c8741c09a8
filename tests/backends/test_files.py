"""LP and MPS text, read back by HiGHS and by SCIP."""

from dataclasses import replace

import highspy
import numpy as np
import pyscipopt
import pytest

from evdsl.backends.lp_format import to_lp
from evdsl.backends.mps import to_mps
from evdsl.backends.names import file_names
from evdsl.backends.options import SolveOptions
from evdsl.backends.scip import solve as solve_by_scip
from evdsl.program.keys import Keys
from evdsl.program.linear import Family, Linear, Products
from evdsl.program.mip import Mip, Pairs
from small_linears import INF, family, knapsack, linear

WRITERS = {".lp": to_lp, ".mps": to_mps}
formats = pytest.mark.parametrize("suffix", WRITERS)
SENSES = {1: highspy.ObjSense.kMinimize, -1: highspy.ObjSense.kMaximize}


def every_kind(sense: int = -1) -> Linear:
    """Each kind of row and of limits, numbers that need 17 digits, awkward names."""
    made = linear(
        [
            [1, 2, 1, 0, 0],
            [1, 1, 0, 0.1, 0],
            [1, 0, 1, 0, 0],
            [0, 3, 4, 0, 0],
            [0, 0, 0, 0, 0],
            [1, 0, 0, 0, 0],
        ],
        [-INF, 2, 1 / 3, 7, -INF, -INF],
        [5, INF, 4, 7, 3, INF],
        [0, -2, -INF, -3, 2.5],
        [INF, 5, INF, -1, 2.5],
        [1, 1, 0, 0.1 + 0.2, 0],
        sense=sense,
        constant=3.25,
        integer=[1, 3],
    )
    times = ["2019-12-02T00:00Z", "a b", "Größe"]
    return Linear(
        columns=(family("aev", "c", times), Family("", "e1", Keys(), 3), Family("", "free", Keys(), 4)),
        rows=(family("aev", "soc", range(6)),),
        **{
            part: getattr(made, part)
            for part in (
                "A", "row_lower", "row_upper", "lower", "upper", "integer", "cost", "constant", "sense",
            )
        },
    )  # fmt: skip


def by_highs(text: str, suffix: str, folder) -> highspy.HighsLp:
    return highs_with(text, suffix, folder).getLp()


def highs_with(text: str, suffix: str, folder) -> highspy.Highs:
    path = folder / f"problem{suffix}"
    path.write_text(text)
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    return highs


@formats
@pytest.mark.parametrize("sense", [1, -1])
def test_highs_reads_the_same_problem(suffix, sense, tmp_path):
    problem = every_kind(sense)
    lp = by_highs(WRITERS[suffix](Mip(problem)), suffix, tmp_path)
    names = file_names(problem.columns)
    at = [list(lp.col_names_).index(name) for name in names]
    assert lp.sense_ == SENSES[sense]
    assert lp.offset_ == 3.25
    assert np.array(lp.col_cost_)[at].tolist() == problem.cost.tolist()
    assert np.array(lp.col_lower_)[at].tolist() == problem.lower.tolist()
    assert np.array(lp.col_upper_)[at].tolist() == problem.upper.tolist()
    whole = [lp.integrality_[j] == highspy.HighsVarType.kInteger for j in at]
    assert whole == problem.integer.tolist()
    rows = {name: (low, high) for name, low, high in zip(
        lp.row_names_, lp.row_lower_, lp.row_upper_, strict=True
    )}  # fmt: skip
    expected = {
        "aev.soc(0)": (-INF, 5),
        "aev.soc(1)": (2, INF),
        "aev.soc(2)": (1 / 3, 4),
        "aev.soc(3)": (7, 7),
        "aev.soc(4)": (-INF, 3),
    }
    if suffix == ".lp":
        low, high = expected.pop("aev.soc(2)")
        expected |= {"aev.soc(2).low": (low, INF), "aev.soc(2).high": (-INF, high)}
    assert rows == expected


@formats
def test_scip_reads_the_same_problem_with_its_sets(suffix, tmp_path):
    problem = every_kind()
    sets = np.array([[0, 2], [1, 2]])
    path = tmp_path / f"problem{suffix}"
    path.write_text(WRITERS[suffix](Mip(problem, sets)))
    model = pyscipopt.Model()
    model.hideOutput()
    model.readProblem(str(path))
    variables = {v.name: v for v in model.getVars()}
    for j, name in enumerate(file_names(problem.columns)):
        variable = variables[name]
        assert variable.getObj() == problem.cost[j]
        assert max(variable.getLbOriginal(), -INF) == max(problem.lower[j], -1e20)
        assert variable.getUbOriginal() == min(problem.upper[j], 1e20)
        assert (variable.vtype() != "CONTINUOUS") == problem.integer[j]
    kinds = [c.getConshdlrName() for c in model.getConss()]
    assert kinds.count("SOS1") == 2
    assert model.getObjoffset() == 3.25
    assert model.getObjectiveSense() == "maximize"


@formats
def test_the_optimum_survives(suffix, tmp_path):
    path = tmp_path / f"problem{suffix}"
    path.write_text(WRITERS[suffix](Mip(knapsack())))
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.readModel(str(path))
    highs.run()
    assert highs.getInfo().objective_function_value == pytest.approx(12)


def with_products(sense: int = 1) -> Linear:
    """Convex in the sense, with products in the objective and in rows of one and of two sides."""
    made = linear(
        [[1, 1, 0], [0, 1, 0], [1, 0, 1]],
        [1, -1, -INF],
        [INF, 3, 4],
        [-4, -4, 0],
        [4, 4, INF],
        [0.5, 0, -1],
        sense=sense,
        constant=2.5,
    )
    objective = [(-1, 0, 0, 1.5), (-1, 0, 1, 1), (-1, 1, 1, 0.75), (-1, 2, 2, 0.1)]
    terms = [(r, i, j, sense * coef) for r, i, j, coef in objective]
    terms += [(1, 0, 1, 0.5), (1, 1, 1, 1), (2, 0, 0, 1 / 3), (2, 0, 2, -0.25)]
    row, first, second, coef = (np.array(part) for part in zip(*terms, strict=True))
    cost = sense * made.cost
    return replace(made, cost=cost, products=Products.of(row, first, second, coef))


@formats
@pytest.mark.parametrize("sense", [1, -1])
def test_highs_reads_the_same_squares(suffix, sense, tmp_path):
    problem = with_products(sense)
    rows_gone = replace(problem, products=problem.products.of_objective)
    highs = highs_with(WRITERS[suffix](Mip(rows_gone)), suffix, tmp_path)
    names = file_names(problem.columns)
    at = [list(highs.getLp().col_names_).index(name) for name in names]
    read = highs.getModel().hessian_
    assert read.format_ == highspy.HessianFormat.kTriangular
    lower = np.zeros((3, 3))
    for column in range(3):
        for k in range(read.start_[column], read.start_[column + 1]):
            lower[read.index_[k], column] = read.value_[k]
    whole = lower + np.tril(lower, -1).T
    assert whole[np.ix_(at, at)].tolist() == rows_gone.products.hessian(3).toarray().tolist()


@formats
@pytest.mark.parametrize("sense", [1, -1])
def test_scip_finds_the_optimum_of_a_file_with_products(suffix, sense, tmp_path):
    problem = with_products(sense)
    path = tmp_path / f"problem{suffix}"
    path.write_text(WRITERS[suffix](Mip(problem)))
    model = pyscipopt.Model()
    model.hideOutput()
    model.readProblem(str(path))
    model.setParam("limits/gap", 1e-7)
    model.optimize()
    direct = solve_by_scip(Mip(problem), SolveOptions(gap=1e-7))
    assert model.getObjVal() == pytest.approx(direct.objective, abs=1e-4)
    solution = {v.name: model.getVal(v) for v in model.getVars()}
    x = np.array([solution[name] for name in file_names(problem.columns)])
    assert problem.objective(x) == pytest.approx(direct.objective, abs=1e-4)
    value = problem.activity(x)
    assert (value >= problem.row_lower - 1e-5).all()
    assert (value <= problem.row_upper + 1e-5).all()
    linear_only = solve_by_scip(Mip(replace(problem, products=Products.none())), SolveOptions())
    assert abs(linear_only.objective - direct.objective) > 1e-2


@formats
def test_scip_reads_sets_beside_products(suffix, tmp_path):
    path = tmp_path / f"problem{suffix}"
    path.write_text(WRITERS[suffix](Mip(with_products(), np.array([[0, 2]]))))
    model = pyscipopt.Model()
    model.hideOutput()
    model.readProblem(str(path))
    assert {"SOS1", "nonlinear"} <= {c.getConshdlrName() for c in model.getConss()}


def test_highs_says_what_it_cannot_take(tmp_path):
    for suffix, writer in WRITERS.items():
        path = tmp_path / f"problem{suffix}"
        path.write_text(writer(Mip(with_products())))
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        assert highs.readModel(str(path)) == highspy.HighsStatus.kError


@formats
def test_indicators_are_written(suffix, tmp_path):
    problem = knapsack()
    path = tmp_path / f"problem{suffix}"
    switched = Mip(problem, indicators=np.array([[0, 2], [1, 2]]))
    path.write_text(WRITERS[suffix](switched))
    model = pyscipopt.Model()
    model.hideOutput()
    model.readProblem(str(path))
    assert [c.getConshdlrName() for c in model.getConss()].count("indicator") == 2
    model.optimize()
    assert model.getObjVal() == pytest.approx(11)  # a and b, since each of them forbids c
    assert solve_by_scip(switched, SolveOptions()).objective == pytest.approx(11)


@formats
def test_pairs_are_refused_rather_than_left_out(suffix):
    one = np.array([0])
    pairs = Pairs(one, one, np.array([-1]), np.array([1]), np.array([-1]))
    with pytest.raises(ValueError, match="pairs"):
        WRITERS[suffix](Mip(knapsack(), pairs=pairs))


def test_no_reader_has_to_guess_a_limit():
    """CoinUtils counts a second limit where the first says all as an error, and makes whole numbers
    without one binary; SCIP wants `BV` of the binaries of indicators."""
    problem = linear(
        [], [], [],
        [0, 0, 0, -INF, -INF, 2, 3, -INF],
        [1, INF, INF, INF, 5, INF, 3, -1],
        [0] * 8,
        integer=[0, 1, 7],
    )  # fmt: skip
    text = to_mps(Mip(problem))
    assert text[text.index("BOUNDS") :].splitlines()[1:-1] == [
        " BV BND p.v(0)",
        " LO BND p.v(1) 0",
        " UP BND p.v(1) 1e30",
        " LO BND p.v(2) 0",
        " FR BND p.v(3)",
        " MI BND p.v(4)",
        " UP BND p.v(4) 5",
        " LO BND p.v(5) 2",
        " FX BND p.v(6) 3",
        " MI BND p.v(7)",
        " UP BND p.v(7) -1",
    ]


def test_a_minimum_needs_no_word_that_readers_pass_over():
    assert "OBJSENSE" not in to_mps(Mip(every_kind(1)))
    assert "OBJSENSE\n    MAX\n" in to_mps(Mip(every_kind(-1)))


def test_lp_text():
    assert to_lp(Mip(knapsack(), np.array([[0, 2]]))) == (
        "Maximize\n"
        " objective_: + 4 p.v(0) + 6 p.v(1) + 7 p.v(2) + 1\n"
        "Subject To\n"
        " p.r(0): + 3 p.v(0) + 5 p.v(1) + 7 p.v(2) <= 10\n"
        "Bounds\n"
        " 0 <= p.v(0) <= 1\n"
        " 0 <= p.v(1) <= 1\n"
        " 0 <= p.v(2) <= 1\n"
        "General\n"
        " p.v(0)\n"
        " p.v(1)\n"
        " p.v(2)\n"
        "SOS\n"
        " sos0: S1:: p.v(0):1 p.v(2):2\n"
        "End\n"
    )


def test_names_are_unique_and_readable():
    names = file_names(every_kind().columns)
    assert names == ["aev.c(2019_12_02T00_00Z)", "aev.c(ab)", "aev.c(Gr__e)", "_e1", "_free"]
    twins = file_names((family("p", "v", ["a b", "ab", "a_b", "a-b", "ab_2"]),))
    assert twins[0] == "p.v(ab)"
    assert len(set(twins)) == 5
