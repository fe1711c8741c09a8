"""Small models with one optimum each, known by hand, and their solutions as `--out` writes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

import evdsl
from evdsl.solve.verify import Verified, verify

FRAMES = {"cars": pd.DataFrame({"car": ["a", "b", "c"], "need": [1.0, 2.0, 4.0]})}


@dataclass(frozen=True)
class Known:
    """A model's text, its optimum, and what has to be said to `solve` to get there."""

    text: str
    optimum: float
    solver: str = "highs"
    pessimistic: bool = False
    data: bool = False


LINEAR = Known(
    """
leader up { var x in [0, inf]; minimize F = x - 4 * low.y; }
follower low {
  var y in [0, inf];
  minimize f = y;
  constraint a: -x - y <= -3;
  constraint b: -2 * x + y <= 0;
  constraint c: 2 * x + y <= 12;
  constraint d: 3 * x - 2 * y <= 4;
}""",
    -12.0,
)
"""Bard (1998), Practical Bilevel Optimization, example 5.1.1: x = 4, y = 4."""

TARIFF = Known(
    """
leader retailer { var t in [0, 9]; maximize revenue = t * depot.y; }
follower depot {
  var y in [0, 10];
  var z in [0, 10] "from elsewhere, at 5";
  minimize bill = t * y + 5 * z;
  constraint need: y + z == 4;
}""",
    20.0,
)
"""The depot buys its 4 from the retailer as long as that is not dearer than 5."""

PRICE = Known(
    """
leader seller { var x in [0, 2]; maximize profit = market.balance.dual * x - 0.1 * x; }
follower market {
  var cheap in [0, 5];
  var dear in [0, 5];
  minimize cost = 10 * cheap + 20 * dear;
  constraint balance: cheap + dear == 6 - x;
}""",
    19.9,
)
"""Up to x = 1 the dear plant runs and the price is 20, beyond it is 10; at x = 1 it is anything
between, and the leader has 20."""

NASH = Known(
    """
set I = 1..2;
leader chief { var x in [0, 12]; maximize gain = (12 - x - firm[1].q - firm[2].q) * x; }
follower firm[i in I] {
  var q in [0, 12];
  maximize profit = (12 - x - sum{j in I}(firm[j].q)) * q;
}""",
    12.0,
    solver="scip",
)
"""Stackelberg before Cournot: each firm answers with (12 - x) / 3, the price is (12 - x) / 3, and
x (12 - x) / 3 is largest at x = 6."""

WHOLE = Known(
    """
leader up { var x integer in [0, 4]; maximize F = 2 * x - 3 * low.y; }
follower low {
  var y integer in [0, 9];
  minimize f = y;
  constraint a: 2 * y >= x + 1;
}""",
    0.0,
)
"""y = ceil((x + 1) / 2): x = 0 … 4 give -3, -1, -2, 0 and -1."""

INDEXED = Known(
    """
table cars from "cars.csv" index car;
set V = cars.car;
leader grid { var cap[v in V] in [0, 5]; minimize F = sum{v in V}(abs(fleet[v].c - 2) + cap[v] / 10); }
follower fleet[v in V] {
  var c in [0, cap[v]];
  var rest in [0, inf];
  minimize lost = rest;
  constraint full: c + rest >= cars.need[v];
}""",
    0.6,
    data=True,
)
"""Each car charges min(cap, need) or, beyond its need, anything up to cap. With needs of 1, 2 and 4
a cap of 2 makes the charge 2 possible: 0.2 each for a and b. Car c has to charge 4 from a cap of 4
on, and 2 of a cap of 2. So 0.6 in all."""

WORST = Known(
    """
leader up { var x in [0, 2]; minimize F = low.y - x; }
follower low { var y in [0, 1]; var s in [0, 1]; minimize f = s; constraint c: s >= x - 1; }""",
    -1.0,
    pessimistic=True,
)
"""The follower does not care for y, so the worst is y = 1: 1 - x is least at x = 2."""

RENT = Known(
    """
leader grid { var k in [1, 3]; maximize F = depot.y.upper.dual + k; }
follower depot { var y in [0, k]; maximize worth = 4 * y; constraint cars: y <= 2; }""",
    6.0,
)
"""The connection is worth 4 a unit until k = 2, where it is anything from 0 to 4."""

KNOWN = {
    "linear": LINEAR,
    "tariff": TARIFF,
    "price": PRICE,
    "rent": RENT,
    "nash": NASH,
    "whole": WHOLE,
    "indexed": INDEXED,
    "worst": WORST,
}


@cache
def solution(name: str) -> evdsl.Solution:
    known = KNOWN[name]
    return evdsl.loads(known.text).solve(
        known.solver, pessimistic=known.pessimistic, data=FRAMES if known.data else None, gap=1e-7
    )


def stored(name: str) -> dict[str, Any]:
    """A fresh copy of what the solution's file holds."""
    found: dict[str, Any] = json.loads(json.dumps(solution(name).to_json()))
    return found


def held(name: str, found: dict[str, Any], folder: Path) -> Verified:
    """`found` held against the model called `name`."""
    path = folder / "solution.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    data = FRAMES if KNOWN[name].data else {}
    return verify(evdsl.loads(KNOWN[name].text).ir, Path("."), path, data, {})
