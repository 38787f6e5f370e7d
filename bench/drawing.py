"""The load run as one SVG: payments booked over time, time to be booked, memory of each process. No plotting library needed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, MARGIN = 720, 170, 46
COLOURS = ("#0f6b4a", "#a35c00", "#1d4f91", "#7a1f5c")
Points = Sequence[tuple[float, float]]
POINTS_MAX = 600
"""Of a line: more can't be told apart at this width."""


def draw(booked: Sequence[float], waits_s: Sequence[float], memory: Sequence[tuple[float, dict[str, float]]]) -> str:
    """``booked``: moments in seconds; ``waits_s``: password to booked, in the same order; ``memory``: MiB by process."""
    order = sorted(zip(booked, waits_s, strict=True))
    counts: Points = [(moment, float(number)) for number, (moment, _) in enumerate(order, 1)]
    waits: Points = [(moment, wait * 1000) for moment, wait in order]
    names = list(memory[-1][1]) if memory else []
    lines = {name: [(moment, mib.get(name, 0.0)) for moment, mib in memory] for name in names}
    panels = [
        _panel(0, "payments booked", {"booked": counts}, joined=True),
        _panel(1, "password to booked, ms", {"wait": waits}, joined=False),
        _panel(2, "memory, MiB", lines, joined=True),
    ]
    size = f'width="{WIDTH}" height="{3 * HEIGHT}" viewBox="0 0 {WIDTH} {3 * HEIGHT}"'
    style = "<style>text{font:12px sans-serif;fill:#333}</style>"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{style}<rect width="100%" height="100%" fill="#fff"/>{"".join(panels)}</svg>'


def _panel(row: int, title: str, lines: dict[str, Points], *, joined: bool) -> str:
    every = [point for points in lines.values() for point in points] or [(1.0, 1.0)]
    right, top = max(x for x, _ in every) or 1.0, max(y for _, y in every) or 1.0
    base, left, inner = (row + 1) * HEIGHT - 28, MARGIN, WIDTH - 2 * MARGIN
    tall = HEIGHT - 62

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return left + point[0] / right * inner, base - point[1] / top * tall

    parts = [
        f'<text x="{left}" y="{row * HEIGHT + 20}" font-weight="bold">{escape(title)}</text>',
        f'<path d="M{left} {base - tall}V{base}H{left + inner}" stroke="#999" fill="none"/>',
        f'<text x="{left - 6}" y="{base - tall + 4}" text-anchor="end">{top:.0f}</text>',
        f'<text x="{left + inner}" y="{base + 16}" text-anchor="end">{right:.0f} s</text>',
    ]
    for index, (name, points) in enumerate(lines.items()):
        colour = COLOURS[index % len(COLOURS)]
        placed = [place(point) for point in points[:: 1 + len(points) // POINTS_MAX]]
        if joined and placed:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        else:
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{colour}"/>' for x, y in placed]
        if len(lines) > 1:
            x = left + inner - 90 * (len(lines) - index - 1)
            parts.append(
                f'<text x="{x}" y="{row * HEIGHT + 20}" text-anchor="end" style="fill:{colour}">{escape(name)}</text>'
            )
    return "".join(parts)
