"""`evdsl explain`: the long story behind a message's code."""

from __future__ import annotations

import argparse
import sys

from evdsl.cli import exits
from evdsl.source.codes import codes, explain
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.suggest import closest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "code", metavar="CODE", nargs="?", help="such as E0207; without it all codes are listed"
    )


def run(args: argparse.Namespace) -> int:
    known = codes()
    if args.code is None:
        sys.stdout.writelines(f"{code}  {title}\n" for code, title in sorted(known.items()))
        return exits.DONE
    code = args.code.upper()
    if code not in known:
        near = closest(code, list(known))
        mend = f"did you mean `{near}`?" if near else "`evdsl explain` lists the codes"
        raise EvdslError([Diagnostic("E0604", f"there is no code `{args.code}`", help=mend)])
    sys.stdout.write(explain(code).rstrip("\n") + "\n")
    return exits.DONE
