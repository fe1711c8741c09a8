"""200 random bilevel LPs: every encoding, and mixtures, against brute force over the pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from evdsl.backends import branch, highs, scip
from evdsl.backends.options import SolveOptions
from evdsl.backends.scaling import in_own_units, scaled
from evdsl.program.mip import Answer, Mip
from evdsl.reformulate.encode import encode
from evdsl.reformulate.kkt import kkt
from evdsl.source.diagnostic import Diagnostic, EvdslError
from oracle import brute_force
from random_programs import KINDS, random_program

SEEDS = range(200)
EXACT = SolveOptions(gap=0.0)


@cache
def truth(seed: int) -> tuple[str, float]:
    return brute_force(random_program(seed)[1])


def by_bigm(seed: int) -> Answer | EvdslError:
    single = kkt(random_program(seed)[1])
    try:
        return highs.solve(encode(single, "bigm").mip, EXACT)
    except EvdslError as refusal:
        return refusal


def agrees(answer: Answer, seed: int) -> bool:
    status, value = truth(seed)
    same = status != "optimal" or answer.objective == pytest.approx(value, rel=1e-5, abs=1e-5)
    return answer.status == status and same


@pytest.mark.parametrize("kind", KINDS)
def test_sos1_on_scip_finds_every_optimum(kind: str) -> None:
    seeds = [seed for seed in SEEDS if random_program(seed)[0] == kind]
    mips = {seed: encode(kkt(random_program(seed)[1]), "sos1").mip for seed in seeds}
    wrong = [seed for seed in seeds if not agrees(scip.solve(mips[seed], EXACT), seed)]
    assert len(seeds) == 20
    assert wrong == []


def test_bigm_on_highs_finds_every_optimum_that_it_accepts() -> None:
    answers = {seed: by_bigm(seed) for seed in SEEDS}
    accepted = {seed: a for seed, a in answers.items() if isinstance(a, Answer)}
    refused = [a for a in answers.values() if isinstance(a, EvdslError)]
    wrong = [seed for seed, answer in accepted.items() if not agrees(answer, seed)]
    solvable = [seed for seed in accepted if truth(seed)[0] == "optimal"]
    assert wrong == []
    assert {d.code for a in refused for d in a.diagnostics} <= {"E0501", "E0502"}
    assert len(accepted) >= 180
    assert len(solvable) >= 150


def test_branching_on_highs_finds_every_optimum() -> None:
    mips = {seed: encode(kkt(random_program(seed)[1]), "branch").mip for seed in SEEDS[::2]}
    wrong = [seed for seed, mip in mips.items() if not agrees(branch.solve(mip, EXACT), seed)]
    assert wrong == []


@pytest.mark.parametrize(
    ("solve", "methods"),
    [(branch.solve, ["branch", "bigm"]), (scip.solve, ["sos1", "indicator", "bigm"])],
)
def test_each_pair_by_a_method_of_its_own(
    solve: Callable[[Mip, SolveOptions], Answer], methods: list[str]
) -> None:
    """Drawn at random; where big-M has no proof for a pair of its own the mixture is passed over."""
    wrong, refused, accepted = [], list[Diagnostic](), 0
    for seed in SEEDS[1::4]:
        single = kkt(random_program(seed)[1])
        ways = np.random.default_rng(seed).choice(methods, len(single.pairs))
        try:
            mip = encode(single, ways).mip
        except EvdslError as refusal:
            refused += refusal.diagnostics
            continue
        accepted += 1
        if not agrees(solve(mip, EXACT), seed):
            wrong.append(seed)
    assert wrong == []
    assert {d.code for d in refused} <= {"E0501", "E0502"}
    assert accepted >= 40


@pytest.mark.parametrize("unit", [1e-12, 1e-8, 1e8])
def test_the_unit_of_the_followers_costs_does_not_matter(unit: float) -> None:
    """Costs in millions per Wh are 1e-11 of those in cents per kWh; the answers are the same."""
    wrong, accepted = [], 0
    for seed in range(40):
        made = random_program(seed)[1]
        single = kkt(
            replace(
                made, follower_cost=unit * made.follower_cost, foreign_cost=unit * made.foreign_cost
            )
        )
        try:
            mip = encode(single, "bigm").mip
        except EvdslError:
            continue
        accepted += 1
        if not agrees(in_own_units(highs.solve(scaled(mip), EXACT), mip), seed):
            wrong.append(seed)
    assert wrong == []
    assert accepted >= 35
