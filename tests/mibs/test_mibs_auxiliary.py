"""Auxiliary files in both dialects, and the published instances."""

from __future__ import annotations

import numpy as np
import pytest

from evdsl.backends.mibs.instance import Instance
from evdsl.backends.mibs.to_model import to_model
from evdsl.ir.printer import to_text
from evdsl.source.diagnostic import EvdslError
from published_files import (
    GENERAL_AS_PRINTED,
    GENERAL_BY_INDEX,
    GENERAL_BY_NAME,
    GENERAL_MPS,
    KNAPSACK_AUX,
    KNAPSACK_MPS,
    LINDEROTH_AUX,
    LINDEROTH_MPS,
    MOORE_AUX,
    MOORE_MPS,
)
from through_files import best_whole, imported, instance_of

BOTH = pytest.mark.parametrize("auxiliary", [GENERAL_BY_NAME, GENERAL_BY_INDEX])


def mistakes(mps: str, auxiliary: str) -> list[tuple[str, int | None]]:
    with pytest.raises(EvdslError) as caught:
        instance_of(mps, auxiliary)
    return [(d.code, d.span.line if d.span else None) for d in caught.value.diagnostics]


def lower(instance: Instance) -> tuple[list[int], list[int], list[float], int]:
    own = instance.lower
    return own.columns.tolist(), own.rows.tolist(), own.cost.tolist(), own.sense


@BOTH
def test_the_general_example_of_mibs(auxiliary: str) -> None:
    instance = instance_of(GENERAL_MPS, auxiliary)
    assert lower(instance) == ([1], [2, 3], [1], 1)
    objective, point = best_whole(imported(instance).program)
    assert objective == -53
    assert point.tolist() == [6, 5]


@BOTH
def test_with_a_follower_that_may_split_it_is_solved(auxiliary: str) -> None:
    """Its answer is whole by itself; MibS' value holds."""
    split = GENERAL_MPS.replace("    INT1END 'MARKER' 'INTEND'\n", "")
    split = split.replace("    C1   R0 ", "    INT1END 'MARKER' 'INTEND'\n    C1   R0 ")
    model = imported(instance_of(split, auxiliary)).model
    solution = model.solve(solver="scip", gap=1e-6)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(-53)
    assert solution.value("up.C0") == pytest.approx(6)


def test_the_example_as_mibs_prints_it_is_wrong_by_line() -> None:
    assert mistakes(GENERAL_MPS, GENERAL_AS_PRINTED) == [("E0634", 8), ("E0634", 14)]


def test_moore_and_bard() -> None:
    instance = instance_of(MOORE_MPS, MOORE_AUX)
    linear = instance.flat.linear
    assert linear.lower.tolist() == [0, 0, 0]
    assert linear.upper.tolist() == [0, np.inf, np.inf]  # `LI` alone is no binary
    program = imported(instance).program
    program.joint.upper[:] = np.minimum(program.joint.upper, 10)
    program.joint.integer[:] = True
    objective, point = best_whole(program)
    assert objective == -22
    assert point.tolist() == [0, 2, 2]


def test_moore_and_bard_without_whole_numbers() -> None:
    text = MOORE_MPS.replace("LI BND", "LO BND")
    text = "".join(line for line in text.splitlines(True) if "MARKER" not in line)
    solution = imported(instance_of(text, MOORE_AUX)).model.solve(solver="scip", gap=1e-6)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(-18)


def test_linderoth() -> None:
    instance = instance_of(LINDEROTH_MPS, LINDEROTH_AUX)
    assert lower(instance) == ([4, 5], [0, 1, 2], [1, -1], 1)
    linear = instance.flat.linear
    assert linear.integer.all()
    assert linear.upper.tolist() == [1, 1, 1, 1, np.inf, np.inf]
    program = imported(instance).program
    program.joint.upper[:] = np.minimum(program.joint.upper, 12)
    _, point = best_whole(program)
    assert len(point) == 6


