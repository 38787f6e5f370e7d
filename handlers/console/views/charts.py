"""Pictures of sums as shapes for an inline SVG, which stands without scripts and on paper; and the same numbers for `static/js/charts.js`.
Lengths are in the picture's own units.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from server.core.money import yuan_text

WIDTH = 720
ROW, BAR, LABEL, VALUE = 34, 22, 150, 150
HEIGHT, PLOT_TOP, PLOT_BOTTOM, PLOT_LEFT, PLOT_RIGHT = 280, 20, 240, 90, 20
TICKS = 4
LABEL_GAP = 12
LABEL_CHARS_MAX = 9


@dataclass(frozen=True, slots=True)
class Shape:
    """A rectangle with what it says."""

    x: float
    y: float
    width: float
    height: float
    look: str
    says: str


@dataclass(frozen=True, slots=True)
class Text:
    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Chart:
    """``legend`` has (look, name) of each kind of rectangle. ``data`` is what scripts draw, as JSON: ``lying`` or standing bars, ``names``, and
    ``series`` with what each bar ``shows`` beside it and ``says`` when it is pointed at.
    """

    title: str
    width: int
    height: int
    shapes: tuple[Shape, ...]
    texts: tuple[Text, ...]
    lines: tuple[float, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    data: str = ""


def bars(
    title: str, points: Sequence[tuple[str, int]], say: Callable[[int], str] = yuan_text, unit: str = "元"
) -> Chart:
    """Lying bars of (name, number), in the order given. ``say`` and ``unit`` say a number; fen unless told otherwise."""
    most = max((number for _, number in points), default=0) or 1
    plot = WIDTH - LABEL - VALUE
    shapes, texts = [], []
    for at, (name, number) in enumerate(points):
        top, width = at * ROW + (ROW - BAR) / 2, plot * max(number, 0) / most
        shapes.append(Shape(LABEL, top, round(width, 1), BAR, "in", f"{name} {say(number)}{unit}"))
        middle = top + BAR / 2
        texts.append(Text(LABEL - 10, middle, _short(name), "end"))
        texts.append(Text(round(LABEL + width + 8, 1), middle, say(number)))
    only = _series(title, "in", [number for _, number in points], [say(number) for _, number in points], shapes)
    data = _data([_short(name) for name, _ in points], [only], lying=True)
    return Chart(title, WIDTH, len(points) * ROW, tuple(shapes), tuple(texts), data=data)


def _wide(name: str) -> int:
    """How much of the picture a name takes; a Chinese character is as wide as it is high."""
    return sum(15 if one > "\u2e80" else 9 for one in name)


def columns(title: str, points: Sequence[tuple[str, int, int]]) -> Chart:
    """Standing columns of (name, fen in, fen out), side by side, over a scale of round numbers."""
    scale = round_scale(max((max(came, went) for _, came, went in points), default=0))
    plot, height = WIDTH - PLOT_LEFT - PLOT_RIGHT, PLOT_BOTTOM - PLOT_TOP
    step = plot / max(len(points), 1)
    thick = min(step * 0.4, 28.0)
    shapes, texts = [], []
    every = math.ceil((max((_wide(name) for name, *_ in points), default=0) + LABEL_GAP) / step)
    for at, (name, came, went) in enumerate(points):
        middle = PLOT_LEFT + step * (at + 0.5)
        for fen, look, left, word in ((came, "in", middle - thick, "收款"), (went, "out", middle, "退费")):
            tall = round(height * fen / scale, 1)
            shapes.append(
                Shape(
                    round(left, 1),
                    round(PLOT_BOTTOM - tall, 1),
                    round(thick, 1),
                    tall,
                    look,
                    f"{name} {word} {yuan_text(fen)}元",
                )
            )
        if at % every == 0:
            texts.append(Text(round(middle, 1), PLOT_BOTTOM + 20, name, "middle"))
    lines = tuple(round(PLOT_BOTTOM - height * tick / TICKS, 1) for tick in range(TICKS + 1))
    texts += [Text(PLOT_LEFT - 8, line, _yuan(scale * tick // TICKS), "end") for tick, line in enumerate(lines)]
    looks = (("in", "收款"), ("out", "退费"))
    of_looks = zip(*((came, went) for _, came, went in points), strict=True) if points else ((), ())
    series = [
        _series(name, look, numbers, (), [shape for shape in shapes if shape.look == look])
        for (look, name), numbers in zip(looks, of_looks, strict=True)
    ]
    data = _data([name for name, _, _ in points], series, lying=False)
    return Chart(title, WIDTH, HEIGHT, tuple(shapes), tuple(texts), lines, looks, data)


def _series(
    name: str, look: str, values: Sequence[int], shows: Sequence[str], shapes: Sequence[Shape]
) -> dict[str, object]:
    says = [shape.says for shape in shapes]
    return {"name": name, "look": look, "values": list(values), "shows": list(shows), "says": says}


def _data(names: Sequence[str], series: Sequence[dict[str, object]], *, lying: bool) -> str:
    return json.dumps({"lying": lying, "names": list(names), "series": list(series)}, ensure_ascii=False)


def round_scale(most_fen: int) -> int:
    """The end of the scale, in fen: the least of 1, 2, 4, 8 times a power of ten in yuan that is not below ``most_fen``; its quarters are round."""
    power = 100
    while True:
        for factor in (1, 2, 4, 8):
            if factor * power >= most_fen:
                return factor * power
        power *= 10


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}" if fen % 100 == 0 else yuan_text(fen)


def _short(name: str) -> str:
    return name if len(name) <= LABEL_CHARS_MAX else f"{name[: LABEL_CHARS_MAX - 1]}…"
