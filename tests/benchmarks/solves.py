"""Plain solves of fleets of a day to eleven weeks, each beside what it has to reach.

    python tests/benchmarks/solves.py DATA [--runs 1] [--only day days week real winter] [--cases v2g]

DATA holds `synthetic/` (see `tests/models/synthetic.evm`; absolute deviations), and the real cars'
tables of `tests/models/norway_week.evm` and `norway_winter.evm` (squared deviations). Each solve is
one process on one thread, two where it says `--jobs 2`, from reading the tables to the certified
answer; the values are medians of so many runs, whose seeds count from 0. *At mark* is the objective
that was found by the time at which `at least` asks for it; `known` values were found before, by
other means. Limits a little below such a time leave what Python's start and the report take, so
that the answer is there soon after it.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MODELS = Path(__file__).resolve().parents[1] / "models"
GROUPS = (1, 4, 24)
KINDS = ("charge_only", "v2g")


@dataclass(frozen=True)
class Case:
    """`reach` names what has to hold: `proven` and `mark` in seconds, `objective` at the mark and
    `gap` at the end."""

    name: str
    model: str
    tables: dict[str, str]
    params: dict[str, float]
    limit: float
    reach: dict[str, float]
    options: dict[str, Any] = field(default_factory=dict)


def synthetic(
    hours: int, kind: str, n: int, limit: float, reach: dict[str, float], **options: Any
) -> Case:
    tables = {
        "fleet": f"synthetic/fleet_{hours}h_{kind}.csv.gz",
        "prices": f"synthetic/prices_{hours}h.csv",
    }
    words = [f"{hours} h {kind} {n} h", *(f"{name} {value}" for name, value in options.items())]
    return Case(", ".join(words), "synthetic", tables, {"n": n}, limit, reach, options)


def days(hours: int, cases: dict[tuple[str, int], dict[str, float]]) -> Iterator[Case]:
    for (kind, n), seconds in cases.items():
        for solver, proven in seconds.items():
            yield synthetic(hours, kind, n, proven, {"proven": proven}, solver=solver)


def week() -> Iterator[Case]:
    known = {"charge_only": (7.637, 23.760, 30.903), "v2g": (23.73, 97.810, 175.444)}
    gaps = {"charge_only": (0.0, 0.25, 0.10), "v2g": (0.09, 0.05, 0.08)}
    for kind in KINDS:
        for n, objective, gap in zip(GROUPS, known[kind], gaps[kind], strict=True):
            reach = {"mark": 60.0, "objective": objective, "gap": gap}
            yield synthetic(168, kind, n, 240.0, reach, jobs=2)


def real() -> Iterator[Case]:
    known = {0: (0.613, 25.37, 33.99), 1: (18.81, 27.49, 41.09)}
    tables = {"fleet": "norway_week_fleet.csv.gz", "prices": "norway_week_prices.csv"}
    for v2g, values in known.items():
        for n, objective in zip(GROUPS, values, strict=True):
            reach = {"mark": 10.0, "objective": objective}
            name = f"real week {KINDS[v2g]} {n} h"
            params: dict[str, float] = {"v2g": v2g, "n": n}
            yield Case(name, "norway_week", tables, params, 8.5, reach, {"jobs": 2})


def winter() -> Iterator[Case]:
    known = {0: (34.26, 416.9, 438.4, 515.0), 1: (224.4, 433.0, 548.2, 661.1)}
    tables = {"fleet": "norway_fleet_winter.csv.gz", "prices": "de_lu_prices_winter.csv"}
    for v2g, values in known.items():
        for n, objective in zip((0, *GROUPS), values, strict=True):
            reach = {"mark": 60.0, "objective": objective}
            params: dict[str, float] = {"v2g": v2g, "hourly": float(n == 0), "n": max(n, 1)}
            name = f"winter {KINDS[v2g]} {f'{n} h of the week' if n else 'each hour'}"
            yield Case(name, "norway_winter", tables, params, 57.0, reach)


BOTH = {"scip": 60.0, "highs": 60.0}
SETS = {
    "day": list(days(24, {(k, n): {"scip": 10.0, "highs": 60.0} for k in KINDS for n in GROUPS})),
    "days": list(days(72, {(KINDS[0], n): BOTH for n in GROUPS} | {(KINDS[1], 1): BOTH})),
    "week": list(week()),
    "real": list(real()),
    "winter": list(winter()),
}


def one(model: str, data: str, tables: dict[str, str], mark: float, solve: dict[str, Any]) -> Any:
    """One solve in this process: what was found by the mark and at the end."""
    started = time.perf_counter()
    import evdsl

    at_mark = math.inf

    def watch(event: Any) -> None:
        nonlocal at_mark
        if event.incumbent is not None and time.perf_counter() - started <= mark:
            at_mark = event.incumbent

    files = {name: Path(data) / file for name, file in tables.items()}
    found = evdsl.load(MODELS / f"{model}.evm").solve(data=files, watch=watch, **solve)
    seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "objective": found.objective,
        "at_mark": found.objective if seconds <= 1.05 * mark else at_mark,
        "nodes": float(found.nodes),
        "bound": found.bound if math.isfinite(found.bound) else -math.inf,
        "proven": float(found.status == "optimal"),
        "certified": float(found.certificate.certified),
    }


def run(case: Case, data: Path, seed: int) -> dict[str, float]:
    asked = {"params": case.params, "time_limit": case.limit, "seed": seed, **case.options}
    mark = case.reach.get("mark", math.inf)
    given = json.dumps([case.model, str(data.resolve()), case.tables, mark, asked])
    command = [sys.executable, __file__, "--one", given]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return found


def is_met(case: Case, found: dict[str, float]) -> bool:
    """Objectives as the tables before gave them, to their last digit."""
    reach = case.reach
    proven = "proven" not in reach or (
        found["proven"] > 0 and found["seconds"] <= 1.05 * reach["proven"]
    )
    objective = found["at_mark"] <= 1.0001 * reach.get("objective", math.inf)
    gap = relative(found) <= reach.get("gap", math.inf) + 1e-4
    return bool(found["certified"]) and proven and objective and gap


def relative(found: dict[str, float]) -> float:
    return (found["objective"] - found["bound"]) / max(abs(found["objective"]), 1e-6)


def line(case: Case, runs: list[dict[str, float]]) -> str:
    found = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    names = {"proven": "proven in {:g} s", "objective": "known {:g}", "gap": "gap {:.0%}"}
    names["mark"] = "at {:g} s"
    least = ", ".join(names[key].format(value) for key, value in case.reach.items())
    gap = "0" if found["proven"] else f"{relative(found):.1%}"
    return (
        f"| {case.name} | {found['seconds']:.1f} | {found['at_mark']:.4f} | {found['objective']:.4f}"
        f" | {found['bound']:.4f} | {gap} | {found['nodes']:.0f} | {least} | {'yes' if is_met(case, found) else 'no'} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=SETS, default=list(SETS))
    parser.add_argument("--cases", default="", help="those whose name holds this text")
    args = parser.parse_args()
    print("| solve | s | at mark | objective | bound | gap | nodes | at least | reached |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |")
    for name in args.only:
        for case in SETS[name]:
            if args.cases in case.name:
                runs = [run(case, args.data, seed) for seed in range(args.runs)]
                print(line(case, runs), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print("\n" + json.dumps(one(*json.loads(sys.argv[2]))))
    else:
        main()