def test_interdiction_is_built_as_mibs_builds_it() -> None:
    instance = instance_of(KNAPSACK_MPS, KNAPSACK_AUX)
    flat = instance.flat
    assert flat.columns == ("interdict_y1", "interdict_y2", "interdict_y3", "y1", "y2", "y3")
    assert flat.rows == ("budget", "weight", "interdict_y1", "interdict_y2", "interdict_y3")
    objective, _ = best_whole(imported(instance).program)
    assert objective == 24


def test_a_maximum_of_the_follower() -> None:
    by_index = GENERAL_BY_INDEX.replace("OS 1", "OS -1")
    by_name = GENERAL_BY_NAME.replace("@VARSBEGIN", "@OBJSENSE\nMAX\n@VARSBEGIN")
    for auxiliary in (by_index, by_name):
        instance = instance_of(GENERAL_MPS, auxiliary)
        assert instance.lower.sense == -1
        assert imported(instance).program.owner_sense.tolist() == [1, -1]


@pytest.mark.parametrize(
    "auxiliary",
    [
        GENERAL_BY_NAME.replace("\n", "\r\n"),
        GENERAL_BY_NAME.replace("CONSTRSBEGIN", "CONSTRBEGIN").replace("NUMCONSTRS", "NUMCONSTR"),
        GENERAL_BY_NAME.replace("CONSTRSBEGIN", "CONSTSBEGIN").replace("CONSTRSEND", "CONSTREND"),
        GENERAL_BY_NAME.replace("@NUMVARS\n1", "@NUMVARS 1"),
        GENERAL_BY_NAME.lower().replace("c1", "C1").replace("r2", "R2").replace("r3", "R3"),
        GENERAL_BY_NAME[: GENERAL_BY_NAME.index("@NAME")],
        "# a comment\n\n" + GENERAL_BY_NAME,
        GENERAL_BY_INDEX.replace(" ", "\t"),
        GENERAL_BY_INDEX.replace("\n", " "),
        GENERAL_BY_INDEX.replace("LC 1", "LC C1").replace("LR 2", "LR R2"),
        GENERAL_BY_INDEX.replace("LO 1\nOS 1", "OS 1.0\nLO 1e0"),
        "* a comment\n" + GENERAL_BY_INDEX,
    ],
)
def test_spellings_in_use(auxiliary: str) -> None:
    """MibS' table and files spell the keywords in several ways, and allow names by index."""
    assert lower(instance_of(GENERAL_MPS, auxiliary)) == ([1], [2, 3], [1], 1)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("@VARSBEGIN", "@VARBEGIN", [("E0633", 5)]),
        ("C1 1.", "c1 1.", [("E0634", 6)]),
        ("C1 1.", "C1", [("E0633", 6)]),
        ("C1 1.", "C1 one", [("E0633", 6)]),
        ("R3", "R3 R2", [("E0633", 10)]),
        ("R3", "R2", [("E0634", 10)]),
        ("R3", "R4", [("E0634", 10)]),
        ("@NUMVARS\n1\n", "", [("E0636", None)]),
        ("@NUMVARS\n1", "@NUMVARS\n2", [("E0635", 2)]),
        ("@NUMVARS\n1", "@NUMVARS\n-1", [("E0633", 2)]),
        ("@VARSEND\n", "", [("E0636", None)]),
        ("@CONSTRSBEGIN\nR2\nR3\n@CONSTRSEND\n", "", [("E0636", None)]),
        ("@NAME", "what\n@NAME", [("E0633", 12)]),
    ],
)
def test_a_mistake_by_name(old: str, new: str, found: list[tuple[str, int | None]]) -> None:
    assert old in GENERAL_BY_NAME
    assert sorted(mistakes(GENERAL_MPS, GENERAL_BY_NAME.replace(old, new, 1))) == found


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("LC 1", "LC 2", [("E0634", 3)]),
        ("LC 1", "LC -1", [("E0634", 3)]),
        ("LR 3", "LR 4", [("E0634", 5)]),
        ("LR 3", "LR R4", [("E0634", 5)]),
        ("LR 3", "LR 2", [("E0634", 5)]),
        ("LO 1\n", "", [("E0636", None)]),
        ("OS 1\n", "", [("E0636", None)]),
        ("OS 1", "OS 2", [("E0633", 7)]),
        ("M 2", "M 3", [("E0635", 2)]),
        ("N 1", "N 1 1", [("E0633", 1)]),
        ("LO 1", "LO 1\nLO 2", [("E0635", None)]),
        ("LO 1", "L0 1", [("E0633", 6), ("E0636", None)]),
        ("N 1\n", "", [("E0636", None)]),
    ],
)
def test_a_mistake_by_index(old: str, new: str, found: list[tuple[str, int | None]]) -> None:
    assert old in GENERAL_BY_INDEX
    assert mistakes(GENERAL_MPS, GENERAL_BY_INDEX.replace(old, new, 1)) == found


