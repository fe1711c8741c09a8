"""Problems with complementarity as sets of polynomials, to compare two ways of making one.

A problem is an objective, polynomials that are not negative, polynomials that are zero, and pairs
of polynomials one of which is zero. Written by column names it has no order, and is brought to a
form in which nothing is left to choice:

* columns that only stand for something (a multiplier that the leader reads, a long sum, one side of
  a written pair) are replaced by it, a follower's together with their multipliers;
* a variable's limit and a row with that variable alone are the same thing;
* two sides of a row that meet are an equality, and their two multipliers one free multiplier, for
  both slacks are 0 at every point;
* an equality may be multiplied by -1, and so may a free multiplier wherever it stands.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from evdsl.ir import model as ir
from evdsl.program.linear import Family, Linear, Products
from evdsl.program.program import Program
from evdsl.reformulate.kkt import EQUAL, LOWER, Kkt, kkt

Monomial = tuple[str, ...]
Poly = dict[Monomial, float]


# ---- polynomials ---------------------------------------------------------------------------------
def plus(one: Poly, other: Poly, factor: float = 1.0) -> Poly:
    total = dict(one)
    for monomial, value in other.items():
        total[monomial] = total.get(monomial, 0.0) + factor * value
    size = max((abs(v) for v in (*one.values(), *other.values())), default=0.0)
    return {m: v for m, v in total.items() if abs(v) > 1e-12 * max(1.0, size)}


def minus(poly: Poly) -> Poly:
    return {monomial: -value for monomial, value in poly.items()}


def times(one: Poly, other: Poly) -> Poly:
    total: Poly = {}
    for a, x in one.items():
        for b, y in other.items():
            total = plus(total, {tuple(sorted((*a, *b))): x * y})
    return total


def put_in(poly: Poly, meanings: dict[str, Poly]) -> Poly:
    """The polynomial with others in the place of some columns."""
    if not any(name in meanings for monomial in poly for name in monomial):
        return poly
    total: Poly = {}
    for monomial, value in poly.items():
        term: Poly = {(): value}
        for name in monomial:
            term = times(term, meanings.get(name, {(name,): 1.0}))
        total = plus(total, term)
    return total


def is_free(name: str) -> bool:
    """Whether a column is the multiplier of an equality."""
    return name.endswith("|equal")


def shown(poly: Poly) -> tuple[tuple[Monomial, str], ...]:
    return tuple(sorted((m, f"{v:.8g}") for m, v in poly.items()))


def unsigned(poly: Poly) -> tuple[tuple[Monomial, str], ...]:
    """The polynomial whatever its signs."""
    return tuple((monomial, value.lstrip("-")) for monomial, value in shown(poly))


# ---- problems ------------------------------------------------------------------------------------
@dataclass
class Mpec:
    """Minimise `objective`; `pairs` are (multiplier, slack)."""

    objective: Poly
    not_negative: list[Poly] = field(default_factory=list)
    zero: list[Poly] = field(default_factory=list)
    pairs: list[tuple[Poly, Poly]] = field(default_factory=list)
    whole: set[str] = field(default_factory=set)

    def mapped(self, change: Callable[[Poly], Poly]) -> Mpec:
        return Mpec(
            change(self.objective),
            [p for p in map(change, self.not_negative) if p],
            [p for p in map(change, self.zero) if p],
            [(change(a), change(b)) for a, b in self.pairs],
            self.whole,
        )

    def without(self, meanings: dict[str, Poly]) -> Mpec:
        """With the meanings of columns in their place, which may lead to each other."""
        for _ in range(len(meanings)):
            if not any(set(m) & set(meanings) for p in meanings.values() for m in p):
                break
            meanings = {name: put_in(p, meanings) for name, p in meanings.items()}
        return self.mapped(lambda poly: put_in(poly, meanings))

    def met(self) -> Mpec:
        """With one free multiplier for two sides of a row that meet.

        The names of the two end in `|lower` and `|upper`, that of the one in `|equal`.
        """
        slack_of = {m[0]: s for (m, *_), s in ((tuple(a), b) for a, b in self.pairs) if len(m) == 1}
        meanings: dict[str, Poly] = {}
        dropped = set[str]()
        for name, slack in slack_of.items():
            row = name.removesuffix("|lower")
            other = slack_of.get(f"{row}|upper")
            if row != name and other is not None and not plus(slack, other):
                meanings |= {name: {(f"{row}|equal",): 1.0}, f"{row}|upper": {}}
                dropped |= {name, f"{row}|upper"}
        kept = Mpec(
            self.objective,
            [p for p in self.not_negative if set(p) not in ({(d,)} for d in dropped)],
            self.zero,
            [(a, b) for a, b in self.pairs if not {m[0] for m in a if m} & dropped],
            self.whole,
        )
        for poly in kept.zero:
            for name in dropped:
                if name.endswith("|lower") and (name,) in poly:
                    other = (name.replace("|lower", "|upper"),)
                    assert abs(poly[(name,)] + poly.get(other, 0.0)) < 1e-9, name
        return kept.without(meanings)

    def canonical(self) -> dict[str, object]:
        """What is equal for two problems if and only if they are the same."""
        whole = self.met()._equalities()._signed()
        facts = [p for p in whole.not_negative if set(p) != {()} or p[()] < 0]
        return {
            "objective": shown(whole.objective),
            "not negative": {shown(p) for p in facts},
            "zero": {shown(p) for p in whole.zero},
            "pairs": Counter((shown(a), shown(b)) for a, b in whole.pairs),
            "whole": whole.whole,
        }

    def _equalities(self) -> Mpec:
        """Opposite inequalities are equalities."""
        known = {shown(p) for p in self.not_negative}
        twice = [p for p in self.not_negative if shown(minus(p)) in known]
        once = [p for p in self.not_negative if shown(minus(p)) not in known]
        return Mpec(self.objective, once, [*self.zero, *twice], self.pairs, self.whole)

    def _signed(self) -> Mpec:
        """Each equality and each free multiplier with a sign that its neighbours settle."""
        sign: dict[str, int] = {}
        for poly in sorted(self.not_negative, key=unsigned):
            for monomial in sorted(poly):
                if len(monomial) == 1 and is_free(monomial[0]) and monomial[0] not in sign:
                    sign[monomial[0]] = 1 if poly[monomial] < 0 else -1
        rows = sorted(self.zero, key=unsigned)
        done: list[Poly] = []
        waiting = list(rows)

        def settled(poly: Poly) -> Poly | None:
            """The row with the sign that its settled terms give it."""
            known = sorted(m for m in poly if all(not is_free(n) or n in sign for n in m))
            if not known:
                return None
            factor = poly[known[0]] * np.prod([sign.get(n, 1) for n in known[0]])
            poly = poly if factor > 0 else minus(poly)
            for m in sorted(poly):
                for n in m:
                    if is_free(n) and n not in sign:
                        rest = np.prod([sign.get(k, 1) for k in m if k != n])
                        sign[n] = 1 if poly[m] * rest > 0 else -1
            return poly

        while waiting:
            found = next(((k, p) for k, q in enumerate(waiting) if (p := settled(q))), None)
            if found is None:
                first = min(n for p in waiting for m in p for n in m if is_free(n))
                sign[first] = 1
                continue
            done.append(found[1])
            waiting.pop(found[0])
        turned = {name: {(name,): -1.0} for name, value in sign.items() if value < 0}
        new = self.mapped(lambda poly: put_in(poly, turned))
        new.zero = [p if p[min(p)] > 0 else minus(p) for p in new.zero]
        return new


# ---- from arrays ---------------------------------------------------------------------------------
def rows_of(linear: Linear, names: list[str], products: Products) -> Iterator[Poly]:
    """The body of each row."""
    terms: dict[int, list[tuple[Monomial, float]]] = {}
    entries = linear.A.tocoo()
    for i, j, value in zip(*entries.coords, entries.data, strict=True):
        terms.setdefault(int(i), []).append(((names[j],), float(value)))
    for i, j, k, value in zip(
        products.row, products.first, products.second, products.coef, strict=True
    ):
        both = tuple(sorted((names[j], names[k])))
        terms.setdefault(int(i), []).append((both, float(value)))
    for i in range(linear.shape[0]):
        poly: Poly = {}
        for monomial, value in terms.get(i, []):
            poly = plus(poly, {monomial: value})
        yield poly


def system(linear: Linear, names: list[str]) -> tuple[Mpec, list[Poly]]:
    """The rows and limits of one level, without pairs, and the rows' bodies."""
    bodies = [*rows_of(linear, names, linear.products.of_rows)]
    objective: Poly = {(): linear.sense * linear.constant}
    for name, value in zip(names, linear.cost.tolist(), strict=True):
        objective = plus(objective, {(name,): linear.sense * value})
    terms = linear.products.of_objective
    for j, k, value in zip(terms.first, terms.second, terms.coef, strict=True):
        both = tuple(sorted((names[j], names[k])))
        objective = plus(objective, {both: linear.sense * float(value)})
    found = Mpec(plus(objective, {}))
    rows = zip(bodies, linear.row_lower.tolist(), linear.row_upper.tolist(), strict=True)
    for body, lower, upper in rows:
        limit(found, body, lower, upper)
    for name, lower, upper in zip(names, linear.lower.tolist(), linear.upper.tolist(), strict=True):
        limit(found, {(name,): 1.0}, lower, upper)
    found.whole = {names[j] for j in np.flatnonzero(linear.integer)}
    return found, bodies


