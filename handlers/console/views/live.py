"""The picture of money that stands on one side now, and the table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers.base.display import clock_time, yuan
from handlers.console.views.charts import Chart, bars
from server.console.live_room import StandingMoney
from server.reconciliation.texts import ONE_SIDED


def live_page(money: Sequence[StandingMoney], now: datetime) -> dict[str, object]:
    return {
        "live": [
            {
                "number": one.payment_id[-6:], "url": f"/console/payments/{one.payment_id}", "what": ONE_SIDED[one.what],
                "amount": yuan(one.fen), "since": clock_time(one.since), "lasts": _lasts(now - one.since),
            }
            for one in money
        ],
        "live_sum": yuan(sum(one.fen for one in money)),
        "live_chart": _chart(money) if money else None,
    }  # fmt: skip


def _chart(money: Sequence[StandingMoney]) -> Chart:
    sums = {what: 0 for what in ONE_SIDED}
    for one in money:
        sums[one.what] += one.fen
    return bars("现在的单边款项", [(ONE_SIDED[what], fen) for what, fen in sums.items() if fen])


def _lasts(passed: timedelta) -> str:
    minutes = max(0, int(passed.total_seconds() // 60))
    hours, rest = divmod(minutes, 60)
    return f"{hours}小时{rest}分" if hours else f"{rest}分"
