"""Expressions over data, sentence by sentence of the language reference, against Python's own."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worlds import Data, codes


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2 + 3 * 4 - 6 / 4", 12.5),
        ("2^3^2", 2.0 ** (3**2)),
        ("-2^2", -4),
        ("(-2)^2", 4),
        ("2^-1", 0.5),
        ("-7 div 2", -7 // 2),
        ("-7 mod 3", -7 % 3),
        ("7.5 div 2", 3),
        ("7 - 4 - 2", 1),
        ("12 / 3 / 2", 2),
        ("1e3 + 2.5e-1", 1000.25),
        ("min(3, 2, 5) + max(1, abs(-4))", 6),
        ("floor(-1.5) + ceil(1.2) + round(2.6)", 3),
        ("sqrt(16) + exp(0) + log(exp(2))", 7),
        ("if 1 < 2 then 3 else 4", 3),
        ("(if false then 3 else 4) + 1", 5),
        ("if 1 < 2 <= 2 then 1 else 0", 1),
        ("if 3 > 2 > 2 then 1 else 0", 0),
        ("if 1 == 1 and not 2 != 2 or 1 / 0 > 1 then 1 else 0", 1),
        ("if false and 1 / 0 > 1 then 1 else 2", 2),
        ("sum{t in T : t > 9}(1 / 0)", 0),
        ("count{t in T : t > 9}", 0),
        ("count{t in T, s in T : s < t}", 6),
        ("sum{t in T, s in T : s < t}(t - s)", 10),
        ("mean{t in T}(t^2)", 3.5),
        ("min{t in T}(abs(t - 1.4))", 0.4),
        ("max{t in T : t < 3}(t)", 2),
        ("sum{t in T}(max{s in T : s <= t}(10 * s))", 60),
        ("sum{t in {s in T : s > 1}}(t)", 5),
        ("sum{i in 1..3}(i)", 6),
        ("500 [kW] / 2", 250),
    ],
)
def test_values(written: str, value: float) -> None:
    assert Data(f"set T = 0..3; param p = {written};").param("p") == pytest.approx(value)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("1 / 0", "E0416"),
        ("1 mod 0", "E0416"),
        ("sqrt(-1)", "E0416"),
        ("mean{t in T : t > 9}(t)", "E0413"),
        ("sum{s in T}(max{t in T : t > s}(t))", "E0413"),
    ],
)
def test_what_has_no_value(written: str, code: str) -> None:
    assert codes(f"set T = 0..3; param p = {written};") == [code]


def test_only_the_taken_side_is_evaluated() -> None:
    data = Data(
        "set T = 0..3; param q[t in T : t > 0] = 1 / t;"
        "param a[t in T] = if t > 0 then q[t] else -1; param b[t in T] = if t == 0 or q[t] > 0.4 then 1 else 0;"
        "param c = count{t in T : t > 0 and q[t] < 0.4};"
        "param d[t in T] = if t == 0 then 5 else if t < 3 then a[prev(t)] else 7;"
    )
    assert data.param("a") == {0: -1, 1: 1, 2: 0.5, 3: pytest.approx(1 / 3)}
    assert data.param("b") == {0: 1, 1: 1, 2: 1, 3: 0}
    assert data.param("c") == 1
    assert data.param("d") == {0: 5, 1: -1, 2: 1, 3: 7}


def test_names_for_expressions_bind_their_own_indices() -> None:
    """The index of a reducer inside an expression is its own, whatever is bound where it is used."""
    data = Data(
        "set T = 0..2; set V = 1..2; expr total[v in V] = sum{t in T}(v * t); expr all = sum{t in T}(t);"
        "param one[t in T : t == 2] = total[1]; param many[t in T] = total[2] + all + t;"
        "expr chain[t in T] = (if t == first(T) then 0 else t) + total[1];"
        "param far[t in T] = chain[next(t) else 0];"
    )
    assert data.param("one") == {2: 3}
    assert data.param("many") == {0: 9, 1: 10, 2: 11}
    assert data.param("far") == {0: 4, 1: 5, 2: 0}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=6), st.integers(-2, 4), st.integers(0, 3))
def test_reducers_equal_plain_loops(values: list[int], level: int, lag: int) -> None:
    n = len(values)
    data = Data(
        f'table g from "g" index t; set T = g.t; param v[T] = g.v; param c = {level};'
        "mapping k[t in T] -> K = abs(v[t]);"
        "param above[t in T] = count{s in T : v[s] > v[t]}; param same[b in K] = sum{t in T : k(t) == b}(v[t]);"
        f"param window[t in T] = sum{{s in T : pos(t) - {lag} <= pos(s) <= pos(t)}}(v[s]);"
        f"param lagged[t in T] = v[prev(t, {lag}) else c];"
        "param most[t in T] = max{s in T : s <= t}(v[s] * (if v[s] > c then 2 else 1));",
        g={"t": range(n), "v": values},
    )
    assert data.param("above") == {t: sum(w > values[t] for w in values) for t in range(n)}
    assert data.param("same") == {
        b: sum(w for w in values if abs(w) == b) for b in map(abs, values)
    }
    assert data.param("window") == {t: sum(values[max(t - lag, 0) : t + 1]) for t in range(n)}
    assert data.param("lagged") == {t: values[t - lag] if t >= lag else level for t in range(n)}
    doubled = [w * (2 if w > level else 1) for w in values]
    assert data.param("most") == {t: max(doubled[: t + 1]) for t in range(n)}


# ---- the calendar --------------------------------------------------------------------------------
@pytest.mark.parametrize("day", ["2020-03-29", "2019-10-27", "2019-12-31"])
def test_the_calendar_over_days_of_23_and_25_hours(day: str) -> None:
    import pandas as pd

    start = pd.Timestamp(day, tz="Europe/Berlin")
    stamps = pd.date_range(
        start - pd.Timedelta(hours=2), start + pd.Timedelta(hours=27), freq="30min"
    )
    utc = [s.strftime("%Y-%m-%dT%H:%M:%SZ") for s in stamps.tz_convert("UTC")]
    data = Data(
        'table p from "p" index time timezone "Europe/Berlin"; set T = p.time;'
        "mapping d[t in T] -> D = date(t); param n[x in D] = sum{t in T : d(t) == x}(step(t));"
        + "".join(f"param {f}s[t in T] = {f}(t);" for f in ("year", "month", "week", "weekday", "hour", "minute")),
        p={"time": utc},
    )  # fmt: skip
    local = list(stamps)
    assert list(data.param("years").values()) == [s.year for s in local]
    assert list(data.param("months").values()) == [s.month for s in local]
    assert list(data.param("weeks").values()) == [s.isocalendar().week for s in local]
    assert list(data.param("weekdays").values()) == [s.weekday() for s in local]
    assert list(data.param("hours").values()) == [s.hour for s in local]
    assert list(data.param("minutes").values()) == [s.minute for s in local]
    assert data.set("D") == list(dict.fromkeys(s.strftime("%Y-%m-%d") for s in local))
    length = {"2020-03-29": 23, "2019-10-27": 25, "2019-12-31": 24}[day]
    assert data.param("n")[day] == length


def test_steps_are_as_long_as_the_stamps_are_apart() -> None:
    stamps = ["2020-01-01T00:00", "2020-01-01T00:15", "2020-01-01T01:00", "2020-01-01T03:00"]
    data = Data(
        'table p from "p" index t; set T = p.t; param h[t in T] = step(t);', p={"t": stamps}
    )
    assert list(data.param("h").values()) == [0.25, 0.75, 2, 2]
    assert codes("set T = 0..3; param h[t in T] = step(t);") == ["E0213"]
    assert not math.isnan(sum(data.param("h").values()))
