"""From a two-level model to the model of its single level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evdsl.check import check
from evdsl.check.findings import Findings
from evdsl.check.refs import Resolver
from evdsl.check.sets import Sets
from evdsl.check.symbols import collect
from evdsl.ir.model import (
    Baseline,
    Check,
    Declaration,
    Definition,
    Follower,
    Item,
    Leader,
    Model,
    Report,
)
from evdsl.program.program import Program
from evdsl.reformulate.symbolic.decided import Decided
from evdsl.reformulate.symbolic.derive import Derivative
from evdsl.reformulate.symbolic.facts import Facts
from evdsl.reformulate.symbolic.families import Formula, Problem
from evdsl.reformulate.symbolic.flatten import Flat, Formulas
from evdsl.reformulate.symbolic.hygiene import Fresh
from evdsl.reformulate.symbolic.leader import FollowerItems, formula_item, own_item
from evdsl.reformulate.symbolic.lifted import refuse_lifted
from evdsl.reformulate.symbolic.names import Names
from evdsl.reformulate.symbolic.needed import needed
from evdsl.reformulate.symbolic.readable import Readable
from evdsl.reformulate.symbolic.readings import Readings
from evdsl.reformulate.symbolic.refusal import not_in_the_language
from evdsl.reformulate.symbolic.roots import Roots
from evdsl.reformulate.symbolic.rows import Blocks
from evdsl.reformulate.symbolic.stationary import Stationarity
from evdsl.reformulate.symbolic.steps import Stepping
from evdsl.reformulate.symbolic.units import Units
from evdsl.source.diagnostic import EvdslError, errors


def symbolic_kkt(model: Model, program: Program) -> Model:
    """The single level of a checked model whose data gives `program`.

    The numbers decide only which limits are infinite, and which are 0. What the single level does
    not need is left out: checks, baselines, reports, and data that nothing else uses. Raises
    EvdslError (E0520) for what has no symbolic form, such as a follower's whole numbers.
    """
    made = needed(_Level(model, program).model())
    wrong = errors(check(made))
    if wrong:
        raise EvdslError(not_in_the_language(found) for found in wrong)
    return made


class _Level:
    def __init__(self, model: Model, program: Program) -> None:
        self.source = model
        symbols = collect(model, Findings())
        fresh = Fresh()
        self.names = Names(model, symbols)
        roots = Roots(Sets(symbols))
        self.copy = Stepping(fresh, roots)
        self.readable = Readable(self.names.seen)
        facts = Facts(program)
        flat = Flat(Resolver(symbols), self.names, fresh, roots)
        formulas = Formulas(flat)
        self.decided = Decided(formulas)
        decisions = self._decisions()
        blocks = Blocks(flat, self.decided, decisions, facts)
        self.problems = [blocks.problem(block) for block in model.followers]
        for problem in self.problems:
            refuse_lifted(problem, self.decided, decisions)
        readings = Readings({p.block.name: p for p in self.problems}, facts, self.copy)
        self.flat = Flat(flat.resolver, self.names, fresh, roots, reading=readings)
        self.formulas = Formulas(self.flat)
        for made in self.problems:
            objective = _objective(made, self.names)
            if objective is not None:
                self.formulas.put(objective)
        units = Units(model, formulas, self.problems)
        self.problems = [units.within(made) for made in self.problems]

    def _decisions(self) -> frozenset[str]:
        leader = self.source.leader
        own = leader.variables if leader is not None else ()
        followed = (
            self.names.member(block, item.name)
            for block in self.source.followers
            for item in block.variables
        )
        return frozenset([*(item.name for item in own), *followed])

    def model(self) -> Model:
        kept = (d for d in self.source.declarations if _is_kept(d))
        return replace(self.source, declarations=tuple(map(self._declaration, kept)))

    def _declaration(self, declaration: Declaration) -> Declaration:
        match declaration:
            case Leader(items=items):
                flat = self.flat.inside(declaration)
                own = (own_item(item, flat, self.readable) for item in items)
                added = (item for problem in self.problems for item in self._of(problem))
                return replace(declaration, items=(*own, *added))
            case Definition():
                item = own_item(declaration, self.flat, self.readable)
                assert isinstance(item, Definition)
                return item
        return declaration

    def _of(self, problem: Problem) -> Iterator[Item]:
        """What a follower becomes."""
        items = FollowerItems(problem, self.readable, self.names)
        own = {variable.name: variable for variable in problem.variables}
        derivative = Derivative(own, self.decided, self.copy)
        yield from items.variables()
        yield from items.multipliers()
        for formula in self.formulas.of(problem.block):
            yield formula_item(formula, self.readable)
        yield from items.rows()
        yield from items.stationarity(Stationarity(problem, derivative, self.copy))


def _is_kept(declaration: Declaration) -> bool:
    return not isinstance(declaration, Check | Baseline | Report | Follower)


def _objective(problem: Problem, names: Names) -> Formula | None:
    """A follower's objective, where it has a name by which it can be read."""
    objective = problem.block.objectives[0]
    if objective.name is None:
        return None
    called = names.member(problem.block, objective.name)
    return Formula(called, problem.header, problem.objective, problem.block, objective.unit)
