"""One place of a variable in a row family, as a term of the variable's stationarity condition.

The place `a(j) * y[g(j)]` in the rows `j in J : cond(j)` with multiplier `m[j]` gives

    sum{j in J : cond(j) and g(j) == i}(a(j) * m[j])

to the condition of `y[i]`, which is right for every form of index. An index that an equation
determines is put in, and its binder goes: `j in J` becomes the condition that what was put in is an
element of `J`. Conditions go only where the header of `y` or the sets prove them; what is left
guards the term. So `c[t]` in `soc[t in T]` gives `m_soc[t]`, and `s[prev(t)]` gives
`m_soc[next(t)]` on a closed set, `m_soc[next(t) else 0]` on another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evdsl.ir.expr import (
    Binder,
    Binders,
    Call,
    Compare,
    Expr,
    In,
    Name,
    Number,
    Truth,
)
from evdsl.ir.walk import walk
from evdsl.reformulate.symbolic.derive import Place
from evdsl.reformulate.symbolic.families import member
from evdsl.reformulate.symbolic.hygiene import (
    Header,
    alike,
    conjunction,
    equals,
    free,
    one_or_tuple,
)
from evdsl.reformulate.symbolic.roots import STEPS
from evdsl.reformulate.symbolic.steps import Stepping, exists, simplified, steps_of, turned
from evdsl.reformulate.symbolic.terms import product, summed


class Join:
    """A term while its indices are being put in.

    `domain` is what the header of the rows asks for, `inner` what the sums and conditionals around
    the place ask for; `stays` keeps what was put in within its sets, for rows and inside of them.
    `equations` say which index is which of `y`.
    """

    def __init__(
        self, place: Place, rows: Header, own: Header, shared: int, copy: Stepping
    ) -> None:
        """`shared` is how many indices both headers begin with: those of their block."""
        self.copy = copy
        self.roots = copy.roots
        self.known = copy.membership(own, own.names)
        self.rows = {name for binder in rows.binders for name in binder.names}
        self.binders = [*rows.binders, *place.binders]
        self.domain = list(rows.where)
        self.inner = list(place.conditions)
        self.stays: tuple[list[Expr], list[Expr]] = ([], [])
        self.index: tuple[Expr, ...] = rows.names
        self.number = abs(place.number)
        self.factors = place.factors
        self.equations: list[tuple[Expr, Expr]] = [
            *zip(rows.names[:shared], own.names[:shared], strict=True),
            *zip(place.index, own.names, strict=True),
        ]
        around = (*(factor for _, factor in place.factors), *(b.set for b in place.binders))
        self.may_be_off = self.rows.isdisjoint(free(*around))

    def term(self, multiplier: str | None) -> Expr | None:
        """The term without its sign; None where its conditions never hold."""
        while any(map(self._put_in, self.binders)):
            pass
        rows, inside = self.stays
        of_rows = tuple(self._open((*rows, *self.domain)))
        inner = tuple(self._open((*inside, *self.inner, *self._joined())))
        if Truth(False) in (*of_rows, *inner):
            return None
        off = bool(of_rows and multiplier and self.index) and not inner and self._is_off_there()
        last = member(multiplier, self.index, Number(0) if off else None) if multiplier else None
        value = product(self.number, self.factors, last)
        where = (
            inner
            if off
            else self._open((*rows, *inside, *self.domain, *self.inner, *self._joined()))
        )
        return summed(Binders(tuple(self.binders), conjunction(where)), value)

    def _is_off_there(self) -> bool:
        """Whether `m[... else 0]` says all that the header of the rows asks for.

        It does where nothing else looks at the rows' own indices, which would have no value there,
        and where what was put in is of the same root set and always has a value.
        """
        return self.may_be_off and not any(
            name in self.rows for binder in self.binders for name in binder.names
        )

    # ---- indices that are determined ---------------------------------------------------------
    def _put_in(self, binder: Binder) -> bool:
        """Whether the equations determine what the binder binds; then that is put in."""
        if len(binder.names) == 1:
            found, stays = self._solution(binder.names[0])
            if found is None:
                return False
            new = {binder.names[0]: found}
        else:
            targets = [self._equal_to(name) for name in binder.names]
            new = {
                name: target
                for name, target in zip(binder.names, targets, strict=True)
                if target is not None
            }
            stays = ()
            if len(new) < len(binder.names):
                return False
        self.may_be_off &= all(
            self.roots.of(Name(name)) == self.roots.of(found) and not self.roots.is_mapped(found)
            for name, found in new.items()
        )
        element = one_or_tuple(new[name] for name in binder.names)
        of_rows = binder.names[0] in self.rows
        self.binders.remove(binder)
        self.stays[0 if of_rows else 1][:0] = stays
        if not self.roots.is_all(binder.set, element):
            (self.domain if of_rows else self.inner).insert(0, In(element, binder.set))
        self._replace(new)
        return True

    def _equal_to(self, name: str) -> Expr | None:
        """What an equation says that the index is, or a condition: `f(t) == b`."""
        for index, target in self.equations:
            if index == Name(name):
                return target
        bound = {name for binder in self.binders for name in binder.names}
        for condition in (*self.domain, *self.inner):
            if isinstance(condition, Compare) and condition.ops == ("==",):
                for one, other in (condition.operands, condition.operands[::-1]):
                    settled = self.roots.of(other) is not None and free(other).isdisjoint(bound)
                    if one == Name(name) and settled:
                        return other
        return None

    def _solution(self, name: str) -> tuple[Expr | None, tuple[Expr, ...]]:
        """What the index must be, and the conditions for that to be there."""
        target = self._equal_to(name)
        if target is not None:
            return target, ()
        for index, target in self.equations:
            root = self.roots.named(target)
            if root is not None and steps_of(index, name):
                return turned(index, target, root)
        return None, ()

    def _replace(self, new: dict[str, Expr]) -> None:
        copy = self.copy
        self.binders = [Binder(binder.names, copy.expr(binder.set, new)) for binder in self.binders]
        self.domain = self._asked(self.domain, new)
        self.inner = self._asked(self.inner, new)
        self.index = copy.exprs(self.index, new)
        self.factors = tuple((op, copy.expr(factor, new)) for op, factor in self.factors)
        self.equations = [(copy.expr(index, new), target) for index, target in self.equations]

    def _asked(self, conditions: list[Expr], new: dict[str, Expr]) -> list[Expr]:
        """The conditions on what was put in, behind the others: they may guard what it is."""
        first = [c for c in conditions if free(c).isdisjoint(new)]
        then = [c for c in conditions if not free(c).isdisjoint(new)]
        mapped = any(map(self.roots.is_mapped, new.values()))
        return [*self.copy.exprs([*first, *then] if mapped else conditions, new)]

    # ---- conditions that are left ------------------------------------------------------------
    def _joined(self) -> Iterator[Expr]:
        """The equations that have not been used up, each behind what guards its steps."""
        bound = {name for binder in self.binders for name in binder.names}
        for index, target in self.equations:
            if index == target:
                continue
            if free(index).isdisjoint(bound):
                yield equals(target, index)
            else:
                yield from self._guards(index)
                yield equals(index, target)

    def _guards(self, index: Expr) -> Iterator[Expr]:
        """What keeps the steps of a leftover equation within their sets."""
        for step in walk(index):
            if isinstance(step, Call) and step.function in STEPS:
                root = self.roots.named(step)
                stays = None if root is None else exists(step, root)
                if isinstance(step.arguments[0], Name) and stays is not None:
                    yield stays

    def _open(self, conditions: Iterable[Expr]) -> Iterator[Expr]:
        """The conditions that nothing proves, each once."""
        said: list[Expr] = []
        for condition in conditions:
            found = simplified(condition, self.roots)
            if found == Truth(True) or any(alike(found, one) for one in (*self.known, *said)):
                continue
            said.append(found)
            yield found