def limit(found: Mpec, body: Poly, lower: float, upper: float) -> None:
    if lower == upper:
        found.zero.append(plus(body, {(): -lower}))
        return
    if np.isfinite(lower):
        found.not_negative.append(plus(body, {(): -lower}))
    if np.isfinite(upper):
        found.not_negative.append(plus({(): upper}, body, -1.0))


def of_arrays(program: Program) -> Mpec:
    """The KKT conditions that `reformulate.kkt` makes of a two-level problem."""
    level = kkt(program)
    linear, joint = level.linear, program.joint
    names = names_of_arrays(level)
    found, bodies = system(linear, names)
    pairs = level.pairs
    for column, row, of, side in zip(
        pairs.multiplier, pairs.row, pairs.column, pairs.side, strict=True
    ):
        body = bodies[row] if row >= 0 else {(names[of],): 1.0}
        low, high = (
            (joint.row_lower[row], joint.row_upper[row])
            if row >= 0
            else (joint.lower[of], joint.upper[of])
        )
        slack = plus(body, {(): -low}) if side == LOWER else plus({(): high}, body, -1.0)
        found.pairs.append(({(names[column],): 1.0}, slack))
    assert all(f.block for f in program.followers), "a leader's own pairs are not compared"
    return found.without(meanings_of(program, linear, names, bodies))


