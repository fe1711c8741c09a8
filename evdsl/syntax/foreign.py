"""Calls that another language's users write and that parse here without meaning it."""

from __future__ import annotations

from evdsl import ir
from evdsl.source.diagnostic import Diagnostic
from evdsl.source.text import Span


def foreign_call(call: ir.Call) -> Diagnostic | None:
    """What to say about `ord(t)`, `sum(x)` and `max(t in T, x[t])`; None for other calls."""
    if call.function == "ord":
        message, help = "`ord` is called `pos` here", "`pos` counts from 0: write `pos(t) + 1`"
        return Diagnostic("E0127", message, call.span, help=help)
    bound = any(isinstance(argument, ir.In) for argument in call.arguments)
    reducer = call.function in ("sum", "mean", "count")
    if call.span is not None and (reducer or (bound and call.function in ("min", "max"))):
        inner = call.span.text[len(call.function) + 1 : -1]
        return reducer_in_parentheses(call.function, inner, call.span)
    return None


def reducer_in_parentheses(name: str, inner: str, span: Span) -> Diagnostic:
    """`sum(v in V)`, where the indices of a reducer stand in braces."""
    binders, _, body = (part.strip() for part in inner.partition(","))
    if " in " not in binders:
        binders, body = "t in T", binders
    form = f"{name}{{{binders}}}({body or '...'})"
    message = f"the indices of `{name}` stand in braces"
    return Diagnostic("E0129", message, span, help=f"write `{form}`")
