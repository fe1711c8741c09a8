"""Products that the followers' optimality makes linear: the same value at every bilevel point."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest

import evdsl
from evdsl.program.program import Program
from evdsl.reformulate.kkt import Kkt, kkt
from evdsl.reformulate.products import without_products
from evdsl.solve.polish import respond

TARIFF = """
set I = 1..3;
leader seller {{
  var t[i in I] in [0, 9];
  var cap in [1, 6];
  {leads} = {sign} * (sum{{i in I}}((t[i] - i) * depot.y[i]) - 0.1 * cap);
  constraint least: 1 <= sum{{i in I}}(t[i] * depot.y[i]) <= 70;
}}
follower depot {{
  var y[i in I] in [0, 2 + i];
  var z[i in I] in [0, inf];
  {follows} = {turn} * (sum{{i in I}}(t[i] * y[i] + (3 + i) * z[i]));
  constraint need[i in I]: y[i] + z[i] >= 2 * i;
  constraint room: sum{{i in I}}(y[i]) <= 7;
}}
"""
PRICE = """
set I = 1..3;
leader seller {{
  var x[i in I] in [0, 2];
  {leads} = {sign} * sum{{i in I}}({turn} * market.balance[i].dual * x[i] - x[i]);
}}
follower market {{
  var g[i in I] in [0, 4];
  var h[i in I] in [0, 9];
  {follows} = {turn} * (sum{{i in I}}(i * g[i] + 7 * h[i]));
  constraint balance[i in I]: g[i] + h[i] + x[i] == 3 + i;
  constraint shared: 1 <= sum{{i in I}}(g[i]) <= 8;
}}
"""
RENT = """
set I = 1..3;
leader buyer {{
  var x in [0, 3];
  {leads} = {sign} * (sum{{i in I}}({turn} * market.balance[i].dual * market.g[i]) + x);
}}
follower market {{
  var g[i in I] in [0, 2 * i];
  var h[i in I] in [0, 9];
  {follows} = {turn} * (sum{{i in I}}(i * g[i] + 7 * h[i]));
  constraint balance[i in I]: g[i] + h[i] == 1 + i + x;
}}
"""
WORDS = {1: "minimize", -1: "maximize"}
CASES = list(product((TARIFF, PRICE, RENT), (1, -1), (1, -1)))


@dataclass(frozen=True)
class Made:
    program: Program
    before: Kkt
    after: Kkt

    @staticmethod
    def of(text: str, leader: int = 1, follower: int = 1) -> Made:
        source = text.format(
            leads=f"{WORDS[leader]} F", sign=-leader, follows=f"{WORDS[follower]} f", turn=follower
        )
        program = evdsl.loads(source).ground().program
        before = kkt(program)
        return Made(program, before, without_products(before))

    def points(self, count: int = 10) -> list[np.ndarray]:
        """Points of the single level: the followers' answers to random decisions."""
        rng = np.random.default_rng(1)
        joint, leads = self.program.joint, self.program.column_owner == 0
        found = []
        for _ in range(count):
            decision = np.full(len(leads), np.nan)
            decision[leads] = rng.uniform(joint.lower[leads], joint.upper[leads])
            answer = respond(self.program, decision)
            assert answer is not None
            found.append(np.append(answer.x, self.before.values(answer.multipliers)))
        return found


@pytest.mark.parametrize(("text", "leader", "follower"), CASES)
def test_nothing_is_left_and_every_value_stays(text: str, leader: int, follower: int) -> None:
    made = Made.of(text, leader, follower)
    assert len(made.before.linear.products)
    assert len(made.after.linear.products) == 0
    for x in made.points():
        before, after = made.before.linear, made.after.linear
        assert after.objective(x) == pytest.approx(before.objective(x), abs=1e-6)
        slack = [
            np.minimum(level.activity(x) - level.row_lower, level.row_upper - level.activity(x))
            for level in (before, after)
        ]
        assert slack[1] == pytest.approx(slack[0], abs=1e-6)


def test_away_from_the_followers_optima_the_values_differ() -> None:
    """So the identity is one of optimality, not of algebra."""
    made = Made.of(TARIFF)
    x = made.points(1)[0].copy()
    x[made.before.pairs.multiplier] += 1.0
    assert abs(made.after.linear.objective(x) - made.before.linear.objective(x)) > 0.1


KEPT = {
    "quantity beside two tariffs": (
        "maximize F = t * depot.y + 2 * u * depot.y",
        "minimize bill = t * y + 5 * z",
    ),
    "a tariff that nobody is charged": ("maximize F = t * depot.y", "minimize bill = y + 5 * z"),
    "a room that the leader decides too": (
        "maximize F = t * depot.y",
        "minimize bill = t * y + 5 * z; constraint room: y <= u",
    ),
    "a product of two quantities": (
        "maximize F = t * depot.y + depot.y * depot.z",
        "minimize bill = t * y + 5 * z",
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_no_identity_holds_for_stays_as_it_is(name: str) -> None:
    leads, follows = KEPT[name]
    made = Made.of(
        f"leader up {{{{ var t in [0, 9]; var u in [0, 9]; {leads}; }}}}"
        f"follower depot {{{{ var y in [0, 4]; var z in [0, 9]; {follows}; constraint n: y + z >= 3 + 0 * u; }}}}"
    )
    assert len(made.after.linear.products)
    for x in made.points(6):
        value = made.before.linear.objective(x)
        assert made.after.linear.objective(x) == pytest.approx(value, abs=1e-6)


def test_without_products_nothing_is_touched() -> None:
    level = kkt(evdsl.loads("leader a { var x in [0, 1]; minimize F = x; }").ground().program)
    assert without_products(level) is level


def test_squares_of_the_followers_bill_stay_in_the_revenue() -> None:
    """t y where the follower pays t y + y²/2 - 4 y + …: at its answer t = 4 - y, so t y = 4 y - y²
    once y is inside its limits. What is left is concave, which a maximum can take."""
    made = Made.of(
        "leader up {{ var t in [0, 9]; maximize F = t * low.y; }}"
        "follower low {{ var y in [0, 9]; minimize f = t * y + y ^ 2 / 2 - 4 * y; }}"
    )
    terms = made.after.linear.products
    assert [(int(i), int(j)) for i, j in zip(terms.first, terms.second, strict=True)] == [(1, 1)]
    assert terms.coef == pytest.approx([-1])
    for x in made.points(6):
        value = made.before.linear.objective(x)
        assert made.after.linear.objective(x) == pytest.approx(value, abs=1e-6)
