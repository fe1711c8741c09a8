"""Reading MPS: as HiGHS reads it where it reads it well, and each trap by itself."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evdsl.backends.mibs.from_program import from_program
from evdsl.backends.mibs.instance import Flat
from evdsl.backends.mibs.mps_read import read_mps
from evdsl.backends.mibs.write import mps_of
from evdsl.program.program import Program
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.text import Source
from random_programs_for_files import programs

INF = math.inf
FREE = """\
* a comment
NAME free.example
ROWS
 N cost
 L c1
 G c2
 E c3
 N other
COLUMNS
    MARKER 'MARKER' 'INTORG'
 x cost 1 c1 2
 x c3 1 other 5
 y cost 3 c2 1
    MARKER 'MARKER' 'INTEND'
 z cost 1. c1 -1e+0
 z c2 +1
RHS
 RHS cost -7 c1 4
 RHS c2 1 c3 2
RANGES
 RNG c1 3 c2 2
BOUNDS
 LO BND y 1
 UP BND z 4
ENDATA
"""


def read(text: str) -> Flat:
    return read_mps(Source("x.mps", text))[0]


def warnings(text: str) -> list[Diagnostic]:
    return read_mps(Source("x.mps", text))[1]


def mistakes(text: str) -> list[tuple[str, int | None]]:
    """The codes and lines of what is wrong."""
    with pytest.raises(EvdslError) as caught:
        read(text)
    return [(d.code, d.span.line if d.span else None) for d in caught.value.diagnostics]


def by_highs(text: str, folder: Path) -> highspy.HighsLp:
    path = folder / "x.mps"
    path.write_bytes(text.encode())
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    return highs.getLp()


def assert_as_highs(text: str, folder: Path) -> None:
    ours, theirs = read(text), by_highs(text, folder)
    linear = ours.linear
    assert list(ours.columns) == list(theirs.col_names_)
    assert list(ours.rows) == list(theirs.row_names_)
    assert linear.cost.tolist() == list(theirs.col_cost_)
    assert linear.lower.tolist() == list(theirs.col_lower_)
    assert linear.upper.tolist() == list(theirs.col_upper_)
    assert linear.row_lower.tolist() == list(theirs.row_lower_)
    assert linear.row_upper.tolist() == list(theirs.row_upper_)
    assert linear.constant == theirs.offset_
    assert linear.sense == (1 if theirs.sense_ == highspy.ObjSense.kMinimize else -1)
    whole = [kind == highspy.HighsVarType.kInteger for kind in theirs.integrality_]
    assert linear.integer.tolist() == (whole or [False] * len(ours.columns))
    matrix = theirs.a_matrix_
    dense = np.zeros(linear.shape)
    for j in range(len(ours.columns)):
        part = slice(matrix.start_[j], matrix.start_[j + 1])
        dense[list(matrix.index_)[part], j] = list(matrix.value_)[part]
    assert linear.A.toarray().tolist() == dense.tolist()


def variant(old: str, new: str, text: str = FREE) -> str:
    assert old in text
    return text.replace(old, new, 1)


ALIKE = {
    "free format": FREE,
    "line ends of Windows": FREE.replace("\n", "\r\n"),
    "tabs": FREE.replace(" c", "\tc"),
    "no name": variant("NAME free.example", "NAME"),
    "the word FREE": variant("NAME free.example", "NAME free.example FREE"),
    "OBJSENSE below": variant("ROWS", "OBJSENSE\n    MAX\nROWS"),
    "OBJSENSE behind": variant("ROWS", "OBJSENSE MAX\nROWS"),
    "OBJSENSE in full": variant("ROWS", "OBJSENSE\n  MAXIMIZE\nROWS"),
    "a minimum in words": variant("ROWS", "OBJSENSE\n  MIN\nROWS"),
    "no name of the right sides": FREE.replace(" RHS c", " c"),
    "no name of the limits": FREE.replace(" BND ", " "),
    "an equation with a range": variant(" RNG c1 3", " RNG c3 1.5\n RNG c1 -3"),
    "an equation with a range below": variant(" RNG c1 3", " RNG c3 -1.5\n RNG c1 3"),
    "comments inside": FREE.replace("RHS\n", "RHS\n* x\n\n", 1),
    "whole numbers by limits": variant(" LO BND y 1", " LI BND z -2\n UI BND y 5"),
    "a binary": variant(" LO BND y 1\n UP BND z 4", " BV BND z\n BV BND y 1"),
    "no limit for whole numbers": variant(" LO BND y 1\n", ""),
    "PL": variant(" LO BND y 1", " PL BND y"),
    "MI": variant(" LO BND y 1", " MI BND y\n MI BND z"),
    "FR": variant(" LO BND y 1", " FR BND y"),
    "FX": variant(" LO BND y 1", " FX BND y 3"),
    "an upper limit of 0": variant(" LO BND y 1", " UP BND y 0"),
    "a negative upper limit above a lower one": variant("LO BND y 1", "LO BND y -9\n UP BND y -1"),
    "infinite in numbers": variant(" LO BND y 1", " UP BND y 1e30\n LO BND y -1e30"),
    "infinite in words": variant(" LO BND y 1", " UP BND y inf\n LO BND y -Infinity"),
    "the objective last": variant(" N cost\n L c1\n", " L c1\n N cost\n"),
    "an empty column": variant("RHS\n", " w cost 0\nRHS\n"),
    "without limits": FREE[: FREE.index("BOUNDS")] + "ENDATA\n",
}


@pytest.mark.parametrize("text", ALIKE.values(), ids=ALIKE.keys())
def test_it_reads_what_highs_reads(text: str, tmp_path: Path) -> None:
    assert_as_highs(text, tmp_path)


@settings(max_examples=100, deadline=None)
@given(program=programs())
def test_what_is_written_is_read_as_by_highs(
    program: Program, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert_as_highs(mps_of(from_program(program)), tmp_path_factory.mktemp("mps"))


def test_the_numbers_are_those_of_the_file() -> None:
    flat = read(FREE)
    assert flat.name == "free.example"
    assert (flat.columns, flat.rows) == (("x", "y", "z"), ("c1", "c2", "c3"))
    assert flat.free_rows == ("cost", "other")
    assert flat.linear.A.toarray().tolist() == [[2, 0, -1], [0, 1, 1], [1, 0, 0]]
    assert flat.linear.row_lower.tolist() == [1, 1, 2]
    assert flat.linear.row_upper.tolist() == [4, 3, 2]
    assert flat.linear.lower.tolist() == [0, 1, 0]
    assert flat.linear.upper.tolist() == [1, INF, 4]
    assert flat.linear.constant == 7


def test_a_negative_upper_limit_alone_opens_the_lower_one() -> None:
    """CoinUtils, so MibS: the lower limit is open; HiGHS: it stays 0, and the limits cross."""
    linear = read(variant(" LO BND y 1\n UP BND z 4", " UP BND y -1\n UP BND z -2")).linear
    assert linear.lower.tolist() == [0, -INF, -INF]
    assert linear.upper.tolist() == [1, -1, -2]
    later = read(variant(" LO BND y 1", " UP BND y -1\n LO BND y -5")).linear
    assert (later.lower[1], later.upper[1]) == (-5, -1)


def test_a_name_in_one_section_only_is_the_same_set() -> None:
    text = variant(" RHS cost -7 c1 4", " cost -7 c1 4")
    assert read(text).linear.row_upper.tolist() == [4, 3, 2]
    assert warnings(text) == []


def test_a_second_set_is_said_and_not_read() -> None:
    text = FREE.replace("RANGES", " OTHER c1 99\nRANGES").replace(" UP BND", " UP OTHER")
    assert [(d.code, d.span.line) for d in warnings(text) if d.span] == [
        ("W0638", 20),
        ("W0638", 25),
    ]
    assert read(text).linear.row_upper[0] == 4
    assert read(text).linear.upper[2] == INF


def test_a_maximum_is_said_since_mibs_passes_over_it() -> None:
    text = variant("ROWS", "OBJSENSE MAX\nROWS")
    assert [d.code for d in warnings(text)] == ["W0637"]
    assert warnings(variant("ROWS", "OBJSENSE MIN\nROWS")) == []


def fixed(kind: str, one: str, two: str = "", value: object = "", *more: object) -> str:
    text = f" {kind:<2} {one:<8}  {two:<8}  {value:>12}"
    return (text + (f"   {more[0]:<8}  {more[1]:>12}" if more else "")).rstrip()


FIXED = "\n".join(
    [
        "NAME          fixed",
        "ROWS",
        fixed("N", "my cost"),
        fixed("L", "row 1"),
        fixed("G", "row 2"),
        "COLUMNS",
        fixed("", "x one", "my cost", 1.5, "row 1", 2),
        fixed("", "x one", "row 2", 1),
        "    MARK0001  'MARKER'                 'INTORG'",
        fixed("", "y 2", "my cost", -3, "row 1", 4),
        "    MARK0002  'MARKER'                 'INTEND'",
        "RHS",
        fixed("", "", "row 1", 7, "row 2", 1),
        "BOUNDS",
        fixed("UP", "limit", "x one", 4),
        fixed("UP", "", "y 2", 9),
        "ENDATA",
    ]
)


def test_the_fixed_format_may_have_blanks_in_names() -> None:
    """Blanks are taken out, as CoinUtils does, so that an auxiliary file can hold the names."""
    flat = read(FIXED + "\n")
    assert (flat.columns, flat.rows) == (("xone", "y2"), ("row1", "row2"))
    assert flat.linear.cost.tolist() == [1.5, -3]
    assert flat.linear.A.toarray().tolist() == [[2, 4], [1, 0]]
    assert flat.linear.row_upper.tolist() == [7, INF]
    assert flat.linear.row_lower.tolist() == [-INF, 1]
    assert flat.linear.upper.tolist() == [4, 9]
    assert flat.linear.integer.tolist() == [False, True]


def test_the_mistakes_of_a_fixed_file_are_those_of_the_better_reading() -> None:
    assert mistakes(FIXED.replace("         1.5", "       1.5.0") + "\n") == [("E0630", 7)]
    assert mistakes(FIXED.replace("limit     x one", "limit     x two") + "\n") == [("E0631", 15)]


def test_all_mistakes_are_found_in_one_run() -> None:
    text = FREE.replace(" z c2 +1", " z c2 one").replace("LO BND y", "LO BND yy")
    assert mistakes(text.replace(" c3 2\n", " c4 2\n")) == [
        ("E0630", 16),
        ("E0631", 19),
        ("E0631", 23),
    ]


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        (" z c2 +1", " z c2 1 c3", "E0630", 16),
        (" z c2 +1", " z c2 nan", "E0630", 16),
        (" z c2 +1", " z c2 inf", "E0630", 16),
        (" z c2 +1", " z c2 1e999", "E0630", 16),
        (" RHS cost -7", " RHS cost -inf", "E0630", 18),
        (" z c2 +1", " z c2 1\n z c2 5", "E0631", 17),
        (" z c2 +1", " z c2 1\n x c2 5", "E0631", 17),
        (" RHS c2 1", " RHS c2 1 c2 1", "E0630", 19),
        (" G c2", " G c1", "E0631", 6),
        (" UP BND z 4", " UP BND z -4\n LO BND z 2", "E0630", 25),
        (" UP BND z 4", " LO BND z 1e30", "E0630", 24),
        (" RHS c2 1", " RHS c2 1e30", "E0630", 19),
        (" UP BND z 4", " SC BND z 4", "E0632", 24),
        ("ENDATA\n", "SOS\n S1 a\n x 1\n z 2\nENDATA\n", "E0632", 25),
        ("ENDATA\n", "QUADOBJ\n x x 1\nENDATA\n", "E0632", 25),
        ("ENDATA\n", "BOUND\nENDATA\n", "E0630", 25),
        ("ENDATA\n", "", "E0630", None),
        ("* a comment", " x cost 1", "E0630", 1),
    ],
)
def test_a_mistake_has_its_line(old: str, new: str, code: str, line: int | None) -> None:
    found = mistakes(variant(old, new))
    assert found[0] == (code, line)


def test_what_is_no_mps_file_is_said_once() -> None:
    assert mistakes("") == [("E0630", None)]
    assert mistakes("Minimize\n obj: x\nSubject To\n c: x >= 1\nEnd\n") == [("E0630", None)]


def test_a_flood_of_mistakes_ends() -> None:
    lines = "".join(f" x{i} cost one\n" for i in range(1000))
    assert len(mistakes(variant("RHS\n", lines + "RHS\n"))) == 50


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, FREE.count("\n") - 1),
            st.sampled_from(["drop", "twice", "cut", "blank", "word", "join"]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_the_file_holds_there_is_an_answer_or_a_message(
    changes: list[tuple[int, str]],
) -> None:
    lines = FREE.splitlines()
    for at, what in changes:
        line = lines[at % len(lines)]
        lines[at % len(lines)] = {
            "drop": "",
            "twice": f"{line}\n{line}",
            "cut": line[: len(line) // 2],
            "blank": f" {line}",
            "word": line.replace(" ", " q ", 2),
            "join": line.replace(" ", "", 2),
        }[what]
    with contextlib.suppress(EvdslError):
        read("\n".join(lines) + "\n")
