"""`evdsl show`: what a model becomes on its way to the solver."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from evdsl.api import Model, load
from evdsl.cli import arguments, exits
from evdsl.report.text import counted
from evdsl.source.diagnostic import Diagnostic, EvdslError, errors
from evdsl.source.files import replace_text, writing

if TYPE_CHECKING:
    from evdsl.program.mip import Mip
    from evdsl.program.program import Program
    from evdsl.solve.plan import Plan
    from evdsl.solve.route import Request

_STAGES = {
    "ir": "the model as it was understood, in canonical .evm",
    "kkt": "the single level as a model: each follower by its optimality conditions, with pairs",
    "program": "the two-level Program with its data: every column and row by name",
    "plan": "which solver and method `solve` would take, and why",
    "bounds": "what is proved of each pair's slack and multiplier, and by what",
    "sizes": "counts of columns, rows, non-zeros, pairs and binaries by family",
    "lp": "the single-level problem as an LP file",
    "mps": "the single-level problem as an MPS file",
    "mibs": "the two levels as an MPS file and an auxiliary file, as MibS takes them",
}
_FILES = ("lp", "mps", "mibs")
_ROUTED = ("plan", "bounds", "sizes", "lp", "mps")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_inputs(parser)
    arguments.add_route(parser)
    parser.add_argument(
        "--stage",
        required=True,
        choices=tuple(_STAGES),
        help="; ".join(f"{name}: {text}" for name, text in _STAGES.items()),
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help="write NAME.lp, NAME.mps, or NAME.mps and NAME.aux, not to the terminal",
    )
    parser.add_argument(
        "--by-index",
        action="store_true",
        help="the auxiliary file of `--stage mibs` by index, as older MibS takes it",
    )


def run(args: argparse.Namespace) -> int:
    _refuse_idle(args)
    model = load(args.model)
    found = model.check()
    if errors(found):
        raise EvdslError(found)
    if args.stage not in _FILES:
        sys.stdout.write(_text(model, args))
        return exits.DONE
    files = _files(_grounded(model, args), args)
    if args.out is not None:
        _write(args.out, files)
    elif args.stage == "mibs":
        sys.stdout.write("".join(f"* ==== {name}\n{text}" for name, text in files.items()))
    else:
        sys.stdout.write("".join(files.values()))
    return exits.DONE


def _refuse_idle(args: argparse.Namespace) -> None:
    """E0602 for options that the stage has no use for."""
    idle = []
    if args.out is not None and args.stage not in _FILES:
        idle.append(("--out", "it goes with `--stage lp`, `mps` and `mibs`"))
    if args.by_index and args.stage != "mibs":
        idle.append(("--by-index", "it goes with `--stage mibs`"))
    if args.stage not in _ROUTED:
        given = {
            "--solver": args.solver != "highs",
            "--method": args.method != "auto",
            "--big-m": args.big_m is not None,
        }
        mend = "it comes into play when two levels become one"
        idle += [(option, mend) for option, is_given in given.items() if is_given]
    if idle:
        without_use = f"has no use with `--stage {args.stage}`"
        raise EvdslError(
            Diagnostic("E0602", f"`{option}` {without_use}", help=mend) for option, mend in idle
        )


def _text(model: Model, args: argparse.Namespace) -> str:
    if args.stage == "ir":
        from evdsl.ir.printer import to_text

        return to_text(model.ir)
    if args.stage in ("plan", "bounds"):
        return _way(model, args)
    program = _grounded(model, args)
    if args.stage == "kkt":
        return _kkt(model, program, arguments.params(args.params))
    if args.stage == "program":
        from evdsl.report.program import program_text

        return program_text(program)
    from evdsl.report.sizes import sizes
    from evdsl.solve.plan import plan

    return sizes(plan(program, _request(args)).single)


def _kkt(model: Model, program: Program, params: Mapping[str, float]) -> str:
    """The symbolic KKT with the parameters that were given, without blank lines: on one screen."""
    from evdsl.ir.expr import expr
    from evdsl.ir.model import Param
    from evdsl.ir.printer import to_text
    from evdsl.reformulate.symbolic import symbolic_kkt

    given = model.ir
    for name, value in params.items():
        declared = given.declaration(name)
        assert isinstance(declared, Param)
        given = given.with_declaration(replace(declared, value=expr(value)))
    text = to_text(symbolic_kkt(given, program))
    return "".join(f"{line}\n" for line in text.splitlines() if line)


def _way(model: Model, args: argparse.Namespace) -> str:
    """The plan or the bounds of a solve, with the points that it begins from."""
    from evdsl.report.plan import plan_text
    from evdsl.solve.clock import Clock
    from evdsl.solve.components.run import ways
    from evdsl.solve.monitor import Monitor
    from evdsl.solve.prepare import prepare

    request = _request(args)
    ready = prepare(model.ir, Path(model.base), request, Monitor(request.options, Clock()))
    plans = ways(ready.components, ready.known, request)
    if args.stage == "plan":
        return plan_text(plans)
    return "\n".join(_bounds(planned, request) for planned in plans)


def _bounds(planned: Plan, request: Request) -> str:
    from evdsl.reformulate.bounds import known_bounds
    from evdsl.report.bounds import bounds_text

    level = planned.single.kkt
    if level is None:
        return "no pairs\n"
    return bounds_text(level, known_bounds(level, request.big_m, incumbent=planned.incumbent))


def _grounded(model: Model, args: argparse.Namespace) -> Program:
    return model.ground(
        data=arguments.tables(args.tables), params=arguments.params(args.params)
    ).program


def _files(program: Program, args: argparse.Namespace) -> dict[str, str]:
    """The texts by the names of their files."""
    name = program.name
    if args.stage == "mibs":
        from evdsl.backends.mibs.from_program import from_program
        from evdsl.backends.mibs.write import auxiliary_of, mps_of

        instance = from_program(program)
        auxiliary = auxiliary_of(instance, f"{name}.mps", args.by_index)
        return {f"{name}.mps": mps_of(instance), f"{name}.aux": auxiliary}
    from evdsl.backends.lp_format import to_lp
    from evdsl.backends.mps import to_mps

    write = to_lp if args.stage == "lp" else to_mps
    return {f"{name}.{args.stage}": write(_single_level(program, args))}


def _single_level(program: Program, args: argparse.Namespace) -> Mip:
    """What a file can hold: pairs that would be left to our own search are SOS1 sets in it.

    Raises EvdslError (E0510) where followers are answered by cuts: without these it says nothing of
    their optimality.
    """
    from evdsl.solve.plan import plan

    planned = plan(program, _request(args))
    if planned.route.method == "value":
        message = "value-function cuts are found while they solve: no file holds them"
        raise EvdslError([Diagnostic("E0510", message, help="`--stage mibs` writes both levels")])
    if not len(planned.single.encoded.mip.pairs):
        return planned.single.encoded.mip
    return replace(planned.route, method="sos1").encode(program).encoded.mip


def _request(args: argparse.Namespace) -> Request:
    from evdsl.solve.plan import check_request
    from evdsl.solve.route import Request

    request = Request(
        solver=args.solver,
        method=args.method,
        big_m=args.big_m,
        data=arguments.tables(args.tables),
        params=arguments.params(args.params),
    )
    check_request(request)
    return request


def _write(directory: Path, files: dict[str, str]) -> None:
    with writing(directory):
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            replace_text(directory / name, text)
    sys.stdout.write(f"{counted(len(files), 'file')} in {directory}: {', '.join(files)}\n")
