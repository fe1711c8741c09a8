"""`evdsl show`: what a model becomes on its way to the solver."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from evdsl.api import Model, load
from evdsl.cli import arguments, exits
from evdsl.source.diagnostic import EvdslError, errors

if TYPE_CHECKING:
    from evdsl.program.program import Program

_STAGES = {
    "ir": "the model as it was understood, in canonical .evm",
    "kkt": "the single level as a model: each follower by its optimality conditions, with pairs",
    "program": "the two-level Program with its data: every column and row by name",
    "sizes": "counts of columns, rows, non-zeros, pairs and binaries by family",
    "lp": "the single-level problem as an LP file",
    "mps": "the single-level problem as an MPS file",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_inputs(parser)
    arguments.add_route(parser)
    parser.add_argument(
        "--stage",
        required=True,
        choices=tuple(_STAGES),
        help="; ".join(f"{name}: {text}" for name, text in _STAGES.items()),
    )


def run(args: argparse.Namespace) -> int:
    model = load(args.model)
    found = model.check()
    if errors(found):
        raise EvdslError(found)
    sys.stdout.write(_stage(model, args))
    return exits.DONE


def _stage(model: Model, args: argparse.Namespace) -> str:
    if args.stage == "ir":
        from evdsl.ir.printer import to_text

        return to_text(model.ir)
    params = arguments.params(args.params)
    program = model.ground(data=arguments.tables(args.tables), params=params).program
    if args.stage == "kkt":
        return _kkt(model, program, params)
    if args.stage == "program":
        from evdsl.report.program import program_text

        return program_text(program)
    return _single_level(program, args)


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


def _single_level(program: Program, args: argparse.Namespace) -> str:
    from evdsl.backends.lp_format import to_lp
    from evdsl.backends.mps import to_mps
    from evdsl.report.sizes import sizes
    from evdsl.solve.plan import check_request, plan
    from evdsl.solve.route import Request

    request = Request(solver=args.solver, method=args.method, big_m=args.big_m)
    check_request(request)
    single = plan(program, request).single
    if args.stage == "sizes":
        return sizes(single)
    write = to_lp if args.stage == "lp" else to_mps
    return write(single.encoded.mip)
