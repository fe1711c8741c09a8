"""What tells one problem from another: a digest changes where an answer may, and only there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evdsl
from evdsl.solve.inputs import Inputs, inputs_of
from evdsl.solve.route import Request

MODEL = """
table prices from "prices.csv" index hour;
set T = prices.hour;
param n = 3;
leader up { var x in [0, n]; minimize f = sum{t in T}(prices.eur[t] * x); }
report twice = 2 * f;
"""
FRAME = pd.DataFrame({"hour": [1, 2], "eur": [3.0, 4.0]})


def inputs(text: str = MODEL, frame: object = FRAME, **params: float) -> Inputs:
    request = Request(data={"prices": frame}, params=params)
    return inputs_of(evdsl.loads(text).ir, Path(), request)


@pytest.mark.parametrize(
    "other",
    [
        inputs(MODEL.replace("\nparam", "\n\n  # a remark\nparam")),
        inputs(MODEL.replace("2 * f", "3 * f")),
        inputs(frame=FRAME.copy()),
    ],
)
def test_the_same_problem(other: Inputs) -> None:
    assert inputs().differ_from(other.to_json()) == []


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (inputs(MODEL.replace("[0, n]", "[1, n]")), "the model has changed"),
        (inputs(n=4), "the parameter `n` was 4, and is not set"),
        (inputs(frame=FRAME.assign(eur=[3.0, 5.0])), "the table `prices` has changed"),
        (inputs(frame=FRAME.rename(columns={"eur": "usd"})), "the table `prices` has changed"),
        (inputs(frame=FRAME.iloc[::-1]), "the table `prices` has changed"),
        (inputs(frame="no/such/file.csv"), "the table `prices` has changed"),
    ],
)
def test_another_problem(other: Inputs, said: str) -> None:
    assert inputs().differ_from(other.to_json()) == [said]


def test_what_is_extended_is_another_problem() -> None:
    model = evdsl.loads(MODEL).ir
    extended = inputs_of(model, Path(), Request(data={"prices": FRAME}, extend=print))
    said = "something was added to the one by `extend`, nothing to the other"
    assert inputs().differ_from(extended.to_json()) == [said]
    assert extended.differ_from(extended.to_json()) == []


def test_any_frame_has_a_digest() -> None:
    """What cannot be read is refused where it is read, with its place."""
    mixed = pd.DataFrame({"hour": ["a", 1, None, np.nan], "eur": [1, 2, 3, 4]})
    lists = pd.DataFrame({"hour": [1, 2], "eur": [[1], [2]]})
    for frame in (mixed, lists, pd.DataFrame(), pd.DataFrame([[1, 2]], columns=["a", "a"])):
        assert inputs(frame=frame).tables["prices"]
    with pytest.raises(evdsl.EvdslError, match="E0405"):
        evdsl.loads(MODEL).solve(data={"prices": lists})
