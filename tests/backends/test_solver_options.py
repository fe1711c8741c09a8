"""Options: the solvers' own by name and type, and ours."""

import pytest

from evdsl.backends import highs, scip
from evdsl.backends.options import SolveOptions
from evdsl.source.diagnostic import EvdslError


def refused(check, extra):
    with pytest.raises(EvdslError) as caught:
        check(extra)
    return [(d.code, d.message, d.help) for d in caught.value.diagnostics]


def test_types_come_from_the_solver():
    assert highs.check_options(
        {"presolve": "off", "mip_rel_gap": "0.1", "timeless_log": "true", "mip_max_nodes": "7"}
    ) == {"presolve": "off", "mip_rel_gap": 0.1, "timeless_log": True, "mip_max_nodes": 7}
    assert scip.check_options(
        {"limits/gap": "0.1", "nodeselection/childsel": "d", "limits/nodes": "9223372036854775807"}
    ) == {"limits/gap": 0.1, "nodeselection/childsel": "d", "limits/nodes": 2**63 - 1}


def test_unknown_names_are_refused_with_the_nearest():
    assert refused(highs.check_options, {"presolv": "off", "qqq": 1}) == [
        ("E0650", "HiGHS has no option `presolv`", "did you mean `presolve`?"),
        ("E0650", "HiGHS has no option `qqq`", None),
    ]
    assert refused(scip.check_options, {"limits/tim": 1, "feastol": 1e-8}) == [
        ("E0650", "SCIP has no option `limits/tim`", "did you mean `limits/time`?"),
        ("E0650", "SCIP has no option `feastol`", "did you mean `numerics/feastol`?"),
    ]


def test_wrong_types_and_values_are_refused(capfd):
    assert refused(highs.check_options, {"threads": 1.5, "mip_rel_gap": "x"}) == [
        ("E0651", "`threads` of HiGHS wants a whole number, not `1.5`", "its default is `0`"),
        ("E0651", "`mip_rel_gap` of HiGHS wants a number, not `x`", "its default is `0.0001`"),
    ]
    assert refused(highs.check_options, {"mip_rel_gap": -1, "presolve": "blub"}) == [
        ("E0651", "HiGHS does not take `-1.0` for its option `mip_rel_gap`", None),
        ("E0651", "HiGHS does not take `blub` for its option `presolve`", None),
    ]
    assert refused(scip.check_options, {"limits/gap": -1, "nodeselection/childsel": "q"}) == [
        ("E0651", "SCIP does not take `-1.0` for its option `limits/gap`", None),
        ("E0651", "SCIP does not take `q` for its option `nodeselection/childsel`", None),
    ]
    assert refused(highs.check_options, {"timeless_log": "maybe"})[0][0] == "E0651"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"time_limit": -1.5}, "the time limit is -1.5, but it must be 0 or more"),
        ({"time_limit": float("nan")}, "the time limit is nan, but it must be 0 or more"),
        ({"gap": -1e-4}, "the gap is -0.0001, but it must be 0 or more"),
        ({"gap": float("inf")}, "the gap is inf, but it must be finite"),
        ({"threads": 0}, "the number of threads is 0, but it must be 1 or more"),
        ({"seed": -1}, "the seed is -1, but it must be between 0 and 2147483647"),
    ],
)
def test_limits_that_make_no_sense(wrong, message):
    with pytest.raises(EvdslError) as caught:
        SolveOptions(**wrong)
    assert [(d.code, d.message) for d in caught.value.diagnostics] == [("E0652", message)]