def test_an_empty_file_lists_nothing() -> None:
    assert {code for code, _ in mistakes(GENERAL_MPS, "")} == {"E0636"}


AWKWARD_MPS = """\
NAME awkward
ROWS
 N sum
 L x
 L 1st
 G set
 L a-b
 L a.b
 L nothing
 G never
COLUMNS
 x sum 1 x 1
 x 1st 2 set 3
 x(1,2) sum -1 x 1
 x(1,2) a-b 1 a.b 2
 x[1] set 1
 x_1 set 1
 low sum 0.5 x -1
 up a-b -1
 objective 1st 1
RHS
 RHS sum -4 x 4
 RHS nothing 1 never 2
RANGES
 RNG x 2
BOUNDS
 FR BND x[1]
 FX BND up 3
ENDATA
"""
AWKWARD_AUX = "N 2\nM 3\nLC low\nLC objective\nLR x\nLR never\nLR 1st\nLO 2.5\nLO -1\nOS -1\n"


def test_names_stay_or_are_mangled_and_kept_as_notes() -> None:
    text = to_text(to_model(instance_of(AWKWARD_MPS, AWKWARD_AUX), "awkward-1", "a title"))
    assert (
        text
        == """\
model awkward_1 "a title";

leader up_2 {
  var x in [0, inf];
  var x_1_2 in [0, inf] "x(1,2)";
  var x_1_3 free "x[1]";
  var x_1 in [0, inf];
  var up in [3, 3];
  minimize sum_ = x - x_1_2 + 0.5 * low_2.low + 4 "sum";
  constraint set_: 3 * x + x_1_3 + x_1 >= 0 "set";
  constraint a_b: x_1_2 - up <= 0 "a-b";
  constraint a_b_2: 2 * x_1_2 <= 0 "a.b";
}

follower low_2 {
  var low in [0, inf];
  var objective_ in [0, inf] "objective";
  maximize 2.5 * low - objective_;
  constraint x_2: 2 <= x + x_1_2 - low <= 4 "x";
  constraint _1st: 2 * x + objective_ <= 0 "1st";
  constraint never: 0 * low >= 2;
}
"""
    )
    imported(instance_of(AWKWARD_MPS, AWKWARD_AUX))


def test_a_long_sum_is_not_too_deep() -> None:
    n = 2000
    columns = "".join(f" x{j} cost {j + 1} all 1\n" for j in range(n))
    mps = f"NAME long\nROWS\n N cost\n G all\nCOLUMNS\n{columns}RHS\n RHS all 7\nENDATA\n"
    program = imported(instance_of(mps, "N 1\nM 0\nLC 0\nLO 1\nOS 1\n")).program
    assert sorted(program.joint.cost.tolist()) == list(range(1, n + 1))
    assert program.joint.A.sum() == n
