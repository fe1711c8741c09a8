"""Hypothesis strategies for the whole IR: everything that a text of the language can say."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from evdsl import ir
from evdsl.ir.words import RESERVED

FUNCTIONS_OF_OTHER_LANGUAGES = ("sum", "mean", "min", "max", "count", "ord")

names = st.from_regex(r"[A-Za-z_ηäß][A-Za-z0-9_ä]{0,5}", fullmatch=True).filter(
    lambda name: name not in RESERVED and name not in FUNCTIONS_OF_OTHER_LANGUAGES
)
members = st.one_of(names, st.sampled_from(["dual", "lower", "upper", "index", "in"]))
texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=8)
notes = st.one_of(st.just(""), texts)
constants = st.one_of(st.integers(-(10**6), 10**6), texts)

magnitudes = st.one_of(
    st.integers(0, 10**12),
    st.floats(0, 1e300, allow_nan=False, allow_infinity=False).map(abs),
    st.sampled_from([1e-05, 0.1, 1e22, 5e-324, 1.5e300]),
)
units = st.lists(st.tuples(st.one_of(names, st.just("%")), st.integers(-3, 3)), max_size=4).map(
    lambda factors: ir.Unit(tuple(factors))
)
numbers = st.one_of(
    st.builds(ir.Number, magnitudes, st.one_of(st.none(), units)),
    st.just(ir.Number(math.inf)),
)


def some(items: st.SearchStrategy, least: int = 1, most: int = 3) -> st.SearchStrategy:
    """Tuples of some of the items."""
    return st.lists(items, min_size=least, max_size=most).map(tuple)


def maybe(item: st.SearchStrategy) -> st.SearchStrategy:
    return st.one_of(st.none(), item)


def binders_of(exprs: st.SearchStrategy) -> st.SearchStrategy:
    binder = st.builds(ir.Binder, some(names), exprs)
    return st.builds(ir.Binders, some(binder), maybe(exprs))


def comparisons_of(exprs: st.SearchStrategy) -> st.SearchStrategy:
    ops = st.sampled_from(["<=", ">=", "==", "!=", "<", ">"])

    def chain(operands: tuple[ir.Expr, ...]) -> st.SearchStrategy:
        size = len(operands) - 1
        return st.builds(ir.Compare, st.just(operands), some(ops, size, size))

    return some(exprs, 2, 4).flatmap(chain)


def larger(exprs: st.SearchStrategy) -> st.SearchStrategy:
    """Expressions that hold the given ones."""
    operators = ["+", "-", "*", "/", "^", "div", "mod", "and", "or", "union", "minus"]
    binders = binders_of(exprs)
    return st.one_of(
        st.builds(ir.Member, exprs, members),
        st.builds(ir.Columns, exprs, some(names, 2)),
        st.builds(ir.At, exprs, some(exprs), maybe(exprs)),
        st.builds(ir.Call, names, some(exprs)),
        st.builds(ir.Unary, st.sampled_from(["-", "not"]), exprs),
        st.builds(ir.Binary, st.sampled_from(operators), exprs, exprs),
        comparisons_of(exprs),
        st.builds(ir.In, exprs, exprs),
        st.builds(ir.Tuple, some(exprs, 2)),
        st.builds(ir.Choice, exprs, exprs, exprs),
        st.builds(ir.Reduce, st.sampled_from(["sum", "mean", "min", "max"]), binders, exprs),
        st.builds(ir.Reduce, st.just("count"), binders),
        st.builds(ir.Range, exprs, exprs),
        st.builds(ir.Comprehension, binders),
    )


exprs = st.recursive(
    st.one_of(
        numbers,
        st.builds(ir.Text, texts),
        st.builds(ir.Truth, st.booleans()),
        st.builds(ir.Name, names),
        st.builds(ir.SetLiteral, some(constants, 0)),
    ),
    larger,
    max_leaves=8,
)
binders = binders_of(exprs)
short_heads = some(st.builds(ir.Binder, st.just(()), st.builds(ir.Name, names))).map(ir.Binders)
intervals = st.builds(ir.Interval, exprs, exprs)
maps = some(st.tuples(constants, exprs)).map(ir.MapLiteral)

domains = st.one_of(
    st.builds(ir.Domain, st.sampled_from(["real", "integer"]), intervals),
    st.builds(ir.Domain, st.sampled_from(["free", "binary"])),
)
definitions = st.builds(ir.Definition, names, exprs, maybe(binders), maybe(units), notes)
variables = st.builds(ir.Var, names, domains, maybe(binders), maybe(units), notes)
senses = st.sampled_from(["minimize", "maximize"])
objectives = st.one_of(
    st.builds(ir.Objective, senses, exprs, names, maybe(units), notes),
    st.builds(ir.Objective, senses, exprs, text=notes),
)


@st.composite
def constraints(draw: st.DrawFn) -> ir.Constraint:
    size = draw(st.integers(1, 2))
    return ir.Constraint(
        draw(names),
        draw(some(exprs, size + 1, size + 1)),
        draw(some(st.sampled_from(["<=", ">=", "=="]), size, size)),
        draw(maybe(binders)),
        draw(maybe(intervals)),
        draw(maybe(exprs)),
        draw(notes),
    )


items = some(st.one_of(variables, objectives, constraints(), definitions), 0, 4)
assigns = st.one_of(
    st.builds(ir.Assign, names, exprs),
    st.builds(ir.Assign, names, exprs, binders),
    st.builds(ir.Assign, names, exprs, st.none(), some(constants)),
)
columns = st.one_of(names, texts, st.just("index"))
declarations = st.one_of(
    st.builds(ir.Table, names, texts, some(columns), maybe(texts), maybe(texts), maybe(texts)),
    st.builds(ir.Set, names, exprs, st.booleans(), notes),
    st.builds(ir.Mapping, names, binders, names, exprs, notes),
    st.builds(
        ir.Param,
        names,
        maybe(st.one_of(binders, short_heads)),
        maybe(units),
        maybe(intervals),
        maybe(exprs),
        maybe(st.one_of(exprs, maps)),
        notes,
    ),
    st.builds(ir.Check, exprs, maybe(binders), notes),
    definitions,
    st.builds(ir.Leader, names, items, text=notes),
    st.builds(ir.Follower, names, items, maybe(binders), notes),
    st.builds(ir.Reference, names, items, maybe(binders), notes),
    st.builds(ir.Baseline, names, some(assigns, 0), notes),
    st.builds(ir.Report, names, exprs, maybe(binders), maybe(units), notes),
)
models = st.one_of(
    st.builds(ir.Model, some(declarations, 0, 4)),
    st.builds(ir.Model, some(declarations, 0, 4), names, notes),
)
