"""Away from a place that no descent improves: a penalty in place of the followers' optimality.

With given multipliers the sum of all slacks times multipliers is linear, and zero just where they
prove an optimum. The leader decides with that sum as a cost, the followers' answer gives the next
multipliers, and the cost grows until leader and followers agree: penalty alternating direction
(Kleinert and Schmidt 2021, doi 10.1287/ijoc.2019.0945).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evdsl.solve.search.levels import Levels, Place

_HEAVIEST = 1e3
_WEIGHTS = (-1.5, 1.0)
_GROWTH = (1.3, 2.0, 3.0)


def kick(levels: Levels, place: Place, random: np.random.Generator) -> Place | None:
    """Another place, better or worse; None where none is found."""
    scale = _scale(levels, place)
    weight = scale * 10 ** random.uniform(*_WEIGHTS)
    growth = float(random.choice(_GROWTH))
    reached: Place | None = None
    while weight < _HEAVIEST * scale and not levels.budget.is_over:
        x = levels.loosened((reached or place).duals, weight)
        answer = None if x is None else levels.answer(x)
        if x is None or answer is None:
            return reached
        if levels.is_proved(x, answer.duals):
            return replace(answer, x=x, objective=levels.value(x))
        reached = answer
        weight *= growth
    return reached


def _scale(levels: Levels, place: Place) -> float:
    """The leader's largest marginal cost over the followers'."""
    lead = float(np.abs(levels.joint.gradient(place.x)).max(initial=0.0))
    follow = float(np.abs(levels.program.marginal_cost(place.x)).max(initial=0.0))
    return (lead or 1.0) / (follow or 1.0)
