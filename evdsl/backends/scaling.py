"""Columns of about 1 for solvers whose tolerances are absolute.

Multipliers are as large as the follower's prices: 1e-4 where these are EUR/Wh. HiGHS 1.15 then cuts
optimal answers off in its presolve, and its bound meets a worse one. In units of `Mip.size` it does
not. All factors are powers of two, so nothing is rounded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from scipy import sparse

from evdsl.backends.options import Event, Watch
from evdsl.program.linear import Floats, Linear, Products
from evdsl.program.mip import Answer, Mip

A = TypeVar("A", bound=Answer)
_FAR = 2.0**12


def scaled(mip: Mip) -> Mip:
    """The same problem with each column in units of its `size`, and each row in its largest one."""
    if mip.size is None:
        return mip
    linear, size = mip.linear, mip.size
    entries = linear.A.tocoo()
    row, column = entries.coords
    of_row = _of_rows(linear, size)
    return replace(
        mip,
        linear=replace(
            linear,
            A=sparse.csr_array(
                (entries.data * size[column] / of_row[row], (row, column)), shape=linear.shape
            ),
            row_lower=linear.row_lower / of_row,
            row_upper=linear.row_upper / of_row,
            lower=linear.lower / size,
            upper=linear.upper / size,
            cost=linear.cost * size,
            products=_scaled(linear.products, size, of_row),
        ),
        start=None if mip.start is None else mip.start / size,
        size=None,
    )


def _scaled(products: Products, size: Floats, of_row: Floats) -> Products:
    row_size = np.append(of_row, 1.0)[products.row]
    factor = size[products.first] * size[products.second] / row_size
    return Products(products.row, products.first, products.second, products.coef * factor)


def _of_rows(linear: Linear, size: Floats) -> Floats:
    """(m,): the largest size among a row's columns that are no whole numbers, else 1; or the
    geometric mean of its largest and its smallest term, where that is far from it."""
    entries = linear.A.tocoo()
    row, column = entries.coords
    continuous = ~linear.integer[column]
    found, largest = np.zeros((2, linear.shape[0]))
    smallest = np.full(linear.shape[0], np.inf)
    np.maximum.at(found, row[continuous], size[column[continuous]])
    found = np.where(found > 0, found, 1.0)
    terms = np.abs(entries.data) * size[column]
    np.maximum.at(largest, row[terms > 0], terms[terms > 0])
    np.minimum.at(smallest, row[terms > 0], terms[terms > 0])
    mean = np.sqrt(largest) * np.sqrt(np.where(largest > 0, smallest, 0.0))
    mean = np.where(mean > 0, mean, found)
    far = (mean > _FAR * found) | (mean < found / _FAR)
    return np.where(far, np.exp2(np.round(np.log2(mean))), found)


def in_own_units(answer: A, mip: Mip) -> A:
    """What was found for `scaled(mip)` as an answer to `mip`."""
    if mip.size is None or answer.x is None:
        return answer
    return replace(answer, x=answer.x * mip.size)


def watching_in_own_units(watch: Watch | None, mip: Mip) -> Watch | None:
    """Hears of a solver that works on `scaled(mip)`, and passes on its points in `mip`'s units."""
    size = mip.size
    if watch is None or size is None:
        return watch

    def told(event: Event) -> None:
        watch(event if event.x is None else replace(event, x=event.x * size))

    return told
