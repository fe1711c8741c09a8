"""Forty independent units over a week against one of them: how many times its seconds they take.

    python tests/benchmarks/units.py [--units 40] [--cars 10] [--hours 168]

Each unit has so many cars of the project's generator, and all are solved to optimality within the
default gap. All ways are measured in this one run: one unit in this process, a mean over ten of them
since units differ by half, then all of them in two processes, and on a Dask cluster of two workers
on this machine. Seconds of the clock from the model's text to the certified solution, those that
processes take to start included; the cluster is up before.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

import evdsl
from evdsl.cli.main import main as evdsl_command

MODEL = Path(__file__).parent / "units.evm"
SAMPLE = 10


def draw(directory: Path, units: int, cars: int, hours: int) -> dict[str, pd.DataFrame]:
    """The tables of the model."""
    words = f"fleet new --units {units} --cars {units * cars} --hours {hours} --seed 7 --out"
    with contextlib.redirect_stdout(io.StringIO()):
        failed = evdsl_command([*words.split(), str(directory)])
    if failed:
        raise SystemExit("no fleet")
    return {name: pd.read_csv(directory / f"{name}.csv") for name in ("prices", "fleet", "cars")}


def of_unit(tables: dict[str, pd.DataFrame], unit: str) -> dict[str, pd.DataFrame]:
    """The tables with the cars of one unit alone."""
    cars = tables["cars"][tables["cars"]["unit"] == unit]
    fleet = tables["fleet"][tables["fleet"]["vehicle"].isin(cars["vehicle"])]
    return {**tables, "cars": cars, "fleet": fleet}


def measured(tables: dict[str, pd.DataFrame], **workers: Any) -> tuple[float, evdsl.Solution]:
    """Seconds, and a solution that is certified."""
    started = time.perf_counter()
    solution = evdsl.load(MODEL).solve(data=tables, **workers)
    if solution.status != "optimal" or not solution.certificate.certified:
        raise SystemExit(f"not solved: {solution!r}")
    return time.perf_counter() - started, solution


def ways(units: int, cars: int, hours: int) -> Iterator[tuple[str, float, float]]:
    """Each way with its seconds and its objective; that of one unit is theirs on average."""
    from distributed import Client, LocalCluster

    with TemporaryDirectory() as folder:
        tables = draw(Path(folder) / "fleet", units, cars, hours)
    names = tables["cars"]["unit"].unique()
    measured(of_unit(tables, names[0]))  # imports what all use
    alone = [measured(of_unit(tables, name)) for name in names[:: max(1, units // SAMPLE)]]
    seconds = statistics.mean(spent for spent, _ in alone)
    yield "one unit", seconds, statistics.mean(solution.objective for _, solution in alone)
    spent, solution = measured(tables, jobs=2)
    yield f"{units} units, two processes", spent, solution.objective
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        spent, solution = measured(tables, cluster=client)
        yield f"{units} units, a cluster of two", spent, solution.objective


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=40)
    parser.add_argument("--cars", type=int, default=10)
    parser.add_argument("--hours", type=int, default=168)
    asked = parser.parse_args()
    print("| | seconds | times one unit | objective |\n| --- | --- | --- | --- |")
    one = 0.0
    for way, seconds, objective in ways(asked.units, asked.cars, asked.hours):
        one = one or seconds
        print(f"| {way} | {seconds:.1f} | {seconds / one:.1f} | {objective:.9g} |", flush=True)


if __name__ == "__main__":
    main()
