"""Tables, parameters and checks, sentence by sentence of the language reference."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd
import pytest

from worlds import Data, codes, problems


def test_parameters_from_everything_that_holds_data() -> None:
    data = Data(
        'table f from "f" index v, t; set V = f.v; set T = f.t; set K = {"low", "high"};'
        "param a[V, T] = f.x; param b[v in V] = f.x[v, first(T)]; param c[t in T] = sum{v in V}(a[v, t]);"
        'param d[K] = {"high": 0.7, "low": 2 * 3}; param e : kW in [0, 10] = 4; param g = e + a["q", 1];'
        'param h[v in V] = f["x y"][v, last(T)];',
        f={"v": ["p", "p", "q", "q"], "t": [1, 2, 2, 1], "x": [1.0, 2, 3, 4], "x y": [5, 6, 7, 8]},
    )
    assert data.param("a") == {("p", 1): 1, ("p", 2): 2, ("q", 1): 4, ("q", 2): 3}
    assert data.param("b") == {"p": 1, "q": 4}
    assert data.param("c") == {1: 5, 2: 5}
    assert data.param("d") == {"low": 6, "high": 0.7}
    assert data.param("g") == 8
    assert data.param("h") == {"p": 6, "q": 7}


def test_defaults_fill_missing_rows_and_empty_cells() -> None:
    head = 'table f from "f" index v, t; set V = f.v; set T = 1..2;'
    frame = {"v": ["p", "q"], "t": [1, 2], "x": [None, 3.0]}
    data = Data(head + "param a[V, T] default 9 = f.x; param b[v in V, t in T] default t = f.x[v, t];",
                f=frame)  # fmt: skip
    assert data.param("a") == {("p", 1): 9, ("p", 2): 9, ("q", 1): 9, ("q", 2): 3}
    assert data.param("b") == {("p", 1): 1, ("p", 2): 2, ("q", 1): 1, ("q", 2): 3}
    [found] = problems(head + "param a[V, T] = f.x;", f=frame)
    assert found.code == "E0404"
    assert "3 of 4 keys" in found.message


def test_ranges_are_verified_also_where_they_depend_on_the_index() -> None:
    text = "set T = 0..3; param most[t in T] = t; param p[t in T] in [0, most[t]] = {};"
    assert codes(text.format("t / 2")) == []
    [found] = problems(text.format("2 - t"))
    assert (found.code, "at t = 0, outside [0, 0]" in found.message) == ("E0406", True)
    assert codes("param p in [0, 1] = 2;") == ["E0406"]


def test_scalars_from_outside() -> None:
    data = Data("param n in [1, 9] = 3; param m; param k = n + m;", {"m": 4, "n": 5})
    assert data.param("k") == 9
    assert codes("param m; param k = m;") == ["E0409"]


def test_maps_must_be_complete_and_know_their_keys() -> None:
    text = 'set K = {"a", "b"}; param p[K] = '
    assert codes(text + '{"a": 1};') == ["E0225"]
    assert codes(text + '{"a": 1, "b": 2, "c": 3};') == ["E0225"]
    assert Data(text.replace("[K]", "[K] default 5") + '{"a": 1};').param("p") == {"a": 1, "b": 5}


def test_comma_files_with_points_in_them(tmp_path: Path) -> None:
    text = 'table p from "p.csv" index k sep ";" decimal ","; set K = p.k; param x[K] = p.x;'
    (tmp_path / "p.csv").write_text("k;x\na;1,5\nb;2\n")
    assert Data(text, base=tmp_path).param("x") == {"a": 1.5, "b": 2}
    (tmp_path / "p.csv").write_text("k;x\na;1,5\nb;1.500\n")
    [found] = problems(text, tmp_path)
    assert found.code == "E0405"
    assert found.data is not None
    assert found.data.line == 3


def test_parquet(tmp_path: Path) -> None:
    text = 'table p from "p.parquet" index k; set K = p.k; param x[K] = p.x;'
    frame = pd.DataFrame({"k": ["a", "b"], "x": [1.5, 2.0]})
    if importlib.util.find_spec("pyarrow") is None:
        (tmp_path / "p.parquet").write_bytes(b"PAR1")
        found = problems(text, tmp_path)[0]
        assert found.code == "E0414"
        assert "pip install pyarrow" in found.message
    else:
        frame.to_parquet(tmp_path / "p.parquet")
        assert Data(text, base=tmp_path).param("x") == {"a": 1.5, "b": 2.0}


def test_keys_of_two_kinds_do_not_meet() -> None:
    text = 'table a from "a" index time; table b from "b" index time; set T = a.time; param x[T] = b.x;'
    for keys in (["1", "2"], ["2020-01-01T00:00Z"] * 1, ["x"]):
        b = {"time": keys, "x": range(len(keys))}
        assert codes(text, a={"time": ["2020-01-01T00:00"]}, b=b) == ["E0411"]


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ('c.kind[v] == "suv"', []),
        ("c.kind[v] == 3", ["E0423"]),
        ("c.kind[v] < 3", ["E0423"]),
        ('c.kind[v] < "x"', ["E0423"]),
        ('c.size[v] == "suv"', ["E0423"]),
        ("c.size[v] >= 3", []),
        ('v == "a"', []),
        ("v == 3", ["E0423"]),
        ("since(v) < 3", ["E0423"]),
        ('since(v) < "2020"', ["E0421"]),
        ("since(v) < c.since[v]", []),
    ],
)
def test_only_what_is_alike_is_compared(condition: str, code: list[str]) -> None:
    text = (
        'table c from "c" index v; set V = c.v; mapping since[v in V] -> S = c.since;'
        f"param n = count{{v in V : {condition}}}; param m[v in V] = count{{w in V : v == w and {condition}}};"
    )
    c = {
        "v": ["a", "b"],
        "kind": ["suv", "van"],
        "size": [3, 4],
        "since": ["2020-01-01", "2021-01-01"],
    }
    assert codes(text, c=c) == code * 2


def test_checks_name_what_fails() -> None:
    text = 'set T = 0..3; param p[t in T] = t; check[t in T : t > 0]: p[t] < 2 "not too much";'
    [found] = problems(text)
    assert found.code == "E0407"
    assert "at t = 2 (and 1 more): not too much" in found.message
