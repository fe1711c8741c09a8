"""What SCIP prints while Pyomo reads it: more than a pipe holds."""

import subprocess
import sys

SPLIT = '''
import evdsl

TEXT = """
set I = 0..29;
set J = 1..3;
leader up {
  var x[i in I] binary;
  minimize F = sum{j in J}(abs(
    sum{i in I}((17 + (i * i * 29 + i * j * 13 + j * j * 7) mod 83) * x[i]) - 823.5 - j));
}
follower low { var y in [0, 1]; minimize f = y; }
"""
OPTIONS = {"display/freq": 1, "display/headerfreq": 1, "limits/nodes": 800}
solution = evdsl.loads(TEXT).solve("scip", via="pyomo", options=OPTIONS)
print(solution.status, solution.nodes)
'''


def test_a_long_output_does_not_stop_scip() -> None:
    """A market split of 30 markets takes thousands of nodes; each prints a line and a head."""
    run = subprocess.run(
        [sys.executable, "-c", SPLIT], capture_output=True, text=True, timeout=120, check=True
    )
    assert run.stdout.split() == ["feasible", "800"]
