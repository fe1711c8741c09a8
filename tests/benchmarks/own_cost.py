"""What evdsl itself costs on a week: the processor seconds of `evdsl solve` outside the solvers.

    python tests/benchmarks/own_cost.py [--data DATA] [--runs 3] [--limit 10] [--solver highs]

Each solve runs in a process of its own, in turn, on one thread, with the code already compiled; the
calls that reach a solver (HiGHS, SCIP, PIQP) and each stage are timed, a stage without what it
calls of others. Printed are medians. `libraries` is the import of numpy, scipy, pandas and the
solvers' packages, `own` all stages without libraries and solvers. Search and bound go on as
long as they are let, so the rest is also given without them, and their own share of their time.
DATA holds the tables that `tests/benchmarks/search.py` names; without it only the week of this
repository is solved.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import gc
import importlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIBRARIES = ("numpy", "scipy.sparse.csgraph", "pandas", "highspy", "piqp", "pyscipopt")
STAGES = {
    "read": ("evdsl.cli.solve:load",),
    "check": ("evdsl.solve.prepare:checked",),
    "tables": ("evdsl.program.world:load_table", "evdsl.data.table:TableData.keys",
               "evdsl.data.table:TableData.numbers"),
    "references": ("evdsl.program.world:solve_reference",),
    "ground": ("evdsl.solve.prepare:ground",),
    "baselines": ("evdsl.solve.prepare:answer_baselines",),
    "search": ("evdsl.solve.search.search:Search.go_on",),
    "start": ("evdsl.solve.bilevel:starting_points",),
    "reformulate": ("evdsl.solve.bilevel:plan",),
    "hand over": ("evdsl.solve.route:Route.solve",),
    "bound": ("evdsl.solve.bilevel:chain_for_turns", "evdsl.solve.bound.bound:Bounding.go_on"),
    "judge": ("evdsl.solve.bilevel:judge",),
    "ties": ("evdsl.solve.run:ties",),
    "report": ("evdsl.solve.run:point",),
    "out": ("evdsl.cli.solve:write_directory",),
    "summary": ("evdsl.cli.solve:summary",),
}  # fmt: skip
OTHERS = ("libraries", "solvers")
ORDER = ("libraries", "import", *STAGES, "rest", "solvers")

Spent = dict[str, float]


class Stages:
    """Processor seconds by stage: time counts for the innermost stage that is open."""

    def __init__(self) -> None:
        self.spent: Spent = defaultdict(float)
        self.whole: Spent = defaultdict(float)
        self._open = ["rest"]
        self._since = time.process_time()

    def _switch(self) -> None:
        now = time.process_time()
        self.spent[self._open[-1]] += now - self._since
        self._since = now

    @contextlib.contextmanager
    def stage(self, name: str) -> Any:
        self._switch()
        self._open.append(name)
        start = self._since
        try:
            yield
        finally:
            self._switch()
            self._open.pop()
            self.whole[name] += self._since - start

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.stage(name):
                return function(*args, **kwargs)

        return timed

    def watch(self, name: str, place: str) -> None:
        """Time a function or method, written `module:function` or `module:Class.method`."""
        module, _, path = place.partition(":")
        owner: Any = importlib.import_module(module)
        *parents, last = path.split(".")
        for parent in parents:
            owner = getattr(owner, parent)
        setattr(owner, last, self.wrap(name, getattr(owner, last)))


class Solver:
    """Stands for a class of a solver whose objects cannot be changed: times some methods of them."""

    def __init__(self, stages: Stages, made: Any, *methods: str) -> None:
        self._stages, self._made, self._methods = stages, made, methods

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._made, name)
        return self._stages.wrap("solvers", found) if name in self._methods else found


def solve(arguments: list[str]) -> dict[str, Spent]:
    """One solve in this process, its output thrown away: spent seconds by stage, and the whole."""
    stages = Stages()
    gc.disable()
    with stages.stage("libraries"):
        for library in LIBRARIES:
            importlib.import_module(library)
    with stages.stage("import"):
        command = importlib.import_module("evdsl.cli.main")
        for places in STAGES.values():
            for place in places:
                importlib.import_module(place.partition(":")[0])
    gc.enable()
    gc.freeze()
    for name, places in STAGES.items():
        for place in places:
            stages.watch(name, place)
    import highspy
    import piqp
    import pyscipopt

    highspy.Highs.run = stages.wrap("solvers", highspy.Highs.run)
    of_piqp = piqp.SparseSolver
    piqp.SparseSolver = lambda: Solver(stages, of_piqp(), "setup", "solve")
    timed = {"optimize": stages.wrap("solvers", pyscipopt.Model.optimize)}
    pyscipopt.Model = type("Model", (pyscipopt.Model,), timed)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        command.main(["solve", *arguments])
    with stages.stage("rest"):
        pass
    return {"spent": dict(stages.spent), "whole": dict(stages.whole)}


def cases(data: Path | None) -> dict[str, list[str]]:
    """The arguments of `evdsl solve` for each week."""
    found = {"fleet_week": [str(ROOT / "models" / "fleet_week" / "fleet_week.evm")]}
    if data is None:
        return found
    norway = HERE.parent / "models" / "norway_week.evm"
    fleet, prices = data / "norway_week_fleet.csv.gz", data / "norway_week_prices.csv"
    found["norway_week, v2g"] = [
        str(norway), "--data", f"fleet={fleet}", "--data", f"prices={prices}",
        "--set", "n=1", "--set", "v2g=1",
    ]  # fmt: skip
    synthetic = str(HERE.parent / "models" / "synthetic.evm")
    for kind in ("charge_only", "v2g"):
        fleet = data / "synthetic" / f"fleet_168h_{kind}.csv.gz"
        prices = data / "synthetic" / "prices_168h.csv"
        found[f"168h_{kind}"] = [
            synthetic, "--data", f"fleet={fleet}", "--data", f"prices={prices}", "--set", "n=4",
        ]  # fmt: skip
    return found


def measured(arguments: list[str], environment: dict[str, str]) -> dict[str, Spent]:
    command = [sys.executable, __file__, "--one", *arguments]
    ran = subprocess.run(command, capture_output=True, check=True, env=environment, text=True)
    found: dict[str, Spent] = json.loads(ran.stdout.splitlines()[-1])
    return found


def median(runs: list[dict[str, Spent]], part: str, name: str) -> float:
    return statistics.median(run[part].get(name, 0.0) for run in runs)


def table(found: dict[str, list[dict[str, Spent]]]) -> None:
    print("| processor s |", " | ".join(found), "|")
    print("| --- |" + " ---: |" * len(found))
    for name in ORDER:
        cells = [f"{median(runs, 'spent', name):.3f}" for runs in found.values()]
        print(f"| {name} |", " | ".join(cells), "|")
    for title, left_out in {
        "own": (),
        "own, without search and bound": ("search", "bound"),
    }.items():
        own = [
            statistics.median(_total(run["spent"], (*OTHERS, *left_out)) for run in runs)
            for runs in found.values()
        ]
        print(f"| **{title}** |", " | ".join(f"**{value:.3f}**" for value in own), "|")
    for name in ("search", "bound"):
        shares = [
            median(runs, "spent", name) / (median(runs, "whole", name) or 1.0)
            for runs in found.values()
        ]
        print(f"| own share of {name} |", " | ".join(f"{share:.0%}" for share in shares), "|")


def _total(spent: Spent, without: tuple[str, ...]) -> float:
    return sum(value for name, value in spent.items() if name not in without)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=float, default=10.0)
    parser.add_argument("--solver", choices=("highs", "scip"), default="highs")
    parser.add_argument("--only", nargs="*", default=[])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        environment = dict(os.environ, PYTHONPYCACHEPREFIX=name, OMP_NUM_THREADS="1")
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        common = ["--solver", args.solver, "--time-limit", str(args.limit), "--out", f"{name}/out"]
        found: dict[str, list[dict[str, Spent]]] = {}
        for case, arguments in cases(args.data).items():
            if args.only and case not in args.only:
                continue
            every = [*arguments, *common]
            if not found:
                measured(every, environment)  # compiles the code
            found[case] = [measured(every, environment) for _ in range(args.runs)]
        table(found)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print("\n" + json.dumps(solve(sys.argv[2:])))
    else:
        main()