def meanings_of(
    program: Program, linear: Linear, names: list[str], bodies: list[Poly]
) -> dict[str, Poly]:
    """What the columns mean that only stand for something, by the rows that say so.

    A follower's long sum stands with its multiplier: that is what its stationarity row says.
    """
    joint, found = program.joint, dict[str, Poly]()
    by_name = {(f.block, f.name): f for f in linear.rows}
    for family in joint.columns:
        if not family.size:
            continue
        if family.role == "dual":
            rows = by_name[family.block, f"{family.name}.reading"]
        elif family.role == "auxiliary" and family.name.startswith("sum"):
            rows = by_name[family.block, f"{family.name}.1"]
        elif family.name.endswith(".complement"):
            rows = by_name[family.block, family.name]
        else:
            continue
        for k in range(family.size):
            name, row = names[family.start + k], rows.start + k
            found[name] = solved_for(bodies[row], name, linear.row_lower[row])
            says = by_name.get((family.block, f"{family.name}.stationarity"))
            multiplier = f"{family.block}.{family.name}.1{family.keys.label(k)}|equal"
            if says is not None and (multiplier,) in bodies[says.start + k]:
                row = says.start + k
                found[multiplier] = solved_for(bodies[row], multiplier, linear.row_lower[row])
    return found


def solved_for(body: Poly, name: str, right: float) -> Poly:
    """What the column is if the row's body is to be `right`."""
    rest = {m: -v / body[(name,)] for m, v in body.items() if m != (name,)}
    return plus(rest, {(): right / body[(name,)]})


def of_one_level(program: Program, names: list[str]) -> Mpec:
    """A model with pairs that are written in it."""
    linear = program.joint
    found, bodies = system(linear, names)
    keeper = len(program.followers)
    assert [f.block for f in program.followers] in ([], [""]), "this has two levels"
    slack = {
        int(j): {(): float(program.follower_cost[j])}
        for j in np.flatnonzero(program.column_owner == keeper)
        if keeper
    }
    terms = program.follower_products
    for one, other, value in zip(terms.first, terms.second, terms.coef, strict=True):
        column, factor = (one, other) if int(one) in slack else (other, one)
        slack[int(column)] = plus(slack[int(column)], {(names[factor],): float(value)})
    found.pairs = [({(names[j],): 1.0}, plus(poly, {})) for j, poly in slack.items()]
    return found.without(meanings_of(program, linear, names, bodies))


