"""What the two files cannot hold, by name."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evdsl.program.linear import Family, Products
from evdsl.program.program import READ, Program
from evdsl.source.diagnostic import Diagnostic, EvdslError
from evdsl.source.text import Span


def refuse_what_does_not_fit(program: Program) -> None:
    """Raises EvdslError (E0639) for products, multipliers that the leader reads, followers that
    play against each other, and a problem without a follower."""
    problems = [*_products(program), *_readings(program), *_nash(program)]
    if not program.followers:
        mend = "`--stage mps` writes a problem of one level"
        problems.append(Diagnostic("E0639", "there is no follower to write", help=mend))
    if problems:
        raise EvdslError(problems)


def _products(program: Program) -> Iterator[Diagnostic]:
    """The first product of each family of rows and of each objective."""
    joint = program.joint
    of_rows = joint.products.of_rows
    for family in joint.rows:
        inside = of_rows.where((family.start <= of_rows.row) & (of_rows.row < family.stop))
        if len(inside):
            where = f"`{joint.row_name(int(inside.row[0]))}`"
            yield _product(program, inside, where, family.span)
    objective = joint.products.of_objective
    if len(objective):
        yield _product(program, objective, "the leader's objective", None)
    terms = program.follower_products
    for number in np.unique(terms.row).tolist():
        follower = program.followers[number - 1]
        where = f"the objective of `{follower.label or follower.block}`"
        yield _product(program, terms.where(terms.row == number), where, follower.span)


def _product(program: Program, terms: Products, where: str, span: Span | None) -> Diagnostic:
    one, other = (program.joint.column_name(int(end[0])) for end in (terms.first, terms.second))
    text = f"{one}^2" if one == other else f"{one} * {other}"
    return _refusal(f"`{text}` in {where} cannot be written", "both levels are linear", span)


def _readings(program: Program) -> Iterator[Diagnostic]:
    for family in program.joint.columns:
        if family.size and program.column_owner[family.start] == READ:
            name = program.joint.column_name(family.start)
            yield _refusal(
                f"the multiplier `{name}`, which the leader reads, cannot be written",
                "multipliers are no variables",
                family.span,
            )


def _nash(program: Program) -> Iterator[Diagnostic]:
    """The first column of another follower in each family of rows."""
    entries = program.joint.A.tocoo()
    row, column = entries.coords
    mine, whose = program.row_owner[row], program.column_owner[column]
    foreign = (mine > 0) & (whose > 0) & (mine != whose) & (entries.data != 0)
    seen: set[Family] = set()
    for i, j in zip(row[foreign].tolist(), column[foreign].tolist(), strict=True):
        family = next(f for f in program.joint.rows if f.start <= i < f.stop)
        if family in seen:
            continue
        seen.add(family)
        names = f"`{program.joint.row_name(i)}` holds `{program.joint.column_name(j)}`"
        yield _refusal(
            f"{names} of another follower, which cannot be written",
            "there is one follower, so followers must not see each other's variables",
            family.span,
        )


def _refusal(message: str, reason: str, span: Span | None) -> Diagnostic:
    return Diagnostic("E0639", message, span, help=f"in the format of MibS {reason}")
