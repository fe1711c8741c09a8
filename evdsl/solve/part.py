"""What messages about problems without a point have in common: parts of a Program, and words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from evdsl.program.linear import Bools, Family, Floats, Ints, Linear
from evdsl.program.program import Program
from evdsl.solve.conflict import Conflict, conflict, least_violation
from evdsl.source.diagnostic import Diagnostic, Label
from evdsl.source.text import Span

NOTICEABLE = 1e-7
NAMED = 3
_LISTED = 6


@dataclass(frozen=True, eq=False)
class Part:
    """A problem over some of the joint's `rows` and `columns`, without an objective."""

    linear: Linear
    rows: Ints
    columns: Ints


def alone(program: Program, follower: int, leader: Floats | None = None) -> Part:
    """One follower's rows over its own and the leader's columns in them, those fixed if given."""
    joint = program.joint.linear_part
    rows = np.flatnonzero(program.row_owner == follower)
    matrix = joint.A[rows]
    columns = np.union1d(np.flatnonzero(program.column_owner == follower), matrix.indices)
    place = np.searchsorted(columns, matrix.indices)
    shape = len(rows), len(columns)
    fixed = np.full(len(columns), np.nan) if leader is None else leader[columns]
    free = np.isnan(fixed)
    linear = Linear(
        columns=(),
        rows=(),
        A=sparse.csr_array((matrix.data, place, matrix.indptr), shape=shape),
        row_lower=joint.row_lower[rows],
        row_upper=joint.row_upper[rows],
        lower=np.where(free, joint.lower[columns], fixed),
        upper=np.where(free, joint.upper[columns], fixed),
        integer=np.zeros(len(columns), np.bool_),
        cost=np.zeros(len(columns)),
    )
    return Part(linear, rows, columns)


def refusal(
    code: str, message: str, joint: Linear, part: Part, mend: str, soft: Bools | None = None
) -> Diagnostic:
    """The message, with the rows that must be missed and by how much at least, and with what
    contradicts each other."""
    linear = part.linear
    crossing = np.flatnonzero(linear.lower > linear.upper)
    if len(crossing):
        notes = [
            f"the limits of `{joint.column_name(part.columns[j])}` cross: {linear.lower[j]:.6g} to "
            f"{linear.upper[j]:.6g}"
            for j in crossing[:NAMED].tolist()
        ]
        return Diagnostic(code, message, notes=tuple(notes), help=mend)
    missed = least_violation(linear, np.ones(linear.shape[0], np.bool_) if soft is None else soft)
    worst = np.argsort(-missed, kind="stable")[:NAMED]
    named = [i for i in worst.tolist() if missed[i] > NOTICEABLE]
    notes = [f"`{joint.row_name(part.rows[i])}` is missed by {missed[i]:.6g}" for i in named]
    span = family_of(joint.rows, part.rows[named[0]]).span if named else None
    plain = Diagnostic(code, message, span=span, notes=tuple(notes), help=mend)
    return with_conflict(plain, joint, part)


def with_conflict(plain: Diagnostic, joint: Linear, part: Part) -> Diagnostic:
    """The message with the rows and limits of the part that contradict each other."""
    found = conflict(part.linear)
    named = [] if found is None else [*_named(found, joint, part)]
    if found is None or not named:
        return plain
    words = [text for text, _ in named]
    if (part.rows[found.rows] >= joint.shape[0]).any():
        words.append("the optimality of the follower")
    if len(words) > _LISTED:
        words[_LISTED - 1 :] = [f"{len(words) - _LISTED + 1} more"]
    note = f"these contradict each other: {', '.join(words[:-1])} and {words[-1]}"
    span = plain.span if plain.span is not None else named[0][1]
    notes = (*plain.notes, note) if len(words) > 1 else plain.notes
    places = dict.fromkeys(place for _, place in named if place is not None and place != span)
    shown = sorted(list(places)[:NAMED], key=lambda place: place.start)
    related = tuple(Label(place, "") for place in shown)
    return replace(plain, span=span, notes=notes, related=related)


def _named(found: Conflict, joint: Linear, part: Part) -> Iterator[tuple[str, Span | None]]:
    """What contradicts each other, family by family, with the place in the model.

    Only rows and columns of `joint`: a follower's optimality conditions have no such names.
    """
    linear = part.linear
    for family, inside in _families(joint.rows, part.rows, found.rows):
        first = int(part.rows[inside[0]])
        yield f"`{family.label(first)}`{_more(family, inside)}", family.span
    fixed = linear.lower == linear.upper
    either = np.union1d(found.lower, found.upper)
    for sign, places, limits in (
        ("=", either[fixed[either]], linear.lower),
        (">=", found.lower[~fixed[found.lower]], linear.lower),
        ("<=", found.upper[~fixed[found.upper]], linear.upper),
    ):
        for family, inside in _families(joint.columns, part.columns, places):
            first = int(part.columns[inside[0]])
            limit = f"`{family.label(first)}` {sign} {limits[inside[0]]:.6g}"
            yield limit + _more(family, inside), family.span


def _families(
    families: tuple[Family, ...], positions: Ints, chosen: Ints
) -> Iterator[tuple[Family, Ints]]:
    """Each family that has some of the chosen places of the part, with these."""
    for family in families:
        where = positions[chosen]
        inside = chosen[(family.start <= where) & (where < family.stop)]
        if len(inside):
            yield family, inside


def _more(family: Family, inside: Ints) -> str:
    return f" and {len(inside) - 1} more of `{family.path}`" if len(inside) > 1 else ""


def who(program: Program, follower: int) -> str:
    return f"follower `{program.followers[follower - 1].label}`"


def first_of_each_block(
    program: Program, failing: list[int]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """One follower of each block that fails, with a note on how many more do."""
    blocks = [program.followers[k - 1].block for k in failing]
    for block in dict.fromkeys(blocks):
        size = sum(follower.block == block for follower in program.followers)
        more = blocks.count(block) - 1
        note = f"the same holds for {more} more of the {size} followers `{block}`"
        yield failing[blocks.index(block)], (note,) if more else ()


def family_of(families: tuple[Family, ...], index: int) -> Family:
    return next(family for family in families if family.start <= index < family.stop)
