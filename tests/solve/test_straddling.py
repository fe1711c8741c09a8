"""How many columns of the leader straddle each place of a chain: against one column at a time."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from scipy import sparse

from evdsl.program.linear import Linear
from evdsl.solve.bound.places import Places, straddling


def straddled(serves: np.ndarray, cyclic: bool) -> np.ndarray:
    """(T,) of each column's rows `serves` (T, L), the leader's columns behind the T links."""
    T, L = serves.shape
    body = sparse.csr_array(np.hstack([np.eye(T), serves]))
    none = np.zeros(0)
    linear = Linear((), (), body, none, none, none, none, np.zeros(0, np.bool_), none)
    links = np.append(np.arange(T - 1), 0 if cyclic else -1)
    column = np.append(np.arange(T), np.full(L, -1))
    places = Places(np.arange(T), links, column, np.full(T, -1), cast(Any, None))
    return straddling(places, linear, np.arange(T + L) >= T)


def drawn(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.random((int(rng.integers(4, 15)), 1)) < rng.choice([0.1, 0.3, 0.6])


@pytest.mark.parametrize("seed", range(20))
def test_one_column(seed: int) -> None:
    serves = drawn(seed)
    T, at = len(serves), np.flatnonzero(serves)
    first, last = (at[0], at[-1]) if len(at) else (0, 0)
    places = np.arange(T)
    np.testing.assert_array_equal(straddled(serves, False), (places >= first) & (places < last))
    found = straddled(serves, True)
    gaps = np.diff(np.append(at, at[:1] + T))
    assert found.sum() == (T - gaps.max() if len(at) > 1 else 0)
    assert set(found.tolist()) <= {0, 1}
    assert np.count_nonzero(np.diff(np.append(found, found[0]))) in (0, 2), "one stretch"


@pytest.mark.parametrize("cyclic", [True, False])
def test_columns_add_up(cyclic: bool) -> None:
    rng = np.random.default_rng(7)
    serves = rng.random((12, 5)) < 0.4
    total = sum(straddled(serves[:, [j]], cyclic) for j in range(5))
    np.testing.assert_array_equal(straddled(serves, cyclic), total)
