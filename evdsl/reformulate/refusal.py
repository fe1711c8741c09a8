"""What is said where a bound is missing: the row, how many like it, and the ways out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite

import numpy as np

from evdsl.program.limits import Limits
from evdsl.program.linear import Bools, Family, Floats, Ints, Linear
from evdsl.reformulate.kkt import LOWER, UPPER, Kkt
from evdsl.reformulate.net import Net
from evdsl.source.diagnostic import Diagnostic, EvdslError

_MARGIN = 1e-6
_NONE_NEEDED = "`--method branch` (HiGHS) and `--solver scip` need none"


def refuse_read_multipliers(kkt: Kkt) -> None:
    """E0505: bounds at vertices keep every answer, but not every multiplier that goes with it."""
    read = [f for f in kkt.program.joint.columns if f.role == "dual"]
    if read:
        message = f"the leader reads `{read[0].path}`, whose values proved bounds would cut"
        help = "leave `--method bigm` out: branching and SOS1 sets need no bounds"
        raise EvdslError([Diagnostic("E0505", message, read[0].span, help=help)])


def refuse_bad_constant(big_m: float) -> None:
    if not (isfinite(big_m) and big_m > 0):
        raise EvdslError(
            [
                Diagnostic(
                    "E0504",
                    f"the constant for all multipliers must be a positive number, not {big_m:g}",
                    help="write for example `--big-m 1000`",
                )
            ]
        )


def refuse_contradiction(kkt: Kkt, net: Net, known: Floats, stated: Floats, size: Floats) -> None:
    """E0503 where `stated` (m, 2) leaves nothing of what the sides or the proofs `known` allow.

    Both count in units of `size` (m,).
    """
    program, duals = kkt.program, kkt.duals
    if not program.dual_stated.any():
        return
    m = len(stated)
    least, most = np.zeros(m + 1), np.zeros(m + 1)
    least[duals.row[duals.side != LOWER]] = -np.inf
    most[duals.row[duals.side != UPPER]] = np.inf
    rows = net.rows
    least[rows] = np.maximum(least[rows], known[: len(rows), 0])
    most[rows] = np.minimum(most[rows], known[: len(rows), 1])
    low, high = stated[:, 0], stated[:, 1]
    scale = _MARGIN * np.maximum(1.0, np.abs(np.where(np.isfinite(low), low, high)))
    empty = program.dual_stated & ((low > most[:m] + scale) | (high < least[:m] - scale))

    def message(row: int) -> Diagnostic:
        unit = size[row] * int(program.owner_sense[program.row_owner[row]])
        ends = sorted((unit * least[row] + 0.0, unit * most[row] + 0.0))
        claimed = f"[{program.dual_lower[row]:g}, {program.dual_upper[row]:g}]"
        return Diagnostic(
            "E0503",
            f"`dual in {claimed}` cannot hold for {_row_name(kkt, row)}",
            help=f"its multiplier lies in [{ends[0]:g}, {ends[1]:g}]: mend the range or remove it",
        )

    _refuse(_by_family(program.joint.rows, np.flatnonzero(empty), message))


def refuse_unbounded_multipliers(kkt: Kkt, unbounded: Bools) -> None:
    """E0501 for the pairs (p,) that need a bound on their multiplier and have none."""
    joint, pairs = kkt.program.joint, kkt.pairs
    rows = np.unique(pairs.row[unbounded & (pairs.row >= 0)])
    columns = np.unique(pairs.column[unbounded & (pairs.column >= 0)])
    _refuse(
        [
            *_by_family(joint.rows, rows, lambda row: _no_row_bound(kkt, row)),
            *_by_family(joint.columns, columns, lambda column: _no_column_bound(kkt, column)),
        ]
    )


def refuse_unbounded_slacks(kkt: Kkt, limits: Limits, unbounded: Bools) -> None:
    """E0502 for the pairs (p,) that need a bound on their slack and have none."""
    joint, pairs = kkt.program.joint, kkt.pairs
    side_of_row = dict(zip(pairs.row[unbounded], pairs.side[unbounded], strict=True))
    side_of_column = dict(zip(pairs.column[unbounded], pairs.side[unbounded], strict=True))
    rows = np.unique(pairs.row[unbounded & (pairs.row >= 0)])
    columns = np.unique(pairs.column[unbounded & (pairs.column >= 0)])
    _refuse(
        [
            *_by_family(
                joint.rows, rows, lambda row: _no_row_slack(kkt, limits, row, side_of_row[row])
            ),
            *_by_family(
                joint.columns,
                columns,
                lambda column: _no_slack(
                    joint,
                    _side_name(joint, column, side_of_column[column]),
                    column,
                    "lower" if side_of_column[column] == UPPER else "upper",
                ),
            ),
        ]
    )


def _no_row_bound(kkt: Kkt, row: int) -> Diagnostic:
    program = kkt.program
    column = int(program.limit_column[row])
    if column >= 0:
        return _no_limit_bound(kkt, _row_name(kkt, row), column)
    sense = int(program.owner_sense[program.row_owner[row]])
    ends = {int(sense * side) for side in kkt.duals.side[kkt.duals.row == row]}
    interval = f"[{'-U' if UPPER in ends else '0'}, {'U' if LOWER in ends else '0'}]"
    return Diagnostic(
        "E0501",
        f"no bound can be proved for the multiplier of {_row_name(kkt, row)}",
        help=f"{_NONE_NEEDED}, or write `dual in {interval}` after "
        "the constraint with a number for `U` that you know to be valid",
    )


def _no_column_bound(kkt: Kkt, column: int) -> Diagnostic:
    name = kkt.program.joint.column_name(column)
    return _no_limit_bound(kkt, f"a limit of `{name}`", column)


def _no_limit_bound(kkt: Kkt, what: str, column: int) -> Diagnostic:
    program = kkt.program
    holding = np.flatnonzero(program.joint.A[:, [column]].toarray()[:, 0])
    holding = holding[(program.row_owner[holding] > 0) & (program.limit_column[holding] < 0)]
    families = {_family(program.joint.rows, int(row)).path: None for row in holding}
    names = ", ".join(f"`{path}`" for path in families)
    return Diagnostic(
        "E0501",
        f"no bound can be proved for the multiplier of {what}",
        help=f"{_NONE_NEEDED}, or write `dual in [-U, U]` after the "
        f"constraints that hold it ({names}) with numbers for `U` that you know to be valid",
    )


def _no_row_slack(kkt: Kkt, limits: Limits, row: int, side: int) -> Diagnostic:
    joint = kkt.program.joint
    entries = joint.A[[row]].tocoo()
    columns, factors = entries.coords[1], entries.data * (1 if side == LOWER else -1)
    up = (factors > 0) & np.isinf(limits.upper[columns])
    down = (factors < 0) & np.isinf(limits.lower[columns])
    first = int(np.flatnonzero(up | down)[0])
    which = "upper" if up[first] else "lower"
    return _no_slack(joint, _row_name(kkt, row), int(columns[first]), which)


def _no_slack(joint: Linear, what: str, column: int, which: str) -> Diagnostic:
    name = joint.column_name(column)
    return Diagnostic(
        "E0502",
        f"no bound can be proved for the slack of {what}: `{name}` has no {which} limit",
        help=f"give `{name}` a finite {which} limit; {_NONE_NEEDED}",
    )


def _row_name(kkt: Kkt, row: int) -> str:
    program = kkt.program
    column = int(program.limit_column[row])
    if column < 0:
        return f"`{program.joint.row_name(row)}`"
    which = _family(program.joint.rows, row).name.rpartition(".")[2]
    return f"the {which} limit of `{program.joint.column_name(column)}`"


def _side_name(joint: Linear, column: int, side: int) -> str:
    return f"the {'lower' if side == LOWER else 'upper'} limit of `{joint.column_name(column)}`"


def _family(families: tuple[Family, ...], index: int) -> Family:
    return next(family for family in families if family.start <= index < family.stop)


def _by_family(
    families: tuple[Family, ...], places: Ints, message: Callable[[int], Diagnostic]
) -> Iterator[Diagnostic]:
    """One message for each family: of its first place, with the number of the others."""
    for family in families:
        mine = places[(places >= family.start) & (places < family.stop)]
        if not len(mine):
            continue
        first = message(int(mine[0]))
        more = len(mine) - 1
        kind = "variable" if family.role == "limit" else "member"
        yield Diagnostic(
            code=first.code,
            message=first.message,
            span=family.span,
            help=first.help,
            notes=(f"the same holds for {more} more of `{family.path}`",) if more else (),
            place=f"{kind} {family.path}",
        )


def _refuse(diagnostics: Iterator[Diagnostic] | list[Diagnostic]) -> None:
    found = list(diagnostics)
    if found:
        raise EvdslError(found)
