"""What the headers say: each problem has its source and optimum, and is what its name says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from evdsl.program.program import Program
from headers import FOLDER, PROBLEMS, Claim, Published

NEEDED = {"source", "class", "published", "optimum"}
KNOWN = NEEDED | {"reading", "infimum", "approached", "better", "refuted", "note"}
NOT_GROUNDED = "int_pao_bqp1"


def whole_leader(program: Program) -> bool:
    return bool(program.joint.integer[program.leader_columns].any())


def linear(program: Program) -> bool:
    return not len(program.joint.products) and not len(program.follower_products)


def squares(program: Program) -> bool:
    return bool(len(program.joint.products.of_objective) or len(program.follower_products))


def prices(program: Program) -> bool:
    """The leader's decision times what a follower buys, in both objectives or the follower's."""
    terms = program.follower_products
    owner = program.column_owner
    return bool(((owner[terms.first] == 0) != (owner[terms.second] == 0)).any())


IS: dict[str, Callable[[Published, Program], bool]] = {
    "lp": lambda _, it: linear(it) and not it.joint.integer.any() and len(it.followers) == 1,
    "edge": lambda _, it: linear(it) and not it.follower_integer.any(),
    "mip": lambda _, it: linear(it) and whole_leader(it) and not it.follower_integer.any(),
    "multi": lambda _, it: linear(it) and len(it.followers) > 1 and not it.nash,
    "qp": lambda _, it: squares(it) and not it.nash and not it.follower_integer.any(),
    "price": lambda _, it: prices(it),
    "dual": lambda _, it: len(it.readings) > 0,
    "nash": lambda _, it: it.nash,
    "pess": lambda header, it: header.pessimistic and len(it.followers) == 1,
    "int": lambda _, it: bool(it.follower_integer.any()) or len(switched(it)) > 0,
}


def switched(program: Program) -> np.ndarray:
    """The columns that stand for a product of a follower's variable and a binary."""
    return np.array([f.start for f in program.joint.columns if f.role == "auxiliary"])


def test_there_are_problems_of_all_classes() -> None:
    count = Counter(problem.family for problem in PROBLEMS.values())
    assert set(count) == set(IS)
    assert count.total() >= 60


def test_the_table_counts_them() -> None:
    rows = re.findall(r"\| `(\w+)_` \|.*\| (\d+) \|", (FOLDER / "README.md").read_text())
    count = Counter(problem.family for problem in PROBLEMS.values())
    assert {family: int(number) for family, number in rows} == count


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_header_is_whole(name: str) -> None:
    problem = PROBLEMS[name]
    assert set(problem.fields) >= NEEDED
    assert set(problem.fields) <= KNOWN
    assert re.search(
        r"\b(19|20)\d\d\b|github\.com|\w+\.jl|AMPL|BOLIB|MibS|PAO|Pyomo|YALMIP",
        problem.fields["source"],
    )
    assert problem.model.ir.name == name
    assert problem.published or "note" in problem.fields, "whence is the optimum?"
    unattained = problem.optimum.status == "not attained"
    assert unattained == ({"infimum", "approached"} <= set(problem.fields))


@pytest.mark.parametrize("name", sorted(set(PROBLEMS) - {NOT_GROUNDED}))
def test_a_problem_is_what_its_name_says(name: str) -> None:
    problem = PROBLEMS[name]
    assert IS[problem.family](problem, problem.program)


def test_a_value_agrees_as_far_as_its_digits_go() -> None:
    exact = Claim("optimal", 0.5015)
    assert Claim("optimal", 0.5, printed=0.05).rounds(exact)
    assert not Claim("optimal", 0.4, printed=0.05).rounds(exact)
    assert not Claim("infeasible", float("nan")).rounds(exact)
    assert exact.holds("optimal", 0.50151)
    assert not exact.holds("optimal", 0.5017)
    assert not exact.holds("infeasible", float("nan"))
