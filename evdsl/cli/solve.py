"""`evdsl solve`: from a model file to a certified answer on the screen and in files."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from evdsl.api import load
from evdsl.cli import arguments, exits
from evdsl.cli.messages import say, write_json
from evdsl.cli.progress import live
from evdsl.cli.style import styled
from evdsl.report.directory import (
    INCUMBENT,
    check_writable,
    earlier_answer,
    make_room,
    refuse_foreign,
    write_directory,
)
from evdsl.report.summary import heading, summary
from evdsl.report.text import counted
from evdsl.solve.solution import Solution
from evdsl.source.diagnostic import Diagnostic, EvdslError

_EXIT = {
    "optimal": exits.DONE,
    "feasible": exits.DONE,
    "infeasible": exits.NEGATIVE,
    "unbounded": exits.NEGATIVE,
    "no_solution": exits.NO_ANSWER,
    "error": exits.NO_ANSWER,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    number = arguments.number
    arguments.add_inputs(parser)
    arguments.add_route(parser)
    parser.add_argument(
        "--pessimistic",
        action="store_true",
        help="count the worst of a follower's optima for the leader, not the best",
    )
    parser.add_argument("--via", metavar="pyomo", help="solve through Pyomo's interfaces")
    parser.add_argument("--time-limit", type=number, metavar="S", help="in seconds")
    parser.add_argument(
        "--gap", type=number, default=1e-4, metavar="G", help="relative gap to stop at (1e-4)"
    )
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="1 unless given")
    parser.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="processes for independent parts (1)"
    )
    parser.add_argument(
        "--cluster", metavar="ADDRESS", help="the scheduler of a Dask cluster that solves the parts"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="0 unless given")
    parser.add_argument(
        "--option",
        dest="options",
        action="append",
        default=[],
        metavar="K=V",
        help="one of the solver's own options; repeatable",
    )
    parser.add_argument(
        "--start", type=Path, metavar="FILE", help="a solution.json whose decision to begin from"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write a CSV for each variable and solution.json"
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on from what a run that was killed, or ended at a limit, has left in DIR",
    )
    parser.add_argument(
        "--log",
        type=Path,
        metavar="FILE",
        help="a file for what was done and found when, and for what the solver says",
    )
    arguments.add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.resume and not args.out:
        raise EvdslError([_NOWHERE])
    if args.out:
        check_writable(args.out)
    solution = _solve(args)
    solution, files = _written(args.out, solution) if args.out else (solution, [])
    if args.json:
        write_json(solution.to_json())
    else:
        sys.stdout.write(styled(f"{heading(solution)}\n{summary(solution)}"))
        if files:
            sys.stdout.write(f"\n{counted(len(files), 'file')} in {args.out}\n")
    say(solution.diagnostics)
    return exits.WRONG_INPUT if args.out and not files else _EXIT[solution.status]


def _written(directory: Path, solution: Solution) -> tuple[Solution, list[str]]:
    """The files of a solution; where they cannot be written its messages say so."""
    try:
        return solution, write_directory(directory, solution)
    except EvdslError as error:
        said = (*solution.diagnostics, *error.diagnostics)
        return replace(solution, diagnostics=said), []


def _solve(args: argparse.Namespace) -> Solution:
    model = load(args.model)
    if args.out:
        refuse_foreign(args.out, model.ir)
        make_room(args.out, args.log)
    earlier = earlier_answer(args.out) if args.resume else None
    with live() as watch:
        solution = model.solve(
            solver=args.solver,
            method=args.method,
            via=args.via,
            big_m=args.big_m,
            pessimistic=args.pessimistic,
            data=arguments.tables(args.tables),
            params=arguments.params(args.params),
            options=arguments.options(args.options),
            start=args.start,
            time_limit=args.time_limit,
            gap=args.gap,
            threads=args.threads,
            seed=args.seed,
            jobs=args.jobs,
            cluster=args.cluster,
            log=args.log,
            keep=args.out / INCUMBENT if args.out else None,
            resume=earlier,
            watch=watch,
        )
    if not args.resume or earlier is not None:
        return solution
    return replace(solution, diagnostics=(_nothing_in(args.out), *solution.diagnostics))


_NOWHERE = Diagnostic(
    "E0602",
    "`--resume` has no use without `--out`",
    help="name the directory of the earlier run: `--out DIR --resume`",
)


def _nothing_in(directory: Path) -> Diagnostic:
    message = f"there is no answer of an earlier run in `{directory}`: the solve has begun anew"
    return Diagnostic("W0611", message, severity="warning")