# ---- one set of names ----------------------------------------------------------------------------
# A multiplier is called after what it belongs to, `aev.soc[3]|equal`, `aev.c[3]|upper`; what stands
# for an extreme after its turn among those of its level, `aev.abs#1`, and a switched variable after
# both, `aev.c?z`, with the index of the variable alone where that is enough.
_WORDS = {LOWER: "lower", EQUAL: "equal"}
_EXTREME = re.compile(r"(abs|max|min)(\d+)(\.\d+)?")
_SWITCH = re.compile(r"(\w+)\.if\.(\w+)(\.\d)?")


def extremes_of(program: Program) -> dict[tuple[str, str], str]:
    """What columns and rows that stand for extremes are called, by block and name."""
    heads: dict[tuple[str, str], str] = {}
    turns: Counter[tuple[str, str]] = Counter()
    for family in (*program.joint.columns, *program.joint.rows):
        extreme = _EXTREME.fullmatch(family.name)
        if family.role != "auxiliary" or not extreme or not family.size:
            continue
        if extreme[3]:
            whole = family.name.removesuffix(extreme[3])
            heads[family.block, family.name] = heads[family.block, whole] + extreme[3]
            continue
        of = family.block if program.column_owner[family.start] > 0 else "leader"
        turns[of, extreme[1]] += 1
        heads[family.block, family.name] = f"{of}.{extreme[1]}#{turns[of, extreme[1]]}"
    return heads


def labels_of_extremes(program: Program) -> dict[str, list[str]]:
    """The labels of what stands for extremes, in the order of the arrays."""
    heads = extremes_of(program)
    families = (*program.joint.columns, *program.joint.rows)
    return {
        heads[f.block, f.name]: [f.keys.label(k) for k in range(f.size)]
        for f in families
        if (f.block, f.name) in heads
    }


def names_of_arrays(level: Kkt) -> list[str]:
    program, duals = level.program, level.duals
    joint, n = program.joint, program.joint.shape[1]
    heads = extremes_of(program)
    found = [joint.column_name(j) for j in range(n)]
    for family in joint.columns:
        if family.role == "dual":
            found[family.slice] = [f"{name}|read" for name in found[family.slice]]
        if (family.block, family.name) in heads:
            head = heads[family.block, family.name]
            found[family.slice] = [f"{head}@{k}" for k in range(family.size)]
        switch = _SWITCH.fullmatch(family.name)
        if switch:
            head = f"{family.block}.{switch[1]}?{switch[2]}"
            found[family.slice] = [head + label for label in switched_labels(program, family)]
    for k in range(len(duals)):
        row, column, side = int(duals.row[k]), int(duals.column[k]), int(duals.side[k])
        families, at = (joint.rows, row) if row >= 0 else (joint.columns, column)
        family = next(f for f in families if f.start <= at < f.stop)
        name = re.sub(r"\.(first|second|lower|upper)$", "", family.name)
        head, label = f"{family.block}.{name}", family.keys.label(at - family.start)
        if (family.block, name) in heads:
            head, label = heads[family.block, name], f"@{at - family.start}"
        switch = _SWITCH.fullmatch(name)
        if switch:
            head = f"{family.block}.{switch[1]}?{switch[2]}{switch[3] or ''}"
            label = switched_labels(program, family)[at - family.start]
        found.append(f"{head}{label}|{_WORDS.get(side, 'upper')}")
    return found


def switched_labels(program: Program, family: Family) -> list[str]:
    """The index of the variable, then that of the binary unless the first is enough."""
    binary = _SWITCH.fullmatch(family.name)[2]  # type: ignore[index]
    count = next(
        len(f.keys.dims)
        for f in program.joint.columns
        if f.name == binary and not program.column_owner[f.start]
    )
    alike = [f for f in (*program.joint.columns, *program.joint.rows) if f.name == family.name]
    labels = [label[count:] + label[:count] for f in alike for label in f.keys.labels()]
    start = sum(f.size for f in alike[: alike.index(family)])
    return enough(labels, len(family.keys.dims) - count)[start : start + family.size]


def enough(labels: list[tuple[int | str, ...]], count: int) -> list[str]:
    """The first parts of the labels, or all where those are not different."""
    short = [label[:count] for label in labels]
    kept = short if len(set(short)) == len(labels) else labels
    return [f"[{', '.join(map(str, label))}]" if label else "" for label in kept]


