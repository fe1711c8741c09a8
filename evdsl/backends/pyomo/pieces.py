"""A long objective in pieces: Pyomo's SCIP interfaces need time that grows with its square."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyomo.environ as pyo
from pyomo.common.modeling import unique_component_name
from pyomo.core.expr.numeric_expr import LinearExpression
from pyomo.repn import generate_standard_repn

from evdsl.backends.pyomo.model import PyomoModel

_PIECE = 500


@contextmanager
def short_objective(built: PyomoModel, wanted: bool = True) -> Iterator[None]:
    """While it lasts the objective is a sum of variables that each stand for up to 500 terms.

    The pieces and their rows are gone afterwards. An objective that is short, and one that is
    switched off, stays as it is.
    """
    terms = generate_standard_repn(built.objective.expr, quadratic=True)
    size = len(terms.linear_vars)
    if not wanted or size <= _PIECE or not built.objective.active:
        yield
        return
    starts = range(0, size, _PIECE)
    block = pyo.Block(concrete=True)
    built.model.add_component(unique_component_name(built.model, "objective_pieces"), block)
    block.piece = pyo.Var(starts)
    block.sum = pyo.Constraint(starts)
    for start in starts:
        part = slice(start, start + _PIECE)
        body = LinearExpression(
            linear_coefs=[*terms.linear_coefs[part], -1.0],
            linear_vars=[*terms.linear_vars[part], block.piece[start]],
        )
        block.sum[start] = (body, 0.0)
    products = zip(terms.quadratic_coefs, terms.quadratic_vars, strict=True)
    squares = pyo.quicksum(coef * one * other for coef, (one, other) in products)
    whole = sum(block.piece.values()) + terms.constant + squares
    block.objective = pyo.Objective(expr=whole, sense=built.objective.sense)
    built.objective.deactivate()
    try:
        yield
    finally:
        built.model.del_component(block)
        built.objective.activate()
