"""SOS1 sets: SCIP against enumeration, and the pair of files on which SCIP 10 errs."""

import itertools
import re
from pathlib import Path

import highspy
import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from evdsl.backends import scip
from evdsl.backends.options import SolveOptions
from evdsl.program.linear import Linear
from evdsl.program.mip import Mip
from small_linears import INF, family, linear

FILES = Path(__file__).parents[3] / "shared" / "data" / "scip_sos1"
shared = pytest.mark.skipif(
    not FILES.exists(),
    reason="reads ../shared/data/scip_sos1, an evaluation set kept out of the repository",
)


def complementary(draw: np.random.Generator) -> tuple[Linear, np.ndarray]:
    """Four pairs, three rows; feasible, since one point is put in."""
    n = 8
    pairs = np.arange(n).reshape(4, 2)
    point = draw.integers(0, 4, n).astype(float)
    point[pairs[np.arange(4), draw.integers(0, 2, 4)]] = 0
    matrix = draw.integers(-2, 5, (3, n)).astype(float)
    right = matrix @ point
    cost = draw.integers(0, 6, n).astype(float)
    return linear(
        matrix.tolist(), right.tolist(), (right + 2).tolist(), [0] * n, [INF] * n, cost.tolist()
    ), pairs


def by_enumeration(problem: Linear, pairs: np.ndarray) -> float:
    matrix = problem.A.toarray()
    best = INF
    for zeros in itertools.product((0, 1), repeat=len(pairs)):
        upper = [None] * len(problem.cost)
        for pair, side in zip(pairs, zeros, strict=True):
            upper[pair[side]] = 0
        found = linprog(
            problem.cost,
            np.vstack([matrix, -matrix]),
            np.concatenate([problem.row_upper, -problem.row_lower]),
            bounds=[(0, high) for high in upper],
        )
        best = min(best, found.fun) if found.status == 0 else best
    return best


@pytest.mark.parametrize("seed", range(12))
def test_sos1_against_enumeration(seed):
    problem, pairs = complementary(np.random.default_rng(seed))
    answer = scip.solve(Mip(problem, pairs), SolveOptions(gap=0))
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(by_enumeration(problem, pairs), abs=1e-7)
    assert np.abs(answer.x[pairs]).min(axis=1).max() <= 1e-9


def test_finite_upper_limits_of_members_are_refused():
    problem = linear([[1, 1]], [1], [INF], [0, 0], [INF, 5], [1, 2])
    with pytest.raises(ValueError, match=r"p\.v\[1\] stands in an SOS1 set"):
        scip.solve(Mip(problem, np.array([[0, 1]])), SolveOptions())


@shared
def test_the_published_pair_of_files(tmp_path):
    """The same problem with infinite and with finite limits: SCIP 10 gives 0.5799 and 1.5085."""
    answer = scip.solve(read(FILES / "infinite.lp", tmp_path), SolveOptions(time_limit=60))
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(0.579927806, abs=1e-6)
    with pytest.raises(ValueError, match="finite upper limit"):
        scip.solve(read(FILES / "finite.lp", tmp_path), SolveOptions())


@shared
def test_our_settings_cure_the_wrong_optimum():
    """The cuts that SCIP separates from SOS1 sets are the cause, and they are switched off."""
    import pyscipopt

    model = pyscipopt.Model()
    model.hideOutput(True)
    model.readProblem(str(FILES / "finite.lp"))
    for name, value in scip._settings(SolveOptions(), 0, 0.0).items():
        model.setParam(name, value)
    model.optimize()
    assert model.getObjVal() == pytest.approx(0.579927806, abs=1e-6)


@pytest.mark.parametrize(("limit", "status"), [(INF, "unbounded"), (3.0, "optimal")])
def test_unbounded_is_told_from_infeasible(limit, status):
    problem = linear([[1, 0, -1]], [0], [0], [0, 0, -INF], [INF, INF, limit], [0, 0, -1])
    answer = scip.solve(Mip(problem, np.array([[0, 1]])), SolveOptions())
    assert answer.status == status


@shared
def test_a_start_survives_for_sos1_problems(tmp_path):
    mip = read(FILES / "infinite.lp", tmp_path)
    best = scip.solve(mip, SolveOptions()).x
    stop = {"limits/nodes": 1, "heuristics/completesol/freq": -1}
    again = scip.solve(Mip(mip.linear, mip.sos1, best), SolveOptions(extra=stop))
    assert again.objective == pytest.approx(0.579927806, abs=1e-6)


def read(path: Path, scratch: Path) -> Mip:
    """HiGHS reads everything but the SOS section."""
    head, sets = path.read_text().split("\nSOS\n")
    plain = scratch / path.name
    plain.write_text(head + "\nEnd\n")
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.readModel(str(plain))
    lp = highs.getLp()
    names = list(lp.col_names_)
    at = {name: j for j, name in enumerate(names)}
    pairs = [[at[a], at[b]] for a, b in re.findall(r"S1:: (\w+):1 (\w+):2", sets)]
    matrix = lp.a_matrix_
    return Mip(
        Linear(
            columns=(family("p", "v", names),),
            rows=(family("p", "r", list(lp.row_names_)),),
            A=sparse.csc_array(
                (matrix.value_, matrix.index_, matrix.start_), shape=(lp.num_row_, lp.num_col_)
            ).tocsr(),
            row_lower=np.array(lp.row_lower_),
            row_upper=np.array(lp.row_upper_),
            lower=np.array(lp.col_lower_),
            upper=np.array(lp.col_upper_),
            integer=np.zeros(lp.num_col_, np.bool_),
            cost=np.array(lp.col_cost_),
            constant=lp.offset_,
        ),
        np.array(pairs),
    )
