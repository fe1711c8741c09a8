"""`evdsl fleet new`: write a synthetic fleet with its prices."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from evdsl.source.diagnostic import Diagnostic, EvdslError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `new` and its options to the parser of `evdsl fleet`."""
    commands = parser.add_subparsers(dest="fleet_command", required=True, metavar="COMMAND")
    new = commands.add_parser("new", help="write fleet.csv, cars.csv and prices.csv")
    new.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write")
    new.add_argument("--cars", type=int, default=20, metavar="N", help="number of cars (20)")
    new.add_argument("--hours", type=int, default=24, metavar="N", help="hours from start (24)")
    new.add_argument("--seed", type=int, default=1, metavar="N", help="same seed, same files (1)")
    new.add_argument("--units", type=int, default=1, metavar="N", help="aggregated units (1)")
    new.add_argument("--start", default="2025-01-13", metavar="DAY", help="first day or hour, UTC")
    new.add_argument(
        "--v2g",
        type=float,
        nargs="?",
        const=1.0,
        default=0.0,
        metavar="SHARE",
        help="share of the cars that may discharge (0; all of them without a number)",
    )


def run(args: argparse.Namespace) -> int:
    """Write the files and say which; returns the exit code."""
    from evdsl.fleet.generate import generate, write

    complaints = _complaints(args)
    if complaints:
        raise EvdslError(complaints)
    fleet = generate(
        args.cars, args.hours, args.seed, v2g=args.v2g, units=args.units, start=args.start
    )
    for path in write(args.out, fleet):
        print(path, file=sys.stdout)
    return 0


def _complaints(args: argparse.Namespace) -> list[Diagnostic]:
    wrong = [
        _out_of_range(f"--{name}", getattr(args, name), "a whole number from 1 on")
        for name in ("cars", "hours", "units")
        if getattr(args, name) < 1
    ]
    if not 0 <= args.v2g <= 1:
        wrong.append(_out_of_range("--v2g", args.v2g, "a share between 0 and 1"))
    if not _full_hour(args.start):
        wrong.append(_out_of_range("--start", args.start, "a day or a full hour: `2025-01-13`"))
    if args.out.exists() and (not args.out.is_dir() or any(args.out.iterdir())):
        wrong.append(
            Diagnostic(
                "E0641",
                f"`{args.out}` exists and is not an empty directory",
                help="name a new directory with `--out`: nothing is overwritten",
            )
        )
    return wrong


def _out_of_range(option: str, value: object, wanted: str) -> Diagnostic:
    return Diagnostic("E0640", f"`{option} {value}` is not possible", help=f"give {wanted}")


def _full_hour(text: str) -> bool:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is None and (moment.minute, moment.second, moment.microsecond) == (0, 0, 0)