def names_of_text(model: ir.Model, text: Program, orders: dict[str, list[str]]) -> list[str]:
    """Back from the columns of the single level to those of the model that it is made of.

    `orders` says in which order the arrays have what stands for extremes. A formula's extremes go
    by its own indices there, and by those of its place in the text: they are told by their turn.
    """
    assert model.leader is not None
    heads, own = heads_of_text(model), {item.name for item in model.leader.items}
    found: list[str] = []
    for family in text.joint.columns:
        name = family.name if family.name in own else family.name.rstrip("_")
        head, ending = heads.get(name, (family.path, ""))
        if family.name in own:
            head, ending = family.path, ""
        extreme = _EXTREME.fullmatch(family.name)
        if family.block == model.leader.name and extreme:
            head = f"leader.{extreme[1]}#{extreme[2]}"
        labels = [family.keys.label(k) for k in range(family.size)]
        if "#" in head:
            order = orders.get(head, [])
            alike = sorted(order) == sorted(labels)
            labels = [f"@{order.index(label) if alike else k}" for k, label in enumerate(labels)]
        if "?" in head:
            count = next(len(f.keys.dims) for f in text.joint.columns if f.name == switched(head))
            labels = enough(family.keys.labels(), count)
        found += [f"{head}{label}{ending}" for label in labels]
    return found


def switched(head: str) -> str:
    """The text's name for the variable in `low.y?z`."""
    return head.partition("?")[0].replace(".", "_")


def heads_of_text(model: ir.Model) -> dict[str, tuple[str, str]]:
    """What a name of the single level stands for: the member, and the side of a multiplier."""
    alone = len(model.followers) == 1
    heads: dict[str, tuple[str, str]] = {}
    for block in model.followers:
        prefix = "" if alone else f"{block.name}_"
        for item in block.variables:
            path = f"{block.name}.{item.name}"
            heads[f"{block.name}_{item.name}"] = path, ""
            for ending, side in (("lo", "lower"), ("up", "upper"), ("fixed", "equal")):
                heads[f"m_{prefix}{item.name}_{ending}"] = path, f"|{side}"
        for row in block.constraints:
            path = f"{block.name}.{row.name}"
            if len(row.ops) == 1:
                side = {"<=": "upper", ">=": "lower", "==": "equal"}[row.ops[0]]
                heads[f"m_{prefix}{row.name}"] = path, f"|{side}"
            for ending, side in (("lo", "lower"), ("up", "upper")):
                heads.setdefault(f"m_{prefix}{row.name}_{ending}", (path, f"|{side}"))
        for item, z in itertools.product(block.variables, model.leader.variables):
            path, short = f"{block.name}.{item.name}?{z.name}", f"{item.name}_if_{z.name}"
            heads[f"{block.name}_{short}"] = path, ""
            sides = {"1": "upper", "2": "lower", "3": "upper", "4": "lower"}
            for part, side in sides.items():
                heads[f"m_{prefix}{short}_{part}"] = f"{path}.{part}", f"|{side}"
            for ending, side in (("lo", "lower"), ("up", "upper")):
                heads[f"m_{prefix}{short}_{ending}"] = path, f"|{side}"
        for function, k in itertools.product(("abs", "max", "min"), range(1, 9)):
            path = f"{block.name}.{function}#{k}"
            heads[f"{block.name}_{function}{k}"] = path, ""
            side = "upper" if function == "min" else "lower"
            for part in range(1, 9):
                heads[f"m_{prefix}{function}{k}_{part}"] = f"{path}.{part}", f"|{side}"
    return heads


def differences(model: ir.Model, program: Program, text: Program) -> list[str]:
    """In what the single level of a text differs from that of the arrays; nothing where it does not."""
    whole = of_arrays(program).canonical()
    names = names_of_text(model, text, labels_of_extremes(program))
    other = of_one_level(text, names).canonical()
    return [
        f"{part}: only in the arrays {_only(mine, theirs)}, only in the text {_only(theirs, mine)}"
        for part, mine in whole.items()
        if (theirs := other[part]) != mine
    ]


def _only(one: object, other: object) -> object:
    if isinstance(one, Counter | set) and isinstance(other, Counter | set):
        return sorted((one - other), key=str)[:6]
    return one
