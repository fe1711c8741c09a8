"""What the search makes of the start points: the leader's objective before and after, and seconds.

    python tests/benchmarks/search.py DATA [--limit 10] [--seed 0] [--only 168h_v2g norway ...]

DATA holds `synthetic/` (see `tests/models/synthetic.evm`; absolute deviations) and the tables
`norway_week_fleet.csv.gz`, `norway_week_prices.csv` (see `tests/models/norway_week.evm`: a week of
real cars, squared deviations). The limit is in seconds of the processor, which a machine that is
busy with other things does not lengthen. The last column is the best value known before.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import evdsl
from evdsl.backends.options import SolveOptions
from evdsl.program.ground import ground
from evdsl.program.program import Program
from evdsl.solve.baselines import answer_baselines
from evdsl.solve.certificate import certify
from evdsl.solve.polish import Polished
from evdsl.solve.search.search import search
from evdsl.solve.starts import best_start, tightest_decision

MODELS = Path(__file__).parents[1] / "models"
GROUPS = (1, 4, 24)
KNOWN = {
    "24h_charge_only": (0.580, 2.269, 4.163),
    "24h_v2g": (4.892, 10.107, 19.605),
    "72h_charge_only": (3.556, 9.083, 10.624),
    "72h_v2g": (11.881, 37.69, 64.44),
    "168h_charge_only": (7.637, 23.760, 30.903),
    "168h_v2g": (23.73, 97.810, 175.444),
    "norway_charge_only": (0.613, 25.37, 33.99),
    "norway_v2g": (18.81, 27.49, 41.09),
}


def model(name: str) -> evdsl.Model:
    file = "norway_week.evm" if name.startswith("norway") else "synthetic.evm"
    return evdsl.load(MODELS / file)


def problem(name: str, n: int, data: Path) -> tuple[Program, list[Polished]]:
    """The program and its start points, the best first."""
    params = {"n": float(n)}
    if name.startswith("norway"):
        tables = {"fleet": "norway_week_fleet.csv.gz", "prices": "norway_week_prices.csv"}
        params["v2g"] = float(name.endswith("v2g"))
    else:
        hours = name.partition("_")[0]
        tables = {
            "fleet": f"synthetic/fleet_{name}.csv.gz",
            "prices": f"synthetic/prices_{hours}.csv",
        }
    written = model(name).ir
    grounded = ground(written, MODELS, {t: data / file for t, file in tables.items()}, params)
    program = grounded.program
    tightest = tightest_decision(program, SolveOptions(time_limit=10.0))
    starts = best_start(program, [] if tightest is None else [tightest])
    starts += answer_baselines(written, grounded).answers.values()
    return program, sorted(starts, key=lambda start: start.objective)


def lines(data: Path, limit: float, seed: int, only: list[str]) -> Iterator[str]:
    yield "| instance | hours a group | before | after | processor s | s | known |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for name, known in KNOWN.items():
        if only and not any(name.startswith(word) for word in only):
            continue
        for n, value in zip(GROUPS, known, strict=True):
            program, starts = problem(name, n, data)
            started, began = time.process_time(), time.perf_counter()
            found = search(program, starts, SolveOptions(time_limit=limit, seed=seed))
            seconds, wall = time.process_time() - started, time.perf_counter() - began
            best = found or starts[0]
            sure = certify(program, best.x, best.multipliers).certified
            text = f"{best.objective:.4f}" + ("" if sure else " not certified")
            yield (
                f"| {name} | {n} | {starts[0].objective:.4f} | {text} | {seconds:.1f} | {wall:.1f} "
                f"| {value} |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--limit", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[])
    args = parser.parse_args()
    time.monotonic = time.process_time
    for line in lines(args.data, args.limit, args.seed, args.only):
        print(line, flush=True)


if __name__ == "__main__":
    main()
