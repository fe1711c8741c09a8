"""The same problem in other units has the same answer: W for kW, EUR/Wh for ct/kWh."""

import pandas as pd
import pytest

import evdsl

STORAGE = """
table hours from "hours.csv" index time;
set T = hours.time cyclic;
param price[T] = hours.price;
param c_max[T] = hours.c_max;
param s_min[T] = hours.s_min;
param s_max[T] = hours.s_max;
param need[T] = hours.need;
param power = 1;
param money = 1;

leader grid {
  var on[t in T] binary;
  var k[t in T] in [0.5, 1];
  minimize peak = 3 * max{t in T}(unit.c[t]) + 2 * power * sum{t in T}(on[t]);
}

follower unit {
  var c[t in T] in [0, on[t] * power * c_max[t]];
  var d[t in T] in [0, power * c_max[t] / 2];
  var s[t in T] in [power * s_min[t], k[t] * power * s_max[t]];
  minimize cost = sum{t in T}(money * price[t] * (c[t] - d[t]));
  constraint soc[t in T]: s[t] == s[prev(t)] + 0.9 * c[t] - d[t] / 0.9 - power * need[t];
}
"""
HOURS = pd.DataFrame(
    {
        "time": ["h0", "h1", "h2"],
        "price": [-4.0, 6.5, -2.5],
        "c_max": [6.0, 4.5, 6.0],
        "s_min": [2.0, 0.0, 0.0],
        "s_max": [12.0, 6.0, 8.0],
        "need": [1.0, 0.5, 0.0],
    }
)
BEST = 7.0  # by branching on the pairs with scipy's linprog


@pytest.mark.parametrize("power", [1e-3, 1.0, 1e3, 1e6])
@pytest.mark.parametrize("money", [1e-6, 1e-4, 1.0, 1e5])
@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_the_answer_does_not_depend_on_units(solver: str, power: float, money: float) -> None:
    model = evdsl.loads(STORAGE)
    solution = model.solve(
        solver=solver, gap=1e-6, data={"hours": HOURS}, params={"power": power, "money": money}
    )
    assert solution.status == "optimal"
    assert solution.objective / power == pytest.approx(BEST, rel=1e-4)
    assert solution.bound / power == pytest.approx(BEST, rel=1e-4)
