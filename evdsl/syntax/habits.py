"""Habits from AMPL, GAMS, Pyomo and Python: named, with what to write instead."""

from __future__ import annotations

from evdsl.source.diagnostic import Diagnostic
from evdsl.syntax.foreign import reducer_in_parentheses
from evdsl.syntax.stuck import CLOSERS, Edit, Finding, Stuck, is_reducer, is_starter
from evdsl.syntax.tokens import token_of
from evdsl.syntax.words import PARTS, SHAPES

INDEXED = ("param", "var", "set", "mapping", "constraint", "check", "expr", "report")
CLAUSES = (
    *("in", "then", "else", "and", "or", "not", "div", "mod", "if", "union", "minus"),
    *("default", "dual", "complements", "integer", "cyclic", "inf", "true", "false"),
)


TERM_ENDS = ("+", "-", ",", "=", ")", "]", "}", "and", "or", "then", "else", "dual", "complements")


def habit(stuck: Stuck) -> Finding | None:
    """The habit that the statement shows at or before the culprit, or None."""
    for look in LOOKS:
        finding = look(stuck)
        if finding is not None:
            return finding
    return None


def braces(stuck: Stuck, opening: int) -> Finding | None:
    """`{t in T}` in a header, where the indices stand in brackets."""
    closing = stuck.closing(opening)
    if closing is None:
        return None
    inner = stuck.text(opening + 1, closing - 1)
    diagnostic = Diagnostic(
        "E0123",
        "the index of a declaration stands in brackets",
        stuck.span(opening, closing),
        help=f"write `[{inner}]`",
    )
    return Finding(diagnostic, (stuck.replaced(opening, "["), stuck.replaced(closing, "]")))


def _header_braces(stuck: Stuck) -> Finding | None:
    if stuck.word in INDEXED and stuck.culprit == "{" and len(stuck.said) <= 2:
        return braces(stuck, stuck.at)
    return None


def _single_equals(stuck: Stuck) -> Finding | None:
    """`=` where a comparison stands."""
    if stuck.culprit.type != "EQUAL" or "RELATION" not in stuck.accepts:
        return None
    where = {"constraint": "a constraint compares with", "check": "a check compares with"}
    message = f"{where.get(stuck.word, 'a condition compares with')} `==`, not with `=`"
    return _replace(stuck, "E0121", message, "==", "RELATION")


def _objective_colon(stuck: Stuck) -> Finding | None:
    """AMPL's `minimize cost: ...`, whose expression was read as a unit."""
    if stuck.word not in ("minimize", "maximize") or "=" in stuck.said or stuck.said[2:3] != [":"]:
        return None
    colon = stuck.begin + 2
    diagnostic = Diagnostic(
        "E0138",
        "the name of an objective stands before `=`",
        stuck.span(colon),
        help=f"write `{stuck.word} {stuck.said[1]} = ...`",
    )
    return Finding(diagnostic, (stuck.replaced(colon, "="),))


def _ampl_domain(stuck: Stuck) -> Finding | None:
    """`var x >= 0, <= 5;`"""
    whole = stuck.before == "integer"
    if stuck.word != "var" or stuck.culprit.type != "RELATION":
        return None
    if not (stuck.takes("free") or whole):
        return None
    last = stuck.at
    while stuck.tokens[last + 1] != ";" and not stuck.tokens[last + 1].type.startswith("$"):
        if is_starter(stuck.tokens[last + 1]):
            break
        last += 1
    whole = whole or any(token == "integer" for token in stuck.tokens[stuck.at : last + 1])
    domain = f"{'integer ' if whole else ''}{_interval(stuck, last)}"
    diagnostic = Diagnostic(
        "E0125",
        "limits of a variable stand in an interval",
        stuck.span(stuck.at, last),
        help=f"write `{domain}`",
    )
    first = stuck.at - 1 if stuck.before == "integer" else stuck.at
    return Finding(diagnostic, (Edit(first, last + 1, (stuck.token("free", stuck.at),)),))


