"""Reading a fleet's table against what pandas alone needs for its cells and time stamps.

    python tests/benchmarks/reading.py FLEET.csv [--runs 5] [--zone Europe/Berlin]

FLEET is a table with the columns of `evdsl fleet new`: `evdsl fleet new --cars 20 --hours 8760 --seed
0 --out DIR` writes a year of 20 cars. evdsl reads it with the line of every row, its keys and its
numbers, and finds each row by its key; pandas is `read_csv` with `parse_dates`. Medians of processor
seconds, in turn in one process.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from evdsl.program.tables import make_table_locator
from evdsl.program.world import World
from evdsl.source.text import Source
from evdsl.syntax import parse

TEXT = """
table fleet from "fleet.csv" index vehicle, time timezone "{zone}";
leader nobody {{ var x in [0, 1]; minimize nothing = x; }}
"""


def by_evdsl(file: Path, zone: str) -> int:
    model, problems = parse(Source("reading.evm", TEXT.format(zone=zone)))
    assert not problems
    locator, table = make_table_locator(World(model, Path(), {"fleet": file}, {}), "fleet")
    for column in table.cells:
        if column not in table.declaration.index:
            table.numbers(column)
    return locator.keys.size


def by_pandas(file: Path, zone: str) -> int:
    frame = pd.read_csv(file, parse_dates=["time"])
    return len(frame)


def seconds(read: Callable[[Path, str], int], file: Path, zone: str) -> float:
    start = time.process_time()
    read(file, zone)
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--zone", default="Europe/Berlin")
    args = parser.parse_args()
    rows = by_pandas(args.file, args.zone)  # loads what is loaded late
    by_evdsl(args.file, args.zone)
    runs = [
        [seconds(read, args.file, args.zone) for read in (by_pandas, by_evdsl)]
        for _ in range(args.runs)
    ]
    alone, ours = (statistics.median(times) for times in zip(*runs, strict=True))
    print("| rows | pandas s | evdsl s | ratio |")
    print("| ---: | ---: | ---: | ---: |")
    print(f"| {rows} | {alone:.3f} | {ours:.3f} | {ours / alone:.1f} |")


if __name__ == "__main__":
    main()
