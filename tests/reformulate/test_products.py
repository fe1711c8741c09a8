"""Products that the followers' optimality makes linear: the same value at every bilevel point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import evdsl
from evdsl.program.program import Multipliers, Program
from evdsl.reformulate.kkt import kkt
from evdsl.reformulate.products import without_products
from evdsl.solve.polish import respond

TARIFFS = """
set I = 1..3;
leader seller {{
  var t[i in I] in [0, 9];
  var cap in [1, 6];
  {sense} profit = {sign} * (sum{{i in I}}((t[i] - i) * depot.y[i]) - 0.1 * cap);
}}
follower depot {{
  var y[i in I] in [0, 2 + i];
  var z[i in I] in [0, inf];
  {sense_} bill = {sign_} * (sum{{i in I}}(t[i] * y[i] + (3 + i) * z[i]){more});
  constraint need[i in I]: y[i] + z[i] >= 2 * i;
  constraint room: sum{{i in I}}(y[i]) <= 4 + cap;
}}
"""

PRICES = """
set I = 1..3;
leader seller {{
  var x[i in I] in [0, 2];
  {sense} profit = {sign} * sum{{i in I}}(market.balance[i].dual * x[i] - x[i]);
}}
follower market {{
  var g[i in I] in [0, 4];
  var h[i in I] in [0, 9];
  {sense_} cost = {sign_} * (sum{{i in I}}(i * g[i] + 7 * h[i]){more});
  constraint balance[i in I]: g[i] + h[i] + x[i] == 3 + i;
  constraint shared: sum{{i in I}}(g[i]) <= 8;
}}
"""

OWNED = """
set I = 1..3;
leader buyer {{
  var x in [0, 3];
  {sense} paid = {sign} * (sum{{i in I}}(market.balance[i].dual * market.g[i]) + x);
}}
follower market {{
  var g[i in I] in [0, 2 * i];
  var h[i in I] in [0, 9];
  {sense_} cost = {sign_} * (sum{{i in I}}(i * g[i] + 7 * h[i]){more});
  constraint balance[i in I]: g[i] + h[i] == 1 + i + x;
}}
"""


@dataclass(frozen=True)
class Case:
    """A model of which all products cancel; `more` in the follower's bill leaves its squares."""

    text: str
    senses: tuple[int, int]
    squares: bool = False

    def program(self) -> Program:
        words = {1: "minimize", -1: "maximize"}
        leader, follower = self.senses
        return (
            evdsl.loads(
                self.text.format(
                    sense=words[leader],
                    sign=-leader,
                    sense_=words[follower],
                    sign_=follower,
                    more=" + g[1]^2" if self.squares else "",
                )
            )
            .ground()
            .program
        )


CASES = [
    Case(text, (leader, follower))
    for text in (TARIFFS, PRICES, OWNED)
    for leader in (1, -1)
    for follower in (1, -1)
]


def points(program: Program, seed: int) -> list[tuple[np.ndarray, Multipliers]]:
    """The followers' answers to random decisions, and the multipliers there."""
    rng = np.random.default_rng(seed)
    joint, leads = program.joint, program.column_owner == 0
    found = []
    for _ in range(12):
        decision = np.where(leads, rng.uniform(joint.lower, np.where(leads, joint.upper, joint.lower)
                                               if leads.all() else _finite(joint.upper)), np.nan)  # fmt: skip
        answer = respond(program, decision)
        if answer is not None:
            found.append((answer.x, answer.multipliers))
    return found


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, 0.0)