def _interval(stuck: Stuck, last: int) -> str:
    """`in [0, 5]` for `>= 0, <= 5`."""
    limits = {">": "-inf", "<": "inf"}
    starts = [i for i in range(stuck.at, last + 1) if stuck.tokens[i].type == "RELATION"]
    for begin, following in zip(starts, [*starts[1:], last + 1], strict=True):
        end = following - 1
        while stuck.tokens[end] in (",", "integer"):
            end -= 1
        limits[str(stuck.tokens[begin])[0]] = stuck.text(begin + 1, end)
    return f"in [{limits['>']}, {limits['<']}]"


def _no_domain(stuck: Stuck) -> Finding | None:
    ends = stuck.culprit in (";", "}") or stuck.culprit.type == "STRING" or stuck.starts_anew
    if stuck.word != "var" or not stuck.takes("free") or len(stuck.said) < 2 or not ends:
        return None
    name = stuck.said[1]
    diagnostic = Diagnostic(
        "E0126",
        f"the variable `{name}` has no domain",
        stuck.span(stuck.begin + 1),
        help="write what it may be: `in [0, inf]`, `integer in [0, 5]`, `binary` or `free`",
    )
    return Finding(diagnostic, (stuck.inserted("free"),))


def _circular(stuck: Stuck) -> Finding | None:
    if stuck.word != "set" or stuck.culprit.type != "NAME" or stuck.culprit != "circular":
        return None
    diagnostic = Diagnostic(
        "E0128",
        "`circular` is called `cyclic` here",
        stuck.span(stuck.at),
        help=f"write `set {stuck.said[1]} = ... cyclic;`",
    )
    meant = (stuck.token("cyclic", stuck.at),) if stuck.takes("cyclic") else ()
    return Finding(diagnostic, (Edit(stuck.at, stuck.at + 1, meant),))


def _forall(stuck: Stuck) -> Finding | None:
    """`forall`, or Python's `for`, anywhere up to the culprit."""
    for index in range(stuck.begin + 1, stuck.at + 1):
        token = stuck.tokens[index]
        if token.type == "NAME" and token.lower() in ("forall", "for"):
            reducers = [i for i in stuck.open if i and is_reducer(stuck.tokens[i - 1])]
            help = "the index stands behind the name: `constraint name[t in T]: left <= right;`"
            if reducers:
                name = stuck.tokens[reducers[-1] - 1]
                help = f"write `{name}{{t in T}}(x[t])`"
            message = f"`{token}` is not part of the language"
            return Finding(Diagnostic("E0130", message, stuck.span(index), help=help))
    return None


def _reducer_call(stuck: Stuck) -> Finding | None:
    """`sum(v in V) x[v]`, `sum(v in V, x[v])`."""
    for index in range(stuck.at - 3, stuck.begin, -1):
        name, opening, bound, word = stuck.tokens[index : index + 4]
        if is_reducer(name) and opening == "(" and bound.type == "NAME" and word == "in":
            closing = stuck.closing(index + 1)
            inner = stuck.text(index + 2, closing - 1) if closing else f"{bound} in ..."
            span = stuck.span(index, closing if closing is not None else index + 3)
            return Finding(reducer_in_parentheses(str(name), inner, span))
    return None


def _reducer_body(stuck: Stuck) -> Finding | None:
    """`sum{t in T} x[t]`: the culprit stands behind the braces of a reducer."""
    ends = stuck.starts_anew or stuck.culprit in (";", ")", "]", "}", ",")
    if stuck.before.type != "RBRACE" or ends:
        return None
    opening = next(
        (i for i in range(stuck.begin, stuck.at) if stuck.closing(i) == stuck.at - 1), None
    )
    if opening is None or stuck.tokens[opening] != "{" or stuck.tokens[opening - 1].type != "NAME":
        return None
    name = str(stuck.tokens[opening - 1])
    last = _term_end(stuck)
    head, body = stuck.text(opening - 1, stuck.at - 1), stuck.text(stuck.at, last)
    diagnostic = Diagnostic(
        "E0124",
        f"the body of `{name}` stands in parentheses",
        stuck.span(stuck.at, last),
        help=f"write `{head}({body})`",
    )
    place = stuck.tokens[last].end
    closing = token_of(")", place, place)
    return Finding(diagnostic, (stuck.inserted("("), Edit(last + 1, last + 1, (closing,))))


