"""Problems with nothing in them: no variables, no rows, no cost, no elements."""

from pathlib import Path

import pytest

import evdsl
from evdsl.cli.main import main

NO_COST = "leader top { var x in [2, 7]; var n integer in [1.5, 4]; maximize goal = 3 + 0 * x; }"
NO_VARIABLES = "leader top { minimize goal = 3; }\nfollower low { minimize cost = 2; }"
NO_ELEMENTS = """
set S = 0..3;
set T = {s in S : s > 5};
leader top { var x[t in T] in [0, 1]; minimize goal = 3 + sum{t in T}(x[t]); }
follower low[t in T] {
  var y in [0, x[t]];
  maximize y;
  constraint held: y + x[t] <= 1;
}
"""


@pytest.mark.parametrize("text", [NO_COST, NO_VARIABLES, NO_ELEMENTS])
@pytest.mark.parametrize(("solver", "via"), [("highs", None), ("scip", None), ("highs", "pyomo")])
def test_nothing_to_decide_is_decided(text: str, solver: str, via: str | None) -> None:
    solution = evdsl.loads(text).solve(solver=solver, via=via)
    assert solution.status == "optimal"
    assert (solution.objective, solution.bound) == (3.0, 3.0)


@pytest.mark.parametrize("text", [NO_COST, NO_VARIABLES, NO_ELEMENTS])
@pytest.mark.parametrize("stage", ["program", "sizes", "lp", "mps"])
def test_nothing_is_shown(text: str, stage: str, tmp_path: Path) -> None:
    (tmp_path / "model.evm").write_text(text)
    assert main(["show", "--stage", stage, str(tmp_path / "model.evm")]) == 0
