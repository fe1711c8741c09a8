"""The command line: finds the command, and turns every ending into messages and an exit code."""

from __future__ import annotations

import io
import os
import sys

from evdsl.cli import exits
from evdsl.cli.arguments import Parser
from evdsl.cli.messages import say
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.imports import imported
from evdsl.source.suggest import closest

COMMANDS = {
    "solve": "solve a model, certify the answer, compare it with the baselines",
    "check": "say what is wrong in a model and its data",
    "verify": "hold a stored solution against its model",
    "show": "print what a model becomes on its way to the solver",
    "fmt": "write models in their canonical form",
    "explain": "the long story behind a message's code",
    "new": "write a small model with data that runs at once",
    "fleet": "write synthetic fleets and prices",
    "import": "write a model from an MPS file and its auxiliary file, as MibS takes them",
}
_MODULES = {"fleet": "evdsl.fleet.command", "import": "evdsl.cli.import_"}

USAGE = """\
usage: evdsl COMMAND ...

{commands}

`evdsl COMMAND --help` tells more. Exit codes: 0 done, and for `solve` a certified answer; 1 the
answer is no (no solution exists, `verify` refutes one, or `fmt --check` would change a file); 2 the
input is wrong; 3 no answer was found.
""".format(commands="\n".join(f"  evdsl {name:<8} {text}" for name, text in COMMANDS.items()))


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code (see `evdsl.cli.exits`)."""
    words = sys.argv[1:] if argv is None else argv
    sys.stdout = sys.stdout or io.TextIOWrapper(io.FileIO(os.devnull, "w"))  # None where closed
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = _answered(words)
        sys.stdout.flush()
        return code
    except OSError as error:
        return _mistake() if error.filename else _unwritten(error)
    except Exception:
        return _mistake()
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped\n")
        return exits.STOPPED


def _answered(words: list[str]) -> int:
    try:
        return _run(words)
    except EvdslError as error:
        say(error.diagnostics, as_json="--json" in words)
        return exits.WRONG_INPUT


def _unwritten(error: OSError) -> int:
    """Standard output did not take what was written; what is left of it is dropped."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return exits.BROKEN_PIPE
    reason = (error.strerror or str(error)).lower()
    say([Diagnostic("E0614", f"standard output cannot be written: {reason}")])
    return exits.WRONG_INPUT


def _mistake() -> int:
    import traceback

    traceback.print_exc()
    sys.stderr.write("\nthis is a mistake in evdsl itself; please report it with the lines above\n")
    return exits.BUG


def _run(words: list[str]) -> int:
    if not words:
        sys.stderr.write(USAGE)
        return exits.WRONG_INPUT
    name, *rest = words
    if name in ("-h", "--help", "help"):
        sys.stdout.write(USAGE)
        return exits.DONE
    if name == "--version":
        from evdsl import __version__

        sys.stdout.write(f"evdsl {__version__}\n")
        return exits.DONE
    if name not in COMMANDS:
        raise EvdslError([_unknown(name)])
    command = imported(_MODULES.get(name, f"evdsl.cli.{name}"))
    parser = Parser(prog=f"evdsl {name}", description=COMMANDS[name])
    command.add_arguments(parser)
    try:
        arguments = parser.parse_args(rest)
    except SystemExit:
        return exits.DONE
    return int(command.run(arguments))


def _unknown(name: str) -> Diagnostic:
    near = closest(name, list(COMMANDS))
    if name.endswith(".evm"):
        mend = f"write `evdsl solve {name}`"
    elif near:
        mend = f"did you mean `evdsl {near}`?"
    else:
        mend = f"the commands are: {', '.join(COMMANDS)}"
    return Diagnostic("E0603", f"evdsl has no command `{name}`", help=mend)
