"""Tables of every kind of cell that pandas has, and files that are not quite tables."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evdsl
from evdsl.source.diagnostic import EvdslError

MODEL = """
table cells from "cells.csv" index key;
set K = cells.key;
param p[K] = cells.p;
leader top { var x[k in K] in [p[k], 10]; minimize goal = sum{k in K}(x[k]); }
"""
DAYS = pd.date_range("2025-01-01", periods=2, tz="UTC")


def solved(cells: pd.DataFrame) -> pd.Series:
    values = evdsl.loads(MODEL).solve(data={"cells": cells}).value("top.x")
    assert isinstance(values, pd.Series)
    return values


@pytest.mark.parametrize(
    ("key", "labels"),
    [
        (pd.Categorical(["b", "a"]), ["b", "a"]),
        (pd.Categorical([2, 1]), [2, 1]),
        (pd.Categorical(DAYS), list(DAYS)),
        (pd.array([2, 1], "Int64"), [2, 1]),
        (pd.array(["b", "a"], "string"), ["b", "a"]),
        (pd.arrays.SparseArray([2, 1]), [2, 1]),
        (pd.period_range("2025-01-01", periods=2, freq="h"), None),
        (np.array([2**64 - 1, 1], "uint64"), ["18446744073709551615", "1"]),
        ([10**30, 1], [str(10**30), "1"]),
    ],
)
def test_keys_of_every_kind(key: object, labels: list[object] | None) -> None:
    values = solved(pd.DataFrame({"key": key, "p": [1.0, 2.0]}))
    assert values.tolist() == [1.0, 2.0]
    assert labels is None or values.index.tolist() == labels


@pytest.mark.parametrize(
    "numbers",
    [
        pd.Categorical([1.5, 2.0]),
        pd.array([1.5, 2.0], "Float64"),
        pd.arrays.SparseArray([1.5, 2.0]),
        np.array([1.5, 2.0], "float32"),
    ],
)
def test_numbers_of_every_kind(numbers: object) -> None:
    assert solved(pd.DataFrame({"key": ["a", "b"], "p": numbers})).tolist() == [1.5, 2.0]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (pd.DataFrame({"key": pd.Categorical(["a", None]), "p": [1.0, 2.0]}), "E0414"),
        (pd.DataFrame({"key": pd.array([1, None], "Int64"), "p": [1.0, 2.0]}), "E0414"),
        (pd.DataFrame({"key": [1, 2], "p": pd.array([1.0, None], "Float64")}), "E0404"),
        (pd.DataFrame([[1, 2.0, 3.0]], columns=["key", "p", "p"]), "E0414"),
        (pd.DataFrame({"key": [1]}, index=pd.Index([2], name="key")), "E0414"),
    ],
)
def test_what_is_missing_or_twofold_is_refused(cells: pd.DataFrame, code: str) -> None:
    with pytest.raises(EvdslError) as refused:
        solved(cells)
    assert refused.value.diagnostics[0].code == code


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("key,p\n1,2,3\n4,5,6\n", "line 2 has 3 columns instead of 2"),
        ("key,p\n1,2,\n4,5,\n", "line 2 has 3 columns instead of 2"),
        ("key,p,p\n1,2,3\n", "it has the column `p` 2 times"),
    ],
)
def test_cells_are_not_read_under_another_name(text: str, said: str, tmp_path: Path) -> None:
    """Pandas would take the first column for row labels, and call a second `p` another name."""
    (tmp_path / "cells.csv").write_text(text)
    with pytest.raises(EvdslError) as refused:
        evdsl.loads(MODEL, tmp_path).solve()
    assert refused.value.diagnostics[0].message.endswith(said)


def test_a_number_is_no_element_of_a_set_of_times(tmp_path):
    (tmp_path / "p.csv").write_text("time,price\n2025-01-13T00:00Z,1\n2025-01-13T01:00Z,2\n")
    (tmp_path / "m.evm").write_text(
        'table prices from "p.csv" index time timezone "UTC";\n'
        "set T = prices.time;\n"
        "leader up { var x[t in T] in [0, 1]; minimize F = x[1]; }\n"
    )
    with pytest.raises(EvdslError) as raised:
        evdsl.load(tmp_path / "m.evm").ground()
    assert [d.code for d in raised.value.diagnostics] == ["E0411"]
