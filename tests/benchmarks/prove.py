"""How long it takes to prove the optimum of the synthetic instances with known optima.

    python tests/benchmarks/prove.py DATA [--limit 120] [--gap 1e-4] [--solver highs scip] [--hours 24 72]
        [--fleet charge_only v2g] [--group 1 4 24]

DATA holds `prices_24h.csv`, `fleet_24h_charge_only.csv.gz` and the like, with columns as in
`tests/models/synthetic.evm`. Each line is one plain solve of absolute deviations: seconds by the
clock and of the processor, nodes, objective, bound, and whether it was proven within the limit.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import evdsl

MODEL = Path(__file__).parents[1] / "models" / "synthetic.evm"
INSTANCES = [
    *((24, fleet, n) for fleet in ("charge_only", "v2g") for n in (1, 4, 24)),
    *((72, "charge_only", n) for n in (1, 4, 24)),
    (72, "v2g", 1),
]


def solve(
    hours: int, fleet: str, n: int, solver: str, data: Path, gap: float, limit: float
) -> evdsl.Solution:
    tables = {
        "fleet": data / f"fleet_{hours}h_{fleet}.csv.gz",
        "prices": data / f"prices_{hours}h.csv",
    }
    model = evdsl.load(MODEL)
    return model.solve(solver, params={"n": n}, gap=gap, time_limit=limit, data=tables)


def lines(data: Path, args: argparse.Namespace) -> Iterator[str]:
    yield "| instance | solver | s | cpu s | nodes | objective | bound | proven |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |"
    for hours, fleet, n in INSTANCES:
        if hours not in args.hours or fleet not in args.fleet or n not in args.group:
            continue
        for solver in args.solver:
            clock = time.process_time()
            found = solve(hours, fleet, n, solver, data, args.gap, args.limit)
            spent = time.process_time() - clock
            yield (
                f"| {hours} h, {fleet.replace('_', ' ')}, {n} h | {solver}, {found.method}"
                f" | {found.timings['total']:.1f} | {spent:.1f} | {found.nodes}"
                f" | {found.objective:.4f} | {found.bound:.4f}"
                f" | {'yes' if found.status == 'optimal' else 'no'} |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--limit", type=float, default=120.0)
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--solver", nargs="+", default=["highs", "scip"])
    parser.add_argument("--hours", nargs="+", type=int, default=[24, 72])
    parser.add_argument("--fleet", nargs="+", default=["charge_only", "v2g"])
    parser.add_argument("--group", nargs="+", type=int, default=[1, 4, 24])
    args = parser.parse_args()
    for line in lines(args.data, args):
        print(line, flush=True)


if __name__ == "__main__":
    main()
