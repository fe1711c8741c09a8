"""Draw docs/fleet_day.svg from the solution of models/fleet_day.

python docs/fleet_day.py
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import evdsl

HERE = Path(__file__).parent
MODEL = HERE.parent / "models" / "fleet_day" / "fleet_day.evm"
WANTED = """
report net_cars[t in T] : kW = c_ref[t] - d_ref[t];
report net[t in T] : kW = aev.c[t] - aev.d[t];
report level_cars[t in T] : kWh = s_ref[t];
report level[t in T] : kWh = aev.s[t];
"""
WIDTH, HEIGHT, LEFT, RIGHT, TOP = 860, 500, 64, 28, 64
CARS, SIMPLE, BILEVEL, INK, GRID = "#b9c0c9", "#d95f02", "#1f5fbf", "#2b2f36", "#e4e7eb"
SAME = 1e-3
PER_HOUR = (WIDTH - LEFT - RIGHT) / 24


class Panel:
    """One pair of axes between `top` and `bottom`, for values between `low` and `high`."""

    def __init__(self, title: str, top: float, bottom: float, ticks: Sequence[int]) -> None:
        self.title, self.top, self.bottom, self.ticks = title, top, bottom, ticks

    def y(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)

    def axes(self) -> list[str]:
        drawn = [text(LEFT, self.top - 12, self.title, "start", 600)]
        for tick in self.ticks:
            colour = "#9aa1ab" if tick == 0 else GRID
            drawn.append(
                f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{self.y(tick):.1f}" '
                f'y2="{self.y(tick):.1f}" stroke="{colour}"/>'
            )
            drawn.append(text(LEFT - 8, self.y(tick) + 4, str(tick).replace("-", "−"), "end"))
        return drawn

    def area(self, values: Sequence[float]) -> str:
        """Hourly means, filled down to zero or the axis."""
        ground = self.y(max(0, self.ticks[0]))
        path = f"M{LEFT},{ground:.1f} {self._steps(values)} V{ground:.1f} Z"
        return f'<path d="{path}" fill="{CARS}"/>'

    def line(self, values: Sequence[float], colour: str, dash: str = "") -> str:
        path = "M" + self._steps(values)[1:]
        return (
            f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.2" '
            f'stroke-linejoin="round" stroke-dasharray="{dash}"/>'
        )

    def _steps(self, values: Sequence[float]) -> str:
        first, *_ = values
        edges = [f"L{LEFT},{self.y(first):.1f}"]
        for hour, (now, then) in enumerate(pairwise([*values, values[-1]]), start=1):
            x = LEFT + hour * PER_HOUR
            steps = abs(self.y(then) - self.y(now)) > SAME
            edges.append(f"H{x:.1f} V{self.y(then):.1f}" if steps else f"H{x:.1f}")
        return " ".join(edges)


def text(x: float, y: float, words: str, anchor: str, weight: int = 400) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}"'
    return f"<text {place}>{words}</text>"


def legend() -> list[str]:
    drawn, x = [], LEFT
    for words, colour, dash in (
        ("twenty cars, each on its own", CARS, ""),
        ("one unit, simple aggregation", SIMPLE, "6 4"),
        ("one unit, bilevel factors", BILEVEL, ""),
    ):
        width = 12 if colour == CARS else 2.5
        drawn.append(
            f'<line x1="{x}" x2="{x + 26}" y1="20" y2="20" stroke="{colour}" '
            f'stroke-width="{width}" stroke-dasharray="{dash}"/>'
        )
        drawn.append(text(x + 34, 24, words, "start"))
        x += 260
    return drawn


def draw(solution: evdsl.Solution) -> str:
    simple = solution.baselines["simple"].reports
    bilevel = solution.reports
    power = Panel("charging less discharging, kW", TOP, 262, range(-100, 201, 100))
    level = Panel("level, kWh", 312, HEIGHT - 44, range(0, 1201, 400))
    parts = legend()
    for panel, name in ((power, "net"), (level, "level")):
        parts += [
            panel.area(bilevel[f"{name}_cars"].to_list()),
            *panel.axes(),
            panel.line(simple[name].to_list(), SIMPLE, "6 4"),
            panel.line(bilevel[name].to_list(), BILEVEL),
        ]
    hours = range(0, 25, 4)
    parts += [text(LEFT + h * PER_HOUR, HEIGHT - 22, f"{h}:00", "middle") for h in hours]
    parts.append(text(WIDTH - RIGHT, HEIGHT - 6, "UTC, 13 January 2025", "end"))
    style = f'font-family="system-ui, sans-serif" font-size="13" fill="{INK}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {style}>'
    return "\n".join([head, '<rect width="100%" height="100%" fill="#fff"/>', *parts, "</svg>\n"])


def solve() -> evdsl.Solution:
    model = evdsl.loads(MODEL.read_text(encoding="utf-8") + WANTED, base=MODEL.parent)
    return model.solve()


if __name__ == "__main__":
    (HERE / "fleet_day.svg").write_text(draw(solve()), encoding="utf-8")
