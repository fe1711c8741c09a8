"""The grammar file and the LALR tables that Lark makes of it, kept for the next run.

Lark is imported only where the tables are not kept yet: importing it and reading its own cache
takes longer than parsing a model. What is kept is plain data (`marshal`), with the grammar that it
was made from, so that a changed grammar is noticed.
"""

from __future__ import annotations

import io
import marshal
import os
import pkgutil
import sys
import tempfile
from typing import Any, NamedTuple, TypeAlias

RuleRow: TypeAlias = tuple[str, int, str, bool, tuple[int, ...]]


class Tables(NamedTuple):
    """What the parser needs.

    `states[s][symbol]` is the state to go to, or `~r` for "reduce by rule r". A rule has the symbol
    that it makes, its size, the name of its callback, whether its child stands for itself, and
    which children are repetitions, whose items take their place. `fixed` maps the text of a
    terminal to its type, `patterns` the types of the others to regular expressions, of which
    `ignored` are not tokens.
    """

    grammar: str
    states: dict[int, dict[str, int]]
    rules: tuple[RuleRow, ...]
    start: int
    end: int
    fixed: dict[str, str]
    patterns: dict[str, str]
    ignored: tuple[str, ...]


def tables() -> Tables:
    """The tables of the grammar, from the cache of this user where they are there."""
    grammar = grammar_text()
    kept = _kept()
    if kept is not None and kept.grammar == grammar:
        return kept
    made = make_tables(grammar)
    _keep(made)
    return made


def grammar_text() -> str:
    """The grammar: `evdsl/grammar/evm.lark` in a wheel or zip, `grammar/evm.lark` in a checkout."""
    try:
        packaged = pkgutil.get_data("evdsl", "grammar/evm.lark")
    except OSError:
        packaged = None
    if packaged is not None:
        return packaged.decode("utf-8")
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "..", "..", "grammar", "evm.lark"), encoding="utf-8") as file:
        return file.read()


def make_tables(grammar: str) -> Tables:
    """The tables of a grammar, made by Lark; raises lark.GrammarError for a wrong grammar."""
    import pickle

    from lark import Lark

    lark = Lark(grammar, parser="lalr", lexer="basic", keep_all_tokens=True)
    saved = io.BytesIO()
    lark.save(saved)
    whole: dict[str, Any] = pickle.loads(saved.getvalue())
    memo, parts = whole["memo"], whole["data"]["parser"]
    table = parts["parser"]
    rules = {key: row for key, row in memo.items() if row["__type__"] == "Rule"}
    numbers = {key: number for number, key in enumerate(rules)}
    symbols: dict[int, str] = table["tokens"]
    states = {
        state: {
            symbols[symbol]: ~numbers[target["@"]] if kind else target
            for symbol, (kind, target) in row.items()
        }
        for state, row in table["states"].items()
    }
    terminals = [memo[ref["@"]] for ref in parts["lexer_conf"]["terminals"]]
    fixed = {
        t["pattern"]["value"]: t["name"]
        for t in terminals
        if t["pattern"]["__type__"] == "PatternStr"
    }
    patterns = {
        t["name"]: t["pattern"]["value"]
        for t in terminals
        if t["pattern"]["__type__"] == "PatternRE"
    }
    return Tables(
        grammar,
        states,
        tuple(map(_rule, rules.values())),
        table["start_states"]["start"],
        table["end_states"]["start"],
        fixed,
        patterns,
        tuple(parts["lexer_conf"]["ignore"]),
    )


def _rule(row: dict[str, Any]) -> RuleRow:
    repeated = [s["name"][0] == "_" and s["__type__"] == "NonTerminal" for s in row["expansion"]]
    alias, origin = row["alias"], row["origin"]["name"]
    single = bool(row["options"]["expand1"]) and not alias
    spread = tuple(index for index, is_list in enumerate(repeated) if is_list)
    return origin, len(repeated), alias or origin, single, spread


def _kept() -> Tables | None:
    try:
        with open(_cache_file(), "rb") as file:
            return Tables(*marshal.load(file))
    except (OSError, EOFError, ValueError, TypeError):
        return None


def _keep(made: Tables) -> None:
    """Write the cache in one step, so that processes that start at once do not disturb each other.

    Where the folder cannot be written, the tables are made again next time.
    """
    path = _cache_file()
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=os.path.dirname(path))
        with os.fdopen(handle, "wb") as file:
            marshal.dump(tuple(made), file)
        os.replace(draft, path)
    except OSError:
        return


def _cache_file() -> str:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    version = "-".join(map(str, sys.version_info[:3]))
    return os.path.join(base, "evdsl", f"evm-{version}.tables")
