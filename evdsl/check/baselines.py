"""A baseline gives every leader variable a value, once."""

from __future__ import annotations

from dataclasses import replace

from evdsl.check.env import Env
from evdsl.check.findings import counted, listed, place_of
from evdsl.check.indices import fits, header_names
from evdsl.check.kinds import NUMBER, TEXT, Dims, Element, Kind, set_name
from evdsl.check.symbols import Symbol
from evdsl.check.values import Values
from evdsl.ir.expr import Binders, Name, Number, Text
from evdsl.ir.model import Assign, Baseline, Leader, Model, Var
from evdsl.source.suggest import closest


def check_baselines(model: Model, values: Values) -> set[int]:
    """Checks the baselines and gives the ids of the assignments in which nothing is wrong.

    Nothing is said where there is no leader, for that is reported elsewhere.
    """
    clean: set[int] = set()
    leader = model.leader
    if leader is None:
        return clean
    variables = {variable.name: variable for variable in leader.variables}
    for baseline in model.baselines:
        check = _Baseline(baseline, leader, variables, values)
        for assign in baseline.assigns:
            known = values.findings.troubles
            check.assign(assign)
            if values.findings.troubles == known:
                clean.add(id(assign))
        check.complete()
    return clean


class _Baseline:
    def __init__(
        self, baseline: Baseline, leader: Leader, variables: dict[str, Var], values: Values
    ) -> None:
        self.baseline = baseline
        self.leader = leader
        self.variables = variables
        self.values = values
        self.findings = values.findings
        self.seen: dict[str, list[Assign]] = {}

    def assign(self, node: Assign) -> None:
        self.findings.place = place_of(self.baseline) + f".{node.name}"
        env = self.values.binding.bind(node.binders, Env())
        self.values.number(node.value, env)
        variable = self.variables.get(node.name)
        if variable is None:
            self._unknown(node)
            return
        earlier = self.seen.setdefault(node.name, [])
        clash = next((old for old in earlier if _overlap(old, node)), None)
        earlier.append(node)
        if clash is not None:
            self.findings.add(
                "E0314",
                f"baseline `{self.baseline.name}` gives `{node.name}` two values",
                node,
                label="again",
                related=((clash, "the first value"),),
            )
        self._index(node, self.values.symbols.top[node.name])

    def _unknown(self, node: Assign) -> None:
        near = closest(node.name, self.variables)
        symbol = self.values.symbols.visible(node.name, self.leader)
        known = listed(list(self.variables)) if self.variables else "none"
        what = f"is a {symbol.word}" if symbol is not None else "is none"
        self.findings.add(
            "E0314",
            f"a baseline gives values to the variables of `{self.leader.name}`, "
            f"and `{node.name}` {what}",
            node,
            help=f"did you mean `{near}`?" if near else f"its variables are {known}",
        )
        self.seen.setdefault(near or "", []).append(node)

    def _index(self, node: Assign, symbol: Symbol) -> None:
        """The index of an assignment: none, all elements by binders, or one element by its key."""
        if node.binders is None and node.key is None:
            return
        sets = self.values.sets
        wanted, names = sets.dims(symbol), header_names(symbol)
        given = sets.bound(node.binders) if node.key is None else _key_kinds(node.key)
        if len(given) != len(wanted):
            what = f"indexed by {', '.join(map(set_name, wanted))}" if wanted else "a single number"
            self.findings.add(
                "E0206",
                f"`{symbol.name}` is {what}, and {counted(len(given), 'index', 'indices')} "
                f"{'is' if len(given) == 1 else 'are'} given",
                node,
            )
        elif node.key is not None:
            self._key(node, node.key, wanted)
        else:
            header = ", ".join(f"{n} in {set_name(k)}" for n, k in zip(names, wanted, strict=False))
            help = f"write `{symbol.name}[{header}] = ...`, or `{symbol.name} = ...` for all"
            for kind, want in zip(given, wanted, strict=True):
                if not fits(kind, want):
                    wrong = set_name(kind)
                    message = f"`{symbol.name}` is indexed by {set_name(want)}, not by {wrong}"
                    self.findings.add("E0207", message, node, help=help)

    def _key(self, node: Assign, key: tuple[int | str, ...], wanted: Dims) -> None:
        for element, want in zip(key, wanted, strict=True):
            if isinstance(want, Element):
                literal = Text(element) if isinstance(element, str) else Number(element)
                self.values.element_literal(replace(literal, span=node.span), want)

    def complete(self) -> None:
        """Every leader variable has a value; for single keys, every element that is known."""
        self.findings.place = place_of(self.baseline)
        missing = [name for name in self.variables if name not in self.seen]
        if missing:
            write = " ".join(f"{name} = ...;" for name in missing)
            self.findings.add(
                "E0313",
                f"baseline `{self.baseline.name}` gives no value to {listed(missing)}",
                self.baseline,
                label="incomplete",
                help=f"a baseline is a complete decision of the leader: add `{write}`",
            )
        for name, assigns in self.seen.items():
            keys = [assign.key for assign in assigns if assign.key and len(assign.key) == 1]
            if name in self.variables and len(keys) == len(assigns):
                self._all_elements(name, {key[0] for key in keys})

    def _all_elements(self, name: str, keys: set[int | str]) -> None:
        dims = self.values.sets.dims(self.values.symbols.top[name])
        first = dims[0] if len(dims) == 1 else None
        members = first.root.members if isinstance(first, Element) else None
        if members is None or not isinstance(first, Element) or first.over != first.root.name:
            return
        missing = [f"{name}[{_literal(member)}]" for member in members if member not in keys]
        if missing:
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            self.findings.add(
                "E0313",
                f"baseline `{self.baseline.name}` gives no value to {listed(missing[:3])}{more}",
                self.baseline,
                label="incomplete",
                help=f"one value for all is written `{name} = ...;`",
            )


def _overlap(one: Assign, other: Assign) -> bool:
    """Whether two assignments of one variable certainly meet."""
    if one.key is not None and other.key is not None:
        return one.key == other.key
    return not (_conditional(one.binders) or _conditional(other.binders))


def _conditional(binders: Binders | None) -> bool:
    """Whether binders may leave elements out."""
    return binders is not None and (
        binders.where is not None or not all(isinstance(b.set, Name) for b in binders.items)
    )


def _key_kinds(key: tuple[int | str, ...]) -> list[Kind]:
    return [TEXT if isinstance(element, str) else NUMBER for element in key]


def _literal(element: int | str) -> str:
    return f'"{element}"' if isinstance(element, str) else str(element)
