"""What is proved of the leader's optimum along a follower's chain: bounds, gaps and seconds.

    python tests/benchmarks/bounds.py DATA [--limit 240] [--search 20] [--rows 24] [--only 168h_v2g]

DATA holds `synthetic/` (see `tests/models/synthetic.evm`; absolute deviations). A search comes
first; the bound then has the limit in seconds. *Window* is the bound of the windows alone, *boxes*
that of the box program, all cut-offs confirmed; *gap* is to the best answer of the run, and to the
best value known before if that is better. Seconds are those of the processor.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from evdsl.backends.options import SolveOptions
from evdsl.solve.bound.bound import ROWS, bound
from evdsl.solve.clock import Clock
from evdsl.solve.monitor import Monitor
from evdsl.solve.search.search import search
from evdsl.workers.workers import InTurn
from search import GROUPS, KNOWN, problem


def lines(data: Path, limit: float, searching: float, rows: int, only: list[str]) -> Iterator[str]:
    yield "| instance | hours a group | window | boxes | best | gap | arcs | confirmed | s |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for name, known in KNOWN.items():
        if name.startswith(("norway", "24h")) or (only and name not in only):
            continue
        for n, value in zip(GROUPS, known, strict=True):
            program, starts = problem(name, n, data)
            best = search(program, starts, SolveOptions(time_limit=searching)) or starts[0]
            monitor = Monitor(SolveOptions(time_limit=limit), Clock())
            monitor.begins(program)
            monitor.found(best)
            started = time.process_time()
            found = bound(program, best, monitor, InTurn(), rows)
            seconds = time.process_time() - started
            if found is None or monitor.best is None:
                yield f"| {name} | {n} | none | | | | | | {seconds:.0f} |"
                continue
            least = min(monitor.best.objective, value)
            yield (
                f"| {name} | {n} | {found.window:.3f} | {found.value:.3f} | {least:.3f} "
                f"| {max(1 - found.value / least, 0.0):.1%} | {found.arcs} "
                f"| {found.confirmed} | {seconds:.0f} |"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--limit", type=float, default=240.0)
    parser.add_argument("--search", type=float, default=20.0)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--only", nargs="*", default=[])
    args = parser.parse_args()
    for line in lines(args.data, args.limit, args.search, args.rows, args.only):
        print(line, flush=True)


if __name__ == "__main__":
    main()
