"""Tables: what is read, and what is refused with the file and the line."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evdsl.data.cells import Cells
from evdsl.data.times import are_stamps
from evdsl.program.ground import ground
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.text import Source
from evdsl.syntax import parse

LEADER = "leader top { var x in [0, 1]; minimize goal = x; }"


def load(folder: Path, text: str, tables: dict[str, object] | None = None) -> list[Diagnostic]:
    """The messages of grounding a model in a folder: warnings, or the errors that ended it."""
    model, problems = parse(Source("model.evm", text + LEADER))
    assert not problems, problems
    try:
        return list(ground(model, folder, tables).warnings)
    except EvdslError as error:
        return list(error.diagnostics)


def one(folder: Path, text: str) -> Diagnostic:
    found = load(folder, text)
    assert len(found) == 1, found
    return found[0]


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    (tmp_path / "fleet.csv").write_text(
        "vehicle,hour,power,note\ncar1,0,3.5,a\ncar1,1,,b\ncar2,0,7,c\ncar2,1,abc,d\n"
    )
    return tmp_path


TABLE = (
    'table fleet from "fleet.csv" index vehicle, hour; set V = fleet.vehicle; set H = fleet.hour;'
)


def test_missing_file_names_the_near_one(fleet: Path) -> None:
    found = load(fleet, TABLE.replace("fleet.csv", "flet.csv"))[0]
    assert (found.code, found.help) == ("E0401", "did you mean `fleet.csv`?")


def test_missing_column_names_the_near_one(fleet: Path) -> None:
    found = one(fleet, TABLE + "param p[V, H] = fleet.powr;")
    assert (found.code, found.help) == ("E0402", "did you mean `power`?")


def test_text_in_a_numeric_column_names_its_line(fleet: Path) -> None:
    found = one(fleet, TABLE + "param p[V, H] default 0 = fleet.power;")
    assert found.code == "E0405"
    assert found.data is not None
    assert (found.data.file, found.data.line) == ("fleet.csv", 5)
    assert "`abc`" in found.message


def test_an_empty_cell_without_default_names_key_and_line(fleet: Path) -> None:
    (fleet / "fleet.csv").write_text("vehicle,hour,power\ncar1,0,3.5\ncar1,1,\ncar2,0,7\n")
    found = one(fleet, TABLE + "param p[V, H] = fleet.power;")
    assert found.code == "E0404"
    assert "2 of 4 keys" in found.message
    assert "V = car1, H = 1" in found.message
    assert found.data is not None
    assert found.data.line == 3
    assert load(fleet, TABLE + "param p[V, H] default 0 = fleet.power;") == []


def test_the_same_key_twice_names_both_lines(fleet: Path) -> None:
    (fleet / "fleet.csv").write_text("vehicle,hour,power\ncar1,0,3\ncar2,0,4\ncar1,0,5\n")
    found = one(fleet, TABLE)
    assert found.code == "E0403"
    assert found.data is not None
    assert found.data.line == 4
    assert "2 and 4" in found.notes[0]


def test_values_out_of_their_range_name_key_and_line(fleet: Path) -> None:
    (fleet / "fleet.csv").write_text("vehicle,hour,power\ncar1,0,3\ncar1,1,-4\n")
    found = one(fleet, TABLE + "param p[V, H] in [0, inf] = fleet.power;")
    assert found.code == "E0406"
    assert "-4" in found.message
    assert found.data is not None
    assert found.data.line == 3


def test_rows_outside_the_sets_are_counted_once(fleet: Path) -> None:
    (fleet / "fleet.csv").write_text("vehicle,hour,power\ncar1,0,3\ncar1,1,4\ncar1,2,4\n")
    text = TABLE.replace("set H = fleet.hour", "set H = {h in fleet.hour : h < 2}")
    found = one(fleet, text + "param p[V, H] = fleet.power; param q[V, H] = fleet.power;")
    assert (found.code, found.severity) == ("W0401", "warning")
    assert found.message.startswith("1 of 3 rows")


def test_all_problems_of_the_data_come_in_one_run(fleet: Path) -> None:
    text = TABLE + (
        "param a[V, H] = fleet.power; param b[V, H] = fleet.nothing; param c; check: 1 > 2;"
        "param d[v in V] = c; mapping m[v in V] -> W = b[v, first(H)];"
    )
    assert [d.code for d in load(fleet, text)] == ["E0405", "E0402", "E0409", "E0407"]


def test_separator_decimal_comma_and_gzip(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "p.csv.gz", "wt", encoding="utf-8") as file:
        file.write("\ufeffhour;charge max\n0;1,5\n1;2,25\n")
    text = (
        'table p from "p.csv.gz" index hour sep ";" decimal ","; set H = p.hour;'
        'param c[H] = p["charge max"]; check: c[0] == 1.5 and c[1] == 2.25;'
    )
    assert load(tmp_path, text) == []


def test_keys_are_numbers_only_if_every_cell_is_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n7\n10\n")
    (tmp_path / "b.csv").write_text("id\n07\n10\n")
    text = 'table a from "a.csv" index id; set A = a.id; check[i in A : i == 7]: i + 3 == last(A);'
    assert load(tmp_path, text) == []
    found = load(tmp_path, text.replace("a.csv", "b.csv"))
    assert [d.code for d in found] == ["E0423"]


def test_frames_take_the_place_of_files(tmp_path: Path) -> None:
    text = TABLE + "param p[V, H] = fleet.power; check: sum{v in V, h in H}(p[v, h]) == 6;"
    frame = pd.DataFrame({"vehicle": ["a", "a"], "hour": [0, 1], "power": [2.0, 4.0]})
    assert load(tmp_path, text, {"fleet": frame}) == []
    assert load(tmp_path, text, {"fleet": frame.set_index(["vehicle", "hour"])}) == []
    assert [d.code for d in load(tmp_path, text, {"flet": frame})] == ["E0408"]


def test_time_stamps_match_as_points_in_time(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("time,x\n2019-12-02T00:00Z,1\n2019-12-02 02:00+01:00,2\n")
    (tmp_path / "b.csv").write_text("time,y\n2019-12-02T01:00:00Z,20\n2019-12-02T01:00+01:00,10\n")
    text = (
        'table a from "a.csv" index time; table b from "b.csv" index time; set T = a.time;'
        "param x[T] = a.x; param y[T] = b.y; check[t in T]: y[t] == 10 * x[t];"
        'check: y["2019-12-02T00:00Z"] == 10; check[t in T]: step(t) == 1;'
    )
    assert load(tmp_path, text) == []


@pytest.mark.parametrize(
    ("day", "hours"), [("2020-03-29", 23), ("2019-10-27", 25), ("2019-12-02", 24)]
)
def test_days_have_as_many_hours_as_the_clock_says(tmp_path: Path, day: str, hours: int) -> None:
    start = pd.Timestamp(day, tz="Europe/Berlin") - pd.Timedelta(hours=30)
    stamps = pd.date_range(start.tz_convert("UTC"), periods=96, freq="h")
    pd.DataFrame({"time": stamps.strftime("%Y-%m-%dT%H:%M:%SZ"), "x": 0}).to_csv(tmp_path / "p.csv")
    text = (
        'table p from "p.csv" index time timezone "Europe/Berlin"; set T = p.time;'
        "mapping d[t in T] -> D = date(t);"
        f'check: count{{t in T : d(t) == "{day}"}} == {hours};'
        f'check: count{{t in T : t >= "{day}" and d(t) == "{day}"}} == {hours};'
    )
    assert load(tmp_path, text) == []


def test_the_calendar_is_that_of_the_table(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("time,x\n2019-12-31T23:30Z,0\n2020-06-07T21:59Z,0\n")
    text = (
        'table p from "p.csv" index time timezone "Europe/Berlin"; set T = p.time;'
        "check: year(first(T)) == 2020 and month(first(T)) == 1 and week(first(T)) == 1"
        " and weekday(first(T)) == 2 and hour(first(T)) == 0 and minute(first(T)) == 30;"
        "check: weekday(last(T)) == 6 and hour(last(T)) == 23 and week(last(T)) == 23;"
    )
    assert load(tmp_path, text) == []


@pytest.mark.parametrize(
    ("cells", "zone"),
    [
        ("2019-10-27T02:30", "Europe/Berlin"),  # twice that night
        ("2020-03-29T02:30", "Europe/Berlin"),  # left out that night
        ("2019-12-02T00:00Z\n2019-12-02T01:00", "Europe/Berlin"),
        ("2019-12-02T00:00Z", "Berlin"),
    ],
)
def test_stamps_that_cannot_be_placed(tmp_path: Path, cells: str, zone: str) -> None:
    (tmp_path / "p.csv").write_text(f"time\n{cells}\n")
    text = f'table p from "p.csv" index time timezone "{zone}"; set T = p.time;'
    assert {d.code for d in load(tmp_path, text)} == {"E0421"}


def test_ragged_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("a,b\n1,2\n1,2,3\n")
    assert one(tmp_path, 'table p from "p.csv" index a;').code == "E0414"


def test_an_index_that_fits_no_column(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("hour,x\n0,1\n1,2\n")
    (tmp_path / "q.csv").write_text("id\n0\n1\n")
    head = 'table p from "p.csv" index hour; table q from "q.csv" index id;'
    assert load(tmp_path, head + "set I = 0..1; param x[I] = p.x;") == []
    found = one(tmp_path, head + "set I = q.id; param x[I] = p.x;")
    assert found.code == "E0224"
    assert load(tmp_path, head + "set I = q.id; param x[i in I] = p.x[i];") == []


def test_a_bad_cell_is_named_wherever_a_number_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("hour,x\n0,1\n1,n/a\n")
    text = 'table p from "p.csv" index hour; set H = p.hour; param x[h in H] = 2 * p.x[h];'
    found = one(tmp_path, text)
    assert found.code == "E0405"
    assert "`n/a`" in found.message
    assert found.data is not None
    assert found.data.line == 3


def test_frames_need_no_decimal_marks(tmp_path: Path) -> None:
    text = (
        'table p from "p.csv" index hour sep ";" decimal ","; set H = p.hour;'
        "param x[H] = p.x; check: x[0] == 1.5 and x[1] == 0.00002;"
        "check[h in H]: p.x[h] == x[h];"
    )
    frame = pd.DataFrame({"hour": [0, 1], "x": [1.5, 0.00002]})
    assert load(tmp_path, text, {"p": frame}) == []


def test_only_frames_and_files_stand_for_tables(tmp_path: Path) -> None:
    series = pd.Series([1.0, 2.0], name="power")
    assert [d.code for d in load(tmp_path, TABLE, {"fleet": series})] == ["E0414"]


@pytest.mark.parametrize("rows", ["0,1,5\n1,2,6\n", "0,1,\n1,2,\n"])
def test_rows_longer_than_the_header_are_refused(tmp_path: Path, rows: str) -> None:
    (tmp_path / "p.csv").write_text("hour,x\n" + rows)
    assert one(tmp_path, 'table p from "p.csv" index hour;').code == "E0414"


def test_lines_are_those_of_the_file_also_behind_blank_ones(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("hour,x\n0,1\n\n1,2\n,\n2,high\n\n")
    found = one(tmp_path, 'table p from "p.csv" index hour; set H = p.hour; param x[H] = p.x;')
    assert found.code == "E0405"
    assert found.data is not None
    assert found.data.line == 6


CELLS = {
    "mixed": st.one_of(st.floats(), st.integers(), st.sampled_from(["", "x", "01", "nan", None])),
    "float64": st.floats().filter(lambda value: value != 0.0),  # 0.0 and -0.0 are one value
    "int64": st.integers(-(2**63), 2**63 - 1),
}


@given(st.data(), st.sampled_from(list(CELLS)))
def test_a_frame_reads_as_the_file_that_it_would_be(data: st.DataObject, kind: str) -> None:
    """Cells as texts and as numbers, whatever their type is, and which of them are none."""
    cells = data.draw(st.lists(CELLS[kind], min_size=1, max_size=8))
    texts = ["" if cell is None or cell != cell else str(cell) for cell in cells]
    written = Cells(pd.Series(texts, dtype=object))
    held = Cells(pd.Series(cells, dtype=object if kind == "mixed" else kind))
    assert held.texts.tolist() == written.texts.tolist()
    assert held.wrong.tolist() == written.wrong.tolist()
    np.testing.assert_allclose(held.numbers, written.numbers, rtol=1e-15)


@pytest.mark.parametrize("texts", [["2025-01-01T00:00", "Z"], ["2025-01-01\n2025-01-02"], ["x"]])
def test_stamps_are_told_apart_one_by_one(texts: list[str]) -> None:
    assert not are_stamps(texts)
    assert are_stamps(["2025-01-01T00:00 Z", "2025-01-01 00:00+01:00", "2025-01-01"])
