"""Reading options: argparse, but what is wrong comes out as a Diagnostic."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.suggest import closest

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?inf")
_MISSING = re.compile(r"the following arguments are required: (.*)")
_NO_CHOICE = re.compile(r"argument (.*): invalid choice: '(.*)' \(choose from (.*)\)")
_WHOLE = re.compile(r"[+-]?\d+")


class Parser(argparse.ArgumentParser):
    """An argument parser that raises EvdslError and knows near names of options."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def parse_args(self, words: Any = None, namespace: Any = None) -> Any:
        arguments, unknown = self.parse_known_args(words, namespace)
        options = [word for word in unknown if word.startswith("-")]
        if unknown:
            raise EvdslError([self._unknown(word) for word in options or unknown])
        return arguments

    def error(self, message: str) -> NoReturn:
        raise EvdslError([self._wrong(message)])

    def _unknown(self, word: str) -> Diagnostic:
        option = word.split("=")[0]
        if not option.startswith("-"):
            return Diagnostic("E0602", f"`{self.prog}` does not take `{word}`", help=self._more())
        near = closest(option, list(self._option_string_actions))
        mend = f"did you mean `{near}`?" if near else self._more()
        return Diagnostic("E0601", f"`{self.prog}` has no option `{option}`", help=mend)

    def _wrong(self, message: str) -> Diagnostic:
        """What argparse complains of, in our words."""
        if found := _MISSING.fullmatch(message):
            lacking = ", ".join(f"`{word}`" for word in found[1].split(", "))
            return Diagnostic("E0602", f"`{self.prog}` lacks {lacking}", help=self._more())
        if found := _NO_CHOICE.fullmatch(message):
            option, word, listed = found[1], found[2], found[3].replace("'", "`")
            near = closest(word, re.findall(r"'(.*?)'", found[3]))
            mend = f"did you mean `{near}`?" if near else f"it may be {listed}"
            return Diagnostic("E0602", f"`{option}` cannot be `{word}`", help=mend)
        text = message.removeprefix("argument ").replace("'", "`")
        return Diagnostic("E0602", f"`{self.prog}`: {text}", help=self._more())

    def _more(self) -> str:
        return f"`{self.prog} --help` tells more"


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="one JSON object on standard output, also for errors"
    )


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """The model, and what replaces parts of its data."""
    parser.add_argument("model", metavar="MODEL", help="a .evm file")
    parser.add_argument(
        "--set",
        dest="params",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="replace a scalar parameter; repeatable",
    )
    parser.add_argument(
        "--data",
        dest="tables",
        action="append",
        default=[],
        metavar="TABLE=FILE",
        help="read a table from another file; repeatable",
    )


def add_route(parser: argparse.ArgumentParser) -> None:
    """How two levels become one, and by whom that is solved."""
    parser.add_argument(
        "--solver", default="highs", metavar="NAME", help="highs (default), scip, or one of Pyomo's"
    )
    parser.add_argument(
        "--method",
        default="auto",
        metavar="NAME",
        help="what is done with complementarity: bigm, sos1, indicator, branch; value for "
        "followers with whole numbers; auto for what suits the problem and the solver",
    )
    parser.add_argument(
        "--big-m",
        type=number,
        metavar="VALUE",
        help="one constant in place of the proved bounds, as other studies use; the result is "
        "then not called optimal",
    )


def number(text: str) -> float:
    """A decimal number or `inf`, as a type for argparse."""
    if not _NUMBER.fullmatch(text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number")
    return float(text)


def pairs(words: list[str], option: str, what: str) -> dict[str, str]:
    """`NAME=VALUE` words as a dictionary; E0605 for any other form and for a name given twice."""
    found: dict[str, str] = {}
    wrong = []
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name or not value:
            mend = f"write `{option} {what}`"
            wrong.append(Diagnostic("E0605", f"`{option} {word}` is incomplete", help=mend))
        elif name in found:
            wrong.append(Diagnostic("E0605", f"`{option} {name}=...` is given twice"))
        found[name] = value
    if wrong:
        raise EvdslError(wrong)
    return found


def params(words: list[str]) -> dict[str, float]:
    """The scalar parameters of `--set`: numbers, whole ones as int."""
    found: dict[str, float] = {}
    wrong = []
    for name, text in pairs(words, "--set", "NAME=NUMBER").items():
        if _WHOLE.fullmatch(text):
            found[name] = int(text)
        elif _NUMBER.fullmatch(text):
            found[name] = float(text)
        else:
            message = f"`{text}` in `--set {name}={text}` is no number"
            wrong.append(Diagnostic("E0606", message, help=f"such as `--set {name}=24`"))
    if wrong:
        raise EvdslError(wrong)
    return found


def tables(words: list[str]) -> dict[str, str]:
    """The files of `--data`, by table."""
    return pairs(words, "--data", "TABLE=FILE")


def options(words: list[str]) -> dict[str, str]:
    """The solver's own options of `--option`, as text; the backend knows their types."""
    return pairs(words, "--option", "NAME=VALUE")
