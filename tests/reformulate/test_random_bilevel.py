"""200 random bilevel LPs: both encodings against brute force over the pairs."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from evdsl.backends import highs, scip
from evdsl.backends.options import SolveOptions
from evdsl.backends.scaling import in_own_units, scaled
from evdsl.program.mip import Answer
from evdsl.reformulate.encode import encode
from evdsl.reformulate.kkt import kkt
from evdsl.source.diagnostic import EvdslError
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
