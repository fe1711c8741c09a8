"""Random two-level models whose rows use every form of index: steps, mappings, sets of tuples."""

from __future__ import annotations

import random
from dataclasses import dataclass

_SETS = """
set V = {"a", "b"};
set I = {"p", "q", "o"};
set Late = {t in T : t >= 3};
set P = {v in V, t in T : pos(v) + t != 4 and t > 0};
mapping f[t in T] -> B = t div 2;
mapping sh[t in T] -> T = (t * 2 + 1) mod 6;
param w[t in T] = 1.5 + t / 10;
param r = 3;
param lo[t in T] = if t < 2 then -inf else -30;
param hi[t in T] = if t == 4 then inf else 45;
"""
_OTHER = """
follower other {
  var g[t in T] in [0, 5];
  minimize c = sum{t in T}(g[t]);
  constraint r0[t in T]: g[t] >= x[f(t)] - 4;
}
"""


@dataclass
class _Header:
    """What a family of rows runs over; `index` is how its members are named."""

    text: str
    index: str

    @property
    def has_v(self) -> bool:
        return "v" in self.index


class _Writer:
    """Writes pieces of a model around an index `t` of `T`."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.cyclic = self.chance(0.5)
        self.block = self.pick("", "[i in I]", "[i in I]", '[i in I : i != "p"]')
        self.names = 0

    def pick(self, *items: str) -> str:
        return self.rng.choice(items)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def new(self) -> str:
        self.names += 1
        return f"n{self.names}"

    def index(self, t: str) -> tuple[str, bool]:
        """An index, and whether it may be off the end of the set."""
        step = self.pick("prev", "next")
        form = self.rng.choice("iiiisscfmnbk")
        texts = {
            "i": (t, False),
            "s": (f"{step}({t})", True),
            "c": (f"{step}({t}, {self.rng.randint(0, 3)})", True),
            "f": (f"{self.pick('first', 'last')}(T)", False),
            "m": (f"sh({t})", False),
            "n": (f"prev(sh({t}))", True),
            "b": (f"prev(next({t}))", True),
            "k": (str(self.rng.randint(0, 5)), False),
        }
        text, off = texts[form]
        return text, off and not self.cyclic

    def condition(self, t: str) -> str:
        return self.pick(
            f"{t} > 1",
            f"{t} in Late",
            f"{t} != first(T)",
            f"f({t}) == 1",
            f"{t} mod 2 == 0",
            f"not {t} in Late",
            f"pos({t}) < 4 and {t} != 2",
            f"{t} == 3 or {t} == first(T)",
        )

    def factor(self, t: str) -> str:
        choice = f"(if {self.condition(t)} then 2 else w[{t}])"
        return self.pick("1", "2", f"w[{t}]", f"(w[{t}] - 3)", f"w[{t}] / 2", "r", choice)

    def variable(self, t: str, v: str) -> str:
        index, off = self.index(t)
        other = f" else {self.pick('0', '1', 'r')}" if off or self.chance(0.1) else ""
        named = [f"u[{v}, {index}{other}]"] if v else []
        whose = self.pick("", "", 'op["q"].') if self.block else ""
        return whose + self.pick(
            f"y[{index}{other}]", f"z[f({t})]", f"s[{t} else {self.pick('0', '2')}]", *named
        )

    def binder(self, n: str, t: str) -> str:
        """What a sum over `n` runs over, beside a `t` that is bound already."""
        return self.pick(
            f"{n} in T",
            f"{n} in T : {self.condition(n)}",
            f"{n} in Late",
            f"{n} in T : f({n}) == f({t})",
            f"{n} in T : pos({n}) <= pos({t})",
            f"{n} in T : sh({n}) == {t}",
        )

    def linear(self, t: str, v: str, depth: int) -> str:
        """A linear expression in the follower's variables."""
        form = self.rng.choice("vvv++?ssmpd") if depth else "v"
        n = self.new()
        if form == "v":
            return f"{self.factor(t)} * {self.variable(t, v)}"
        one, inner = self.linear(t, v, depth - 1), self.linear(n, v, depth - 1)
        match form:
            case "+":
                return f"{one} {self.pick('+', '-')} {self.linear(t, v, depth - 1)}"
            case "?":
                return f"(if {self.condition(t)} then {one} else {self.pick('0', 'y[0]')})"
            case "s":
                return f"{self.factor(t)} * sum{{{self.binder(n, t)}}}({self.pick(one, inner)})"
            case "m":
                return f"{self.factor(t)} * mean{{{n} in T}}({inner})"
            case "p":
                m = self.new()
                where = self.pick("", f" : {n} == {t}", f" : {self.condition(n)}")
                return f"sum{{({m}, {n}) in P{where}}}({self.linear(n, m, depth - 1)})"
        return f"({one}) / {self.pick('2', 'r', f'w[{t}]')}"

    def header(self) -> _Header:
        t, pair = "[t in T", "[v in V, t in T"
        where = f" : {self.condition('t')}"
        return self.rng.choice(
            [
                *(_Header(text, "t") for text in (f"{t}]", f"{t}{where}]", "[t in Late]")),
                *(
                    _Header(text, "v, t")
                    for text in (f"{pair}]", f"{pair}{where}]", "[(v, t) in P]")
                ),
            ]
        )

    def relation(self, v: str) -> str:
        body = self.linear("t", v, 2)
        return self.pick(
            f"{body} {self.pick('<=', '>=', '==')} {self.pick('x[f(t)]', self.linear('t', v, 1))}",
            f"{self.pick('lo[t]', '-9')} <= {body} <= {self.pick('hi[t]', '20')}",
            f"x[f(t)] - 50 <= {body} <= {self.pick('x[0] + 60', 'y[t] + 40')}",
            f"{self.pick('hi[t]', '30')} >= {body} >= {self.pick('lo[t]', '-12')}",
        )


