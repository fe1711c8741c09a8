"""The Pyomo model of a single level: its names, its arrays, and the way back."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo
import pytest

from evdsl.backends.pyomo import build, from_pyomo, to_pyomo
from evdsl.backends.pyomo.names import mangled, reserved
from evdsl.program.keys import dense
from evdsl.program.mip import Mip
from evdsl.source.diagnostic import EvdslError
from pyomo_problems import HOURS, INF, linear, motley, program_of
from standard_form import of_mip, of_pyomo


def built_motley():
    mip = motley()
    return mip, build(mip, program_of(mip.linear))


def test_components_read_like_the_model():
    _, built = built_motley()
    m = built.model
    assert m.name == "by_hand"
    assert m.aev.c["2019-12-02T01:00Z"] is built.columns[4]
    assert m.planner.k[3] is built.columns[0]
    assert m.aev.s["car2", 1] is built.columns[7]
    assert m.aev.c_upper["2019-12-02T02:00Z"] is built.rows[3]
    assert list(m.T) == ["2019-12-02T00:00Z", "2019-12-02T01:00Z", "2019-12-02T02:00Z"]
    assert m.aev.c.index_set() is m.T
    assert list(m.aev.s) == [("car1", 1), ("car2", 1), ("car2", 3)]
    assert str(m.aev.c_upper["2019-12-02T00:00Z"].expr) == (
        "-4.0*planner.k[3] + aev.c['2019-12-02T00:00Z']  <=  0.0"
    )


def test_reserved_names_get_an_underscore():
    _, built = built_motley()
    assert built.model.planner.load_ is built.columns[2]
    assert built.model.aev.index_["car1", 1] is built.rows[4]
    assert {"load", "index", "model", "name", "values"} <= reserved()
    assert mangled("load") == "load_"
    assert mangled("lambda") == "lambda_"
    assert mangled("c.upper", {"c_upper"}) == "c_upper_"
    assert mangled("demand") == "demand"


def test_declared_names_win_over_generated_ones():
    level = linear(
        columns=[
            ("aev", "c", dense(())),
            ("aev", "c.upper", dense(())),
            ("aev", "c_upper", dense(())),
        ],
        rows=[],
        A=[],
        row_limits=[],
        limits=[(0, 1)] * 3,
        cost=[1, 1, 1],
    )
    built = build(Mip(level), program_of(level))
    assert built.model.aev.c_upper is built.columns[2]
    assert built.model.aev.c_upper_ is built.columns[1]


def test_domains_and_limits():
    _, built = built_motley()
    m = built.model
    assert m.planner.k[3].domain is pyo.Binary
    assert m.planner.load_.domain is pyo.Integers
    assert m.planner.load_.bounds == (0, 9)
    assert m.aev.s["car1", 1].bounds == (None, 6)
    assert m.aev.s["car2", 1].bounds == (None, None)
    assert m.planner.k[1].is_continuous()


def test_rows_that_say_nothing_are_left_out():
    _, built = built_motley()
    assert built.rows[7] is None
    assert built.rows[8] is None
    assert len(list(built.model.component_data_objects(pyo.Constraint))) == 7
    assert built.rows[5].equality
    assert (built.rows[0].lb, built.rows[0].ub) == (1, 5)


def test_standard_form_equals_our_arrays():
    mip, built = built_motley()
    assert of_pyomo(built.model) == of_mip(mip)


def test_standard_form_sees_each_difference():
    """The comparison is worth nothing if it cannot fail."""
    for change in (
        lambda m: m.planner.budget.set_value((1, m.planner.budget.body, 6)),
        lambda m: m.aev.c["2019-12-02T00:00Z"].setlb(0.5),
        lambda m: m.aev.c_upper["2019-12-02T00:00Z"].deactivate(),
        lambda m: setattr(m.planner.load_, "domain", pyo.Reals),
        lambda m: m.objective.set_value(m.objective.expr + 1),
        lambda m: setattr(m.objective, "sense", pyo.maximize),
    ):
        mip, built = built_motley()
        change(built.model)
        assert of_pyomo(built.model) != of_mip(mip)


def test_pairs_are_indexed_sos1_sets():
    level = linear(
        columns=[("aev", "slack", dense((HOURS,))), ("aev", "soc.dual", dense((HOURS,)))],
        rows=[],
        A=[],
        row_limits=[],
        limits=[(0, INF)] * 6,
        cost=[-1] * 6,
    )
    mip = Mip(level, sos1=np.array([(0, 3), (2, 5)]))
    m = build(mip, program_of(level)).model
    sos = m.aev.soc_dual_pair["2019-12-02T02:00Z"]
    assert sos.level == 1
    assert [v.name for v in sos.variables] == [
        "aev.slack['2019-12-02T02:00Z']",
        "aev.soc_dual['2019-12-02T02:00Z']",
    ]
    assert len(m.aev.soc_dual_pair) == 2
    assert of_pyomo(m) == of_mip(mip)


def test_the_way_back_reads_a_solved_clone():
    mip = motley()
    clone = to_pyomo(mip, program_of(mip.linear)).clone()
    pyo.SolverFactory("appsi_highs").solve(clone)
    x = from_pyomo(clone, mip)
    assert mip.linear.objective(x) == pytest.approx(pyo.value(clone.objective))
    assert x[4] + x[7] == pytest.approx(3)
    assert x[9] == 4  # in no row: the value nearest to 0


def test_a_model_without_values_is_refused():
    mip, built = built_motley()
    with pytest.raises(EvdslError) as raised:
        from_pyomo(built.model, mip)
    (diagnostic,) = raised.value.diagnostics
    assert diagnostic.code == "E0539"
    assert "`planner.k[3]` and 8 more" in diagnostic.message


def test_another_model_is_refused():
    mip = motley()
    other = pyo.ConcreteModel()
    with pytest.raises(EvdslError) as raised:
        from_pyomo(other, mip)
    assert raised.value.diagnostics[0].code == "E0539"
    assert "`planner.k`" in raised.value.diagnostics[0].message
