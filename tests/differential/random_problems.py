"""Seeded random problems of at most 9 pairs; small whole coefficients, so ties do occur."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from patterns import brute_force
from problems import INF, Level, Limit, Problem, Row, Square, Terms, Variable

MOST_PAIRS = 9


@dataclass(frozen=True)
class Recipe:
    """How often a problem has what; `change` is made to it, and then it may be put in bad units."""

    followers: int = 1
    whole: float = 0.0
    maximise: float = 0.3
    open_leader: float = 0.0
    open: float = 0.2
    equal: float = 0.1
    coupled: float = 0.3
    moving: float = 0.2
    switched: float = 0.0
    tariff: float = 0.0
    paid: float = 0.0
    read: float = 0.0
    squares_above: float = 0.0
    squares_below: float = 0.0
    peers: float = 0.0
    scaled: bool = False
    change: Callable[[Problem, np.random.Generator], Problem] | None = None


@dataclass(frozen=True)
class Drawn:
    """A problem of a class; its leader's objective is `unit` times that of the one in small whole
    numbers, `plain`, which has the same solutions."""

    kind: str
    problem: Problem
    plain: Problem
    unit: float


def random_problem(seed: int) -> Drawn:
    """The problem of a seed; consecutive seeds go through the classes."""
    kind = list(CLASSES)[seed % len(CLASSES)]
    recipe, rng = CLASSES[kind], np.random.default_rng(seed)
    while True:
        made = _Draw(recipe, rng).problem()
        if recipe.change is not None:
            made = recipe.change(made, rng)
        if 1 <= made.pairs <= MOST_PAIRS:
            return badly_scaled(kind, made, rng) if recipe.scaled else Drawn(kind, made, made, 1.0)


@dataclass(frozen=True)
class _Draw:
    recipe: Recipe
    rng: np.random.Generator

    def problem(self) -> Problem:
        recipe = self.recipe
        xs = {f"x{i}": self.leader_variable() for i in range(self.number(1, 2))}
        if recipe.whole == 1:
            xs["x0"] = Variable(0.0, 1.0, whole=True)
        names = [[f"y{k}{i}" for i in range(self.number(1, 2))] for k in range(recipe.followers)]
        followers = tuple(
            self.follower(
                f"low{k}", ys, xs, [y for other in names if other is not ys for y in other]
            )
            for k, ys in enumerate(names)
        )
        return Problem(self.leader(xs, followers), followers)

    def leader(self, xs: dict[str, Variable], followers: tuple[Level, ...]) -> Level:
        recipe, sense = self.recipe, self.sense()
        ys = [y for level in followers for y in level.variables]
        read = [
            f"{f.name}.{row}.dual" for f in followers for row in f.rows if self.is_(recipe.read)
        ]
        cost = self.terms([*xs, *ys, *read])
        for level in followers:
            products = {names: c for names, c in level.cost.items() if names[0] in xs and names[1:]}
            share = self.some(-2, 2)
            cost |= {names: share * coef for names, coef in products.items()}
        whole = [x for x in xs if xs[x].whole]
        for y in ys:
            if whole and self.is_(recipe.paid):
                cost[whole[0], y] = self.some(-3, 3)
        rows = {}
        for k in range(self.number(1, 2) if self.is_(recipe.coupled) else 0):
            terms = self.terms([*xs, *ys, *read[:1]])
            if whole and self.is_(recipe.paid):
                terms[whole[0], ys[0]] = self.some(-3, 3)
            rows[f"c{k}"] = self.row(terms)
        squares = tuple(
            Square(sense * self.some(1, 3) / 2, self.terms([*xs, *ys]))
            for _ in range(self.number(1, 2) if self.is_(recipe.squares_above) else 0)
        )
        return Level("up", sense, xs, cost, rows, squares)

    def follower(
        self, name: str, ys: list[str], xs: dict[str, Variable], others: list[str]
    ) -> Level:
        recipe, sense = self.recipe, self.sense()
        cost = self.terms(ys)
        for y in ys:
            if self.is_(recipe.tariff):
                cost[str(self.rng.choice(list(xs))), y] = self.some(-2, 2)
            if others and self.is_(recipe.peers):
                cost[y, str(self.rng.choice(others))] = self.some(-1, 1)
        squares = tuple(
            Square(sense * self.some(1, 3) / 2, self.terms([*ys]))
            for _ in range(self.number(1, 2) if self.is_(recipe.squares_below) else 0)
        )
        fixed = recipe.tariff > 0
        rows = {}
        for k in range(self.number(1, 3)):
            terms = self.terms(ys) | ({} if fixed else self.terms([*xs], zero=0.4))
            if others and self.is_(recipe.peers):
                terms[(str(self.rng.choice(others)),)] = self.some(-1, 1)
            switch = next((x for x in xs if xs[x].whole), None)
            if switch and self.is_(recipe.switched):
                terms[switch, str(self.rng.choice(ys))] = self.some(-3, 3)
            rows[f"{name}r{k}"] = self.row(terms)
        variables = {y: self.follower_variable([] if fixed else [*xs]) for y in ys}
        return Level(name, sense, variables, cost, rows, squares)

    def leader_variable(self) -> Variable:
        if self.is_(self.recipe.open_leader):
            return Variable(-INF if self.is_(0.3) else 0.0, INF)
        if self.is_(self.recipe.whole):
            return Variable(0.0, 1.0, whole=True)
        lower = self.number(-2, 0)
        return Variable(lower, lower + self.number(1, 6))

    def follower_variable(self, xs: list[str]) -> Variable:
        lower: Limit = -INF if self.is_(self.recipe.open / 2) else float(self.number(-2, 0))
        upper: Limit = INF if self.is_(self.recipe.open) else float(self.number(2, 8))
        if xs and self.is_(self.recipe.moving):
            upper = {(str(self.rng.choice(xs)),): self.some(-1, 2), (): float(self.number(1, 5))}
        return Variable(lower, upper)

    def row(self, terms: Terms) -> Row:
        if self.is_(self.recipe.equal):
            value = float(self.number(0, 4))
            return Row(terms, value, value)
        lower, upper = float(self.number(-6, 2)), float(self.number(3, 8))
        which = self.rng.random()
        return Row(terms, -INF if which < 0.5 else lower, INF if which > 0.8 else upper)

    def terms(self, names: list[str], zero: float = 0.2) -> Terms:
        found: Terms = {(name,): self.some(-3, 3) for name in names if not self.is_(zero)}
        return found or {(names[0],): self.some(-3, 3)}

    def sense(self) -> int:
        return -1 if self.is_(self.recipe.maximise) else 1

    def is_(self, chance: float) -> bool:
        return bool(self.rng.random() < chance)

    def number(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def some(self, low: int, high: int) -> float:
        return float(self.rng.choice([v for v in range(low, high + 1) if v]))


# ---- changes ---------------------------------------------------------------------------------
def degenerate(problem: Problem, rng: np.random.Generator) -> Problem:
    """Rows and limits of the first follower moved so that all meet in one point, and a row twice."""
    leader, low = problem.leader, problem.followers[0]
    point = {x: float(v.lower) for x, v in leader.variables.items()}
    point |= {y: float(rng.integers(-1, 3)) for y in low.variables}
    rows = {}
    for name, row in low.rows.items():
        value = sum(coef * math.prod(point[n] for n in names) for names, coef in row.terms.items())
        above = math.isfinite(row.upper) and row.lower != row.upper
        rows[name] = Row(row.terms, -INF if above else value, value if above else INF)
    first = next(iter(rows.values()))
    double = {names: 2 * coef for names, coef in first.terms.items()}
    rows["twice"] = Row(double, 2 * first.lower, 2 * first.upper)
    variables = {y: Variable(point[y], v.upper) for y, v in low.variables.items()}
    return replace(problem, followers=(replace(low, rows=rows, variables=variables),))


def tied(problem: Problem, rng: np.random.Generator) -> Problem:
    """The first follower indifferent along a row, or to everything."""
    low = problem.followers[0]
    row = next(iter(low.rows.values()))
    along = {names: coef for names, coef in row.terms.items() if names[0] in low.variables}
    cost = along if rng.random() < 0.7 else {(next(iter(low.variables)),): 0.0}
    return replace(problem, followers=(replace(low, cost=cost),))


def hopeless(problem: Problem, rng: np.random.Generator) -> Problem:
    """The leader asked for more than its optimum, or a follower for what cannot be."""
    leader, low = problem.leader, problem.followers[0]
    truth = brute_force(problem)
    if truth.status == "optimal" and rng.random() < 0.7:
        better = truth.value - leader.sense * 0.5
        limits = (-INF, better) if leader.sense > 0 else (better, INF)
        rows = leader.rows | {"wish": Row(leader.cost, *limits)}
        return replace(problem, leader=replace(leader, rows=rows))
    body: Terms = {(y,): 1.0 for y in low.variables}
    rows = low.rows | {"much": Row(body, 30.0, INF), "little": Row(body, -INF, 29.0)}
    return replace(problem, followers=(replace(low, rows=rows), *problem.followers[1:]))


def badly_scaled(
    kind: str, problem: Problem, rng: np.random.Generator, sizes: Sequence[float] = (1e-4, 1.0, 1e4)
) -> Drawn:
    """The same problem in units of these sizes, drawn for each variable, row and objective."""

    def factors(names: list[str]) -> dict[str, float]:
        return {name: float(rng.choice(sizes)) for name in names}

    levels = problem.levels
    variables = [n for level in levels for n, v in level.variables.items() if not v.whole]
    rows = [row for level in levels for row in level.rows]
    objectives = factors([level.name for level in levels])
    scaled = problem.scaled(factors(variables), factors(rows), objectives)
    return Drawn(kind, scaled, problem, objectives[problem.leader.name])


CLASSES = {
    "linear": Recipe(coupled=0.0, moving=0.0, open=0.0),
    "open limits": Recipe(open=0.9),
    "equalities": Recipe(equal=0.7, open=0.6),
    "maximising": Recipe(maximise=1.0),
    "coupling rows": Recipe(coupled=1.0),
    "moving limits": Recipe(moving=0.9),
    "two followers": Recipe(followers=2),
    "equilibria": Recipe(followers=2, peers=0.6, moving=0.0),
    "binary leader": Recipe(whole=1.0),
    "switches": Recipe(whole=1.0, open=0.0, switched=0.8, paid=0.4),
    "tariffs": Recipe(tariff=0.8, open=0.0),
    "multipliers read": Recipe(read=0.8, coupled=0.5),
    "squares above": Recipe(squares_above=1.0),
    "squares below": Recipe(squares_below=1.0),
    "degenerate": Recipe(open=0.0, coupled=0.2, change=degenerate),
    "tied": Recipe(change=tied),
    "infeasible": Recipe(change=hopeless),
    "unbounded": Recipe(open_leader=1.0, open=0.5),
    "badly scaled": Recipe(scaled=True),
    "all at once": Recipe(
        whole=0.5, read=0.3, moving=0.4, switched=0.3, squares_below=0.3, scaled=True
    ),
}
