"""What is found of a program's followers is kept as long as the program."""

from __future__ import annotations

import gc
import weakref

import numpy as np

import evdsl
from evdsl.solve.followers import followers

TEXT = """
leader top { var k in [0, 4]; minimize goal = k; }
follower low[u in 1..2] { var y in [0, 9]; minimize cost = 3 * y; constraint need: y >= k - u; }
"""


def test_each_follower_alone_is_a_part_of_all() -> None:
    program = evdsl.loads(TEXT).ground().program
    whole = followers(program)
    assert followers(program) is whole
    for k in (1, 2):
        alone = followers(program, k)
        answer = alone.answer(np.array([4.0, np.nan, np.nan]))
        assert answer.x.tolist() == [4.0 - k]
        assert whole.columns[k - 1] == alone.columns[0]
        assert alone.multipliers(answer).row[alone.rows].tolist() == [3.0]


def test_nothing_keeps_a_program() -> None:
    program = evdsl.loads(TEXT).ground().program
    followers(program)
    known = weakref.ref(program)
    del program
    gc.collect()
    assert known() is None
