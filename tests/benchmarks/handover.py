"""Hand-over of a year of ten storages to HiGHS: evdsl, arrays written by hand, linopy and Pyomo.

    python tests/benchmarks/handover.py [--hours 8760] [--units 10] [--runs 5] [--peers PYTHON]
        [--only linear:by_hand ...]

Two problems: `linear` is one level (`ways/storage.evm`), `single_level` the single level of ten
followers (`ways/followers.evm`) with conditions, bounds, binaries and cuts. Each way builds its
problem from data that is already in memory and hands it to HiGHS, each run in a process of its own,
in turn. Printed are medians of the processor seconds and of the growth of the peak memory, for a
tenth of the hours too: `growth` is the ratio of the two. PYTHON is an interpreter that has linopy
and Pyomo, where this one has not.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

WAYS = Path(__file__).parent / "ways"
CASES = {
    "linear": ("by_hand", "by_evdsl", "by_linopy", "by_pyomo"),
    "single_level": ("by_hand", "by_evdsl"),
}
ONE = "import json, sys; from {way} import {case}; print(json.dumps({case}({units}, {hours})))"

Figures = dict[str, float]


def run(python: str, case: str, way: str, units: int, hours: int) -> Figures:
    code = ONE.format(way=way, case=case, units=units, hours=hours)
    environment = dict(os.environ, PYTHONPATH=str(WAYS), OMP_NUM_THREADS="1")
    command = [python, "-c", code]
    ran = subprocess.run(command, capture_output=True, check=True, text=True, env=environment)
    found: Figures = json.loads(ran.stdout.splitlines()[-1])
    return found


def medians(runs: list[Figures]) -> Figures:
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--hours", type=int, default=8760)
    parser.add_argument("--units", type=int, default=10)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", default=sys.executable)
    parser.add_argument("--only", nargs="*", default=[])
    args = parser.parse_args()
    asked = [
        (case, way)
        for case, ways in CASES.items()
        for way in ways
        if not args.only or f"{case}:{way}" in args.only
    ]
    sizes = (args.hours // 10, args.hours)
    found: dict[tuple[str, str, int], list[Figures]] = {}
    for _ in range(args.runs):
        for case, way in asked:
            python = args.peers if way in ("by_linopy", "by_pyomo") else sys.executable
            for hours in sizes:
                figures = run(python, case, way, args.units, hours)
                found.setdefault((case, way, hours), []).append(figures)
    print("| problem | way | rows | entries | s | growth | times by hand | MiB |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for case, way in asked:
        small, large = (medians(found[case, way, hours]) for hours in sizes)
        by_hand = found.get((case, "by_hand", args.hours))
        times = f"{large['seconds'] / medians(by_hand)['seconds']:.2f}" if by_hand else ""
        print(
            f"| {case.replace('_', ' ')} | {way.removeprefix('by_').replace('_', ' ')} "
            f"| {large['rows']:.0f} | {large['entries']:.0f} | {large['seconds']:.2f} "
            f"| {large['seconds'] / small['seconds']:.1f} | {times} | {large['mib']:.0f} |"
        )


if __name__ == "__main__":
    main()
