"""How large the values of a single level's columns are, for solvers whose tolerances are absolute.

A follower's multipliers are as large as its prices, for they are homogeneous in them, unless a row
is in units that are far from the others'. Quantities (power, level) are taken to be of one size,
and of 1 unless they are far from it: where the factors of a leader stay what they are, other units
cost nodes.
"""

from __future__ import annotations

import numpy as np

from evdsl.program.limits import implied_limits
from evdsl.program.linear import Bools, Floats, without_zeros
from evdsl.program.program import Program
from evdsl.reformulate.kkt import Kkt, of_sides, pick, sums
from evdsl.reformulate.net import marginal_costs

_FAR = 2.0**12


def sizes(kkt: Kkt, multipliers: Floats, width: int) -> Floats:
    """(width,): `Mip.size` for a Mip that begins with the columns of `kkt`, with those of its
    `multipliers` (q,)."""
    n = kkt.program.joint.shape[1]
    others = np.ones(width - n - len(multipliers))
    quantities = _of_quantities(kkt.program)
    readings = kkt.program.readings
    if len(readings):
        rows, columns = _of_prices(kkt.program)
        quantities[readings.column] = pick(rows, readings.row) + pick(columns, readings.limit)
    return np.concatenate([quantities, multipliers, others])


def of_costs(program: Program) -> Floats:
    """(K + 1,): for each follower its largest cost, and with it the size of its multipliers."""
    return _largest(program, _marginal(program))


def of_multipliers(kkt: Kkt) -> Floats:
    """(q,): how large each multiplier is."""
    rows, columns = _of_prices(kkt.program)
    return of_sides(kkt.duals, rows, columns)


def _of_prices(program: Program) -> tuple[Floats, Floats]:
    """(m,), (n,): the sizes of the multipliers of rows and of the limits of columns.

    That of a column is its cost, and that of a row the mean of its columns' costs for what they add
    to it; where these are not far from the follower's largest cost they are taken to be that, and
    no mean of such costs is.
    """
    marginal = _marginal(program)
    largest = _largest(program, marginal)
    of_column, of_row = largest[program.column_owner], largest[program.row_owner]
    cost = of_column.copy()
    cost[program.follower_columns] = marginal
    cost = np.where(cost > 0, cost, of_column)
    entries = without_zeros(program.own).tocoo()
    row, column = entries.coords
    values = cost[column] / np.abs(entries.data)
    doubtful = np.zeros(len(of_row), np.bool_)
    doubtful[row[_far(values, of_row[row])]] = True
    asked = doubtful[row]
    row, logs = row[asked], np.log(values[asked])
    many = sums(row, np.ones(len(row)), len(of_row))
    mean = sums(row, logs, len(of_row)) / np.maximum(many, 1)
    rows = np.where(many > 0, np.exp(mean), of_row)
    return _unless_far(rows, of_row), _unless_far(cost, of_column)


def _marginal(program: Program) -> Floats:
    """(F,): the largest marginal cost of each follower column, as far as it is known."""
    cost = np.abs(program.follower_cost[program.follower_columns])
    if not len(program.follower_products):
        return cost
    ends = np.abs(marginal_costs(program, implied_limits(program.joint)))
    return np.asarray(np.maximum(cost, np.where(np.isfinite(ends), ends, 0.0).max(axis=1)))


def _largest(program: Program, marginal: Floats) -> Floats:
    """(K + 1,): each follower's largest of these (F,), as a power of two."""
    largest = np.zeros(len(program.followers) + 1)
    np.maximum.at(largest, program.column_owner[program.follower_columns], marginal)
    return _power_of_two(largest)


def _unless_far(values: Floats, usual: Floats) -> Floats:
    far, result = _far(values, usual), usual.copy()
    result[far] = _power_of_two(values[far])
    return result


def _far(values: Floats, usual: Floats) -> Bools:
    return np.asarray((values > _FAR * usual) | (values < usual / _FAR))


def _of_quantities(program: Program) -> Floats:
    """(n,): the geometric mean of the followers' limits, where it is far from 1.

    Columns whose own limits are nearer to 1 than to it are no quantities, such as a factor in
    [0, 1]. Whole numbers keep their unit.
    """
    joint = program.joint
    limits = implied_limits(joint)
    largest = np.maximum(np.abs(limits.lower), np.abs(limits.upper))
    known = np.isfinite(largest) & (largest > 0)
    of_followers = largest[known & (program.column_owner > 0)]
    if not len(of_followers):
        return np.ones(len(largest))
    typical = float(np.exp(np.log(of_followers).mean()))
    if 1 / _FAR <= typical <= _FAR:
        return np.ones(len(largest))
    nearer = (
        np.abs(np.log(np.where(known, largest, typical) / typical)) < np.abs(np.log(typical)) / 2
    )
    size = float(_power_of_two(np.array([typical]))[0])
    return np.where(nearer & ~joint.integer, size, 1.0)


def _power_of_two(values: Floats) -> Floats:
    """The nearest one to each value, and 1 for 0."""
    return np.asarray(np.exp2(np.round(np.log2(np.where(values > 0, values, 1.0)))), np.float64)
