"""`evdsl check`: all that is wrong in a model, and in its data unless `--no-data` is given."""

from __future__ import annotations

import argparse
import sys

from evdsl.api import Model, load
from evdsl.cli import arguments, exits
from evdsl.cli.messages import say, write_json
from evdsl.source.diagnostic import Diagnostic, errors
from evdsl.source.render import to_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    arguments.add_inputs(parser)
    parser.add_argument("--no-data", action="store_true", help="do not read the tables")
    arguments.add_json(parser)


def run(args: argparse.Namespace) -> int:
    found = _check(load(args.model), args)
    wrong = len(errors(found))
    if args.json:
        status = "error" if wrong else "ok"
        write_json({"status": status, "diagnostics": [to_json(message) for message in found]})
    say(found)
    if not wrong and not args.json:
        sys.stdout.write(f"{args.model}: {_verdict(len(found))}\n")
    return exits.WRONG_INPUT if wrong else exits.DONE


def _check(model: Model, args: argparse.Namespace) -> list[Diagnostic]:
    found = model.check()
    if args.no_data or errors(found):
        return found
    data, params = arguments.tables(args.tables), arguments.params(args.params)
    return [*found, *model.ground(data=data, params=params).warnings]


def _verdict(warnings: int) -> str:
    if not warnings:
        return "no errors"
    return f"no errors, {warnings} warning{'s' if warnings > 1 else ''}"