def random_model(seed: int) -> str:
    """A model with two follower blocks, whose leader reads some of the multipliers."""
    write = _Writer(seed)
    sense, sign = write.rng.choice([("minimize", "+"), ("maximize", "-")])
    who = 'op["q"]' if write.block else "op"
    rows, reads = [], []
    for k in range(write.rng.randint(1, 4)):
        header = write.header()
        rows.append(f"constraint r{k}{header.text}: {write.relation('v' * header.has_v)};")
        if write.chance(0.4):
            reads.append(f"constraint d{k}{header.text}: {who}.r{k}[{header.index}].dual <= 99;")
    if write.chance(0.3):
        limits = f'{who}.u["a", t].lower.dual - {who}.u["b", t].upper.dual'
        reads.append(f"constraint dl[t in T]: {limits} <= 9;")
    goal = f"sum{{t in T}}({write.linear('t', '', 2)}) + sum{{(v, t) in P}}(p[v, t])"
    if write.chance(0.5):
        goal += f" {sign} sum{{t in T}}(w[t] * (y[t] - x[f(t)])^2)"
    if write.chance(0.4):
        goal += f" + sum{{t in T}}(net[t] * w[t]) - net[{write.pick('0', 'first(T)', 'last(T)')}]"
    if write.chance(0.3):
        goal += " + sum{t in T}(y[t] * other.g[t])"
    if write.chance(0.3):
        index = write.pick("t", "first(T)", "sh(t)")
        rows.append(f"constraint n0[t in T]: net[{index}] + other.g[t] <= 70;")
    cyclic = " cyclic" if write.cyclic else ""
    limits = write.pick("free", "in [0, 9 * x[0]]", "in [y[t], 90]")
    return f"""set T = 0..5{cyclic};{_SETS}
leader up {{
  var x[b in B] in [0, 9];
  minimize F = sum{{b in B}}(x[b]) + other.c;
  {" ".join(reads)}
}}
follower op{write.block} {{
  var y[t in T] in [lo[t], hi[t]];
  var z[b in B] in [0, x[b]];
  var u[v in V, t in T] in [-1, 2];
  var s[t in T : t > 1] {limits};
  var p[(v, t) in P] in [0, 4];
  expr net[t in T] = {write.linear("t", "", 1)};
  {sense} G = {goal};
  {" ".join(rows)}
  constraint all[t in T]: sum{{v in V : (v, t) in P}}(p[v, t]) + y[t] >= sum{{(v, t) in P}}(p[v, t]) / 8 - 20;
}}
{_OTHER}"""
