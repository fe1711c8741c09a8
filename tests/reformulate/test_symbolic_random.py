"""Random models: the text's single level is that of the arrays."""

from __future__ import annotations

import pytest

import evdsl
from random_models import random_model
from symbolic_text import assert_same


@pytest.mark.parametrize(
    "seed", [*range(8), *(pytest.param(k, marks=pytest.mark.slow) for k in range(8, 200))]
)
def test_a_random_model_says_the_same_as_the_arrays(seed: int) -> None:
    assert_same(evdsl.loads(random_model(seed)))
