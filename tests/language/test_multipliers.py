"""`.dual` against finite differences of the follower's optimum, with `linprog` as the judge."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import evdsl
from routes import answered, solved

MOVED = ("ge", "le", "eq", "band", "chain", "floor", "roof", "rowroof", "rowfloor")

TEXT = """
param ge = 0; param le = 0; param eq = 0; param band = 0; param chain = 0;
param floor_ = 0; param roof = 0; param rowroof = 0; param rowfloor = 0;
param worth;
set I = 0..4;
table data from "d" index i;
param cost[i in I] = data.cost; param weight[i in I] = data.weight;
leader top { var k in [1, 1]; minimize F = k; }
follower low {
  var y[i in I] in [(if i == 0 then floor_ else -3), (if i == 1 then 4 + roof else 9)];
  var z in [k - 1.5 + rowfloor, k + rowroof];
  SENSE g = sum{i in I}(cost[i] * y[i]) + worth * z;
  constraint c_ge: sum{i in I}(weight[i] * y[i]) + z >= 2 + ge;
  constraint c_le[i in I : i == 2]: y[i] - y[prev(i)] <= 1.5 + le;
  constraint c_eq: y[3] + 2 * y[4] - z == 1.3 + eq;
  constraint c_band: -4 + band <= y[0] - y[4] <= 2.2 + band;
  constraint c_chain: y[2] - 2 + chain <= y[3] + z <= y[1] + 7 + chain;
}
report d_ge = low.c_ge.dual;
report d_le = sum{i in I : i == 2}(low.c_le[i].dual);
report d_eq = low.c_eq.dual;
report d_band = low.c_band.dual;
report d_chain = low.c_chain.dual;
report d_floor = low.y[0].lower.dual;
report d_roof = low.y[1].upper.dual;
report d_rowroof = low.z.upper.dual;
report d_rowfloor = low.z.lower.dual;
"""


@pytest.mark.parametrize("sense", ["minimize", "maximize"])
def test_multipliers_are_derivatives_of_the_followers_optimum(sense: str) -> None:
    compared: dict[str, set[int]] = {name: set() for name in MOVED}
    for seed in range(8):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(
            {
                "i": range(5),
                "cost": rng.normal(0, 2, 5).round(2),
                "weight": rng.uniform(0, 1, 5).round(2),
            }
        )
        model = evdsl.loads(TEXT.replace("SENSE", sense))
        worth = {"worth": float(rng.choice([2.5, -2.5]))}

        def optimum(moved: dict[str, float], model=model, frame=frame, worth=worth) -> float:
            program = model.ground(data={"data": frame}, params=worth | moved).program
            x = answered(program, np.array([1.0]))
            assert x is not None
            return float(program.follower_objectives(x)[0])

        solution = solved(model, {"data": frame}, params=worth)
        step, at = 1e-4, optimum({})
        for name in MOVED:
            param = "floor_" if name == "floor" else name
            up, down = optimum({param: step}) - at, at - optimum({param: -step})
            if up != pytest.approx(down, abs=1e-9):
                continue  # a kink: any value between the two is a multiplier
            dual = solution.reports[f"d_{name}"]
            assert dual == pytest.approx(up / step, abs=1e-5), (seed, name)
            compared[name].add(int(np.sign(round(float(dual), 7))))
    turned = 1 if sense == "minimize" else -1
    assert compared["ge"] <= {0, turned}
    assert compared["le"] <= {0, -turned}
    assert compared["floor"] <= {0, turned}
    assert compared["roof"] <= {0, -turned}
    assert compared["rowfloor"] <= {0, turned}
    assert compared["rowroof"] <= {0, -turned}
    for name in MOVED:
        assert compared[name] - {0}, f"{name} was never at work"


def test_names_of_multipliers_in_python_and_in_reports_agree() -> None:
    solution = solved(
        evdsl.loads(
            "set U = 1..2; leader top { var k in [0, 1]; maximize F = k; }"
            "follower low[u in U] { var y in [k, 5 * u]; minimize g = u * y; constraint need: y >= 2; }"
            "report price[u in U] = low[u].need.dual; report bottom[u in U] = low[u].y.lower.dual;"
        )
    )
    assert solution.dual("low.need").tolist() == solution.reports["price"].tolist() == [1, 2]
    assert solution.dual("low.y.lower").tolist() == solution.reports["bottom"].tolist() == [0, 0]


@pytest.mark.parametrize("sense", ["minimize", "maximize"])
@pytest.mark.parametrize("solver", ["highs", "scip"])
@pytest.mark.parametrize(
    ("limits", "side", "derivative"),
    [
        ("[1, 3]", "lower", {"minimize": 2, "maximize": 0}),
        ("[1, 3]", "upper", {"minimize": 0, "maximize": 2}),
        ("[1, 3 + k]", "upper", {"minimize": 0, "maximize": 2}),
        ("[1 + k, 3]", "lower", {"minimize": 2, "maximize": 0}),
        ("[1, 1]", "lower", {"minimize": 2, "maximize": 2}),
        ("[1, 1]", "upper", {"minimize": 0, "maximize": 0}),
    ],
)
def test_what_the_leader_reads_is_what_is_reported(
    limits: str, side: str, derivative: dict[str, int], solver: str, sense: str
) -> None:
    """Where the two limits meet, moving both moves the objective, and the lower one's says so."""
    text = f"""
    leader top {{ var k in [0, 1]; minimize F = k - low.y.{side}.dual; }}
    follower low {{ var y in {limits}; {sense} g = 2 * y; }}
    report read = low.y.{side}.dual;
    """
    solution = evdsl.loads(text).solve(solver)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(-derivative[sense])
    assert solution.reports["read"] == pytest.approx(derivative[sense])
