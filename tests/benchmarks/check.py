"""`evdsl check --no-data` against an empty Python program, for it is run on every save.

    python tests/benchmarks/check.py [--runs 20]

Printed are the medians of the wall time of both, run in turn, their difference and their ratio.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHECK = ("-m", "evdsl", "check", "--no-data", "models/fleet_day/fleet_day.evm")
EMPTY = ("-c", "pass")


def seconds(words: tuple[str, ...]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    times = [(seconds(CHECK), seconds(EMPTY)) for _ in range(runs)]
    check, empty = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"check {check:.3f} s, empty {empty:.3f} s")
    print(f"difference {check - empty:.3f} s, ratio {check / empty:.1f}")


if __name__ == "__main__":
    main()
