"""Six instances of a day by every method: seconds and nodes to a proven gap of 1e-3.

    python tests/benchmarks/day.py DATA [--limit 600] [--runs 1] [--only l2:scip:sos1 ...]

DATA holds `prices_24h.csv` and `fleet_24h_charge_only.csv.gz`, `fleet_24h_v2g.csv.gz` (columns as in
`tests/models/synthetic.evm`). Absolute deviations are L1, squared ones L2. Each cell has the median
of the seconds and the nodes; a problem that is not solved within the limit has the gap it got to.
"""

from __future__ import annotations

import argparse
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import evdsl

MODEL = Path(__file__).parents[1] / "models" / "synthetic.evm"
INSTANCES = [(fleet, n) for fleet in ("charge_only", "v2g") for n in (1, 4, 24)]
ROUTES = [
    ("highs", "bigm"),
    ("highs", "branch"),
    ("scip", "sos1"),
    ("scip", "indicator"),
    ("scip", "bigm"),
]
GAP = 1e-3


def model(deviation: str) -> evdsl.Model:
    """The day's model with absolute (`l1`) or squared (`l2`) deviations."""
    text = MODEL.read_text(encoding="utf-8")
    if deviation == "l2":
        text = re.sub(r"abs(\([^()]*\))", r"\1^2", text)
    return evdsl.loads(text, MODEL.parent)


def solve(
    deviation: str, fleet: str, n: int, solver: str, method: str, data: Path, limit: float
) -> evdsl.Solution:
    tables = {"fleet": data / f"fleet_24h_{fleet}.csv.gz", "prices": data / "prices_24h.csv"}
    return model(deviation).solve(
        solver, method, params={"n": n}, gap=GAP, time_limit=limit, data=tables
    )


def cell(solutions: list[evdsl.Solution]) -> str:
    last = solutions[-1]
    if last.status != "optimal":
        return f"gap {last.gap:.1%}"
    seconds = statistics.median(s.timings["total"] for s in solutions)
    return f"{seconds:.1f} s / {last.nodes}"


def lines(data: Path, limit: float, runs: int, only: list[str]) -> Iterator[str]:
    heads = [f"{fleet.replace('_', ' ')}, {n} h" for fleet, n in INSTANCES]
    yield f"| | {' | '.join(heads)} |"
    yield "| --- " * (len(heads) + 1) + "|"
    for deviation in ("l1", "l2"):
        for solver, method in ROUTES:
            if only and f"{deviation}:{solver}:{method}" not in only:
                continue
            cells = [
                cell([solve(deviation, *i, solver, method, data, limit) for _ in range(runs)])
                for i in INSTANCES
            ]
            yield f"| {deviation.upper()}, {solver}, {method} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--limit", type=float, default=600.0)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[])
    args = parser.parse_args()
    for line in lines(args.data, args.limit, args.runs, args.only):
        print(line, flush=True)


if __name__ == "__main__":
    main()