def _term_end(stuck: Stuck) -> int:
    """The last token of the product that starts at the culprit."""
    depth = 0
    for index in range(stuck.at, len(stuck.tokens)):
        token, following = stuck.tokens[index], stuck.tokens[index + 1]
        depth += (token in CLOSERS) - (token in CLOSERS.values())
        if following in (";", "") or is_starter(following):
            return index
        if depth == 0 and (following in TERM_ENDS or following.type in ("RELATION", "STRING")):
            return index
    return stuck.at


def _names_in_set(stuck: Stuck) -> Finding | None:
    """`set U = {home, work};`"""
    if not stuck.open or stuck.tokens[stuck.open[-1]] != "{" or stuck.before.type != "NAME":
        return None
    if stuck.at - 2 != stuck.open[-1] or stuck.culprit not in (",", "}") or not stuck.takes("in"):
        return None
    closing = stuck.closing(stuck.open[-1])
    last = closing - 1 if closing is not None else stuck.at - 1
    names = [i for i in range(stuck.at - 1, last + 1) if stuck.tokens[i].type == "NAME"]
    listed = ", ".join(f'"{stuck.tokens[i]}"' for i in names)
    diagnostic = Diagnostic(
        "E0139",
        "the elements of a set are texts in quotes",
        stuck.span(names[0], last),
        help=f"write `{{{listed}}}`",
    )
    edits = tuple(stuck.replaced(i, f'"{stuck.tokens[i]}"', "STRING") for i in names)
    return Finding(diagnostic, edits)


def reserved_word(stuck: Stuck) -> Finding | None:
    """A word of the language where a name stands."""
    token = stuck.culprit
    if "NAME" not in stuck.accepts or token.type == "NAME" or not token.isidentifier():
        return None
    operand = "NUMBER" in stuck.accepts
    if (is_starter(token) and stuck.new_line) or (operand and token in CLAUSES):
        return None
    diagnostic = Diagnostic(
        "E0107",
        f"`{token}` is a word of the language and cannot be a name",
        stuck.span(stuck.at),
        help=f"choose another name, such as `{token}_`",
    )
    return Finding(diagnostic, (stuck.replaced(stuck.at, str(token), "NAME"),))


def _wrong_order(stuck: Stuck) -> Finding | None:
    """A part that stands elsewhere in a statement of this kind, or stands there twice."""
    token = stuck.culprit
    if stuck.open or token not in PARTS.get(stuck.word, ()) or token.type in ("NAME", "STRING"):
        return None
    if len(stuck.said) < 3:
        return None
    diagnostic = Diagnostic(
        "E0110",
        f"`{token}` cannot stand here: the parts of a `{stuck.word}` have one order",
        stuck.span(stuck.at),
        help=f"write them in this order, each at most once: `{SHAPES[stuck.word]}`",
    )
    return Finding(diagnostic)


def _replace(stuck: Stuck, code: str, message: str, meant: str, type: str) -> Finding:
    span = stuck.span(stuck.at)
    diagnostic = Diagnostic(code, message, span, help=f"write `{meant}`")
    return Finding(diagnostic, (stuck.replaced(stuck.at, meant, type),))


LOOKS = (
    _forall,
    _header_braces,
    _single_equals,
    _objective_colon,
    _ampl_domain,
    _no_domain,
    _circular,
    _reducer_call,
    _reducer_body,
    _names_in_set,
    reserved_word,
    _wrong_order,
)
