"""Products with fixed columns become linear and keep every value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dense_levels import level
from evdsl.program.linear import Products
from evdsl.program.settle import settled


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.booleans(), min_size=5, max_size=5))
def test_values_stay_and_products_go(seed: int, fixed: list[bool]) -> None:
    rng = np.random.default_rng(seed)
    still = np.array(fixed)
    bare = level(
        rng.normal(size=5), None, rng.normal(size=(2, 5)), [-9, -9], [9, 9], limits=(-3, 3)
    )
    value = rng.integers(-3, 4, 5).astype(float)
    made = replace(
        bare,
        lower=np.where(still, value, bare.lower),
        upper=np.where(still, value, bare.upper),
        products=Products.of(
            rng.integers(-1, 2, 9), rng.integers(0, 5, 9), rng.integers(0, 5, 9), rng.normal(size=9)
        ),
    )
    easy = settled(made)
    assert not still[easy.products.columns].any()
    kept = ~(still[made.products.first] | still[made.products.second])
    assert len(easy.products) == kept.sum()
    for _ in range(3):
        x = np.where(still, value, rng.uniform(-3, 3, 5))
        np.testing.assert_allclose(easy.objective(x), made.objective(x), atol=1e-9)
        np.testing.assert_allclose(easy.activity(x), made.activity(x), atol=1e-9)
