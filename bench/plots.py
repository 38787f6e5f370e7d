"""A row as SVG: every slice a dot, the quartiles a bar, the median a line. No plotting library needed."""

from __future__ import annotations

from html import escape

from bench.engine import Measured, Result
from bench.metrics import LABELS, Spread, spread

WIDTH, LINE, TOP, NAMES = 760, 34, 34, 250
PLOT = WIDTH - NAMES - 90
OURS, OTHERS = "#0f6b4a", "#5b6770"


def plot(measured: Measured, figure: str) -> str:
    shown = [(result, spread(values)) for result in measured.results if (values := result.values(figure))]
    height = TOP + LINE * len(shown) + 24
    most = max((max(each.values) for _, each in shown), default=1.0) or 1.0
    bars = "".join(_bar(number, result, each, most) for number, (result, each) in enumerate(shown))
    base = TOP + LINE * len(shown)
    axis = (
        f'<path d="M{NAMES} {TOP - 8}V{base}H{NAMES + PLOT}" stroke="#999" fill="none"/>'
        f'<text x="{NAMES}" y="{base + 16}">0</text>'
        f'<text x="{NAMES + PLOT}" y="{base + 16}" text-anchor="end">{_figure(most)}</text>'
    )
    title = f'<text x="0" y="14" font-weight="bold">{escape(measured.row.title)}: {LABELS[figure]}</text>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img">'
        f"<style>text{{font:12px sans-serif;fill:#333}}</style>"
        f'<rect width="100%" height="100%" fill="#fff"/>{title}{axis}{bars}</svg>'
    )


def _bar(number: int, result: Result, each: Spread, most: float) -> str:
    y, colour = TOP + LINE * number, OURS if number == 0 else OTHERS
    low, median, high = (NAMES + value / most * PLOT for value in (each.low, each.median, each.high))
    dots = "".join(
        f'<circle cx="{NAMES + value / most * PLOT:.1f}" cy="{y + 10}" r="2.5" fill="{colour}" fill-opacity=".45"/>'
        for value in each.values
    )
    return (
        f'<text x="{NAMES - 8}" y="{y + 14}" text-anchor="end">{escape(result.name)}</text>'
        f'<rect x="{NAMES}" y="{y + 3}" width="{median - NAMES:.1f}" height="14" fill="{colour}" fill-opacity=".18"/>'
        f'<rect x="{low:.1f}" y="{y + 3}" width="{max(1.0, high - low):.1f}" height="14" fill="{colour}" fill-opacity=".35"/>'
        f'<path d="M{median:.1f} {y}V{y + 20}" stroke="{colour}" stroke-width="2"/>{dots}'
        f'<text x="{max(high, median) + 8:.1f}" y="{y + 14}">{_figure(each.median)}</text>'
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
