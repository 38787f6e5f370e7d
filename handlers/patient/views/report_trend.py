"""One value of a patient over time: a drawing for the eye, and the same as a list."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from handlers.base.display import dated, day_and_time
from handlers.patient.views.reports import value_words, who_of
from server.reports.model import PastValue, Report
from server.reports.rules import FINE

WIDTH, HEIGHT, EDGE = 320, 160, 16
DRAWN_MAX = 30


def trend_page(base: str, key: str, report: Report, item_no: str, values: Sequence[PastValue]) -> dict[str, object]:
    """``values`` from the oldest to the newest; the list shows the newest first."""
    item = next(one for one in report.items if one.item_no == item_no)
    return {
        "item": item.name,
        "name": who_of(report.head),
        "values": [{**value_words(one), "at": day_and_time(one.at)} for one in reversed(values)],
        "drawing": drawing(values, item.unit),
        "own_url": f"{base}/reports/{key}",
    }


def drawing(values: Sequence[PastValue], unit: str) -> dict[str, object]:
    """Points and line of the newest values that are numbers of this ``unit``, in a box of WIDTH × HEIGHT; empty for fewer than two."""
    known = [(one, number) for one in values if one.unit == unit and (number := _number(one.value)) is not None]
    known = known[-DRAWN_MAX:]
    if len(known) < 2:
        return {}
    least, most = min(number for _, number in known), max(number for _, number in known)
    begins, ends = known[0][0].at, known[-1][0].at
    whole_s = (ends - begins).total_seconds()
    points = []
    for place, (one, number) in enumerate(known):
        along = (one.at - begins).total_seconds() / whole_s if whole_s else place / (len(known) - 1)
        up = float((number - least) / (most - least)) if most > least else 0.5
        x, y = EDGE + along * (WIDTH - 2 * EDGE), HEIGHT - EDGE - up * (HEIGHT - 2 * EDGE)
        points.append({"x": f"{x:.1f}", "y": f"{y:.1f}", "is_abnormal": one.flag not in FINE})
    told = f"从 {dated(begins)} 的 {known[0][0].value} 到 {dated(ends)} 的 {known[-1][0].value}\u00a0{unit}".rstrip()
    return {
        "points": points,
        "line": " ".join(f"{point['x']},{point['y']}" for point in points),
        "told": f"{told}，最低 {least}，最高 {most}",
        "width": WIDTH,
        "height": HEIGHT,
    }


def _number(text: str) -> Decimal | None:
    """None for what is no plain number: ``阳性``, ``<0.5``."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**9 else None
