"""Unclaimed money and alerts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from handlers.display import clock_time, yuan
from handlers.views.console.words import ALERTS, UNCLAIMED
from server.ports import Alert, Hospital, UnclaimedMoney
from server.services.refund_words import way_of

_KINDS = {"payment": "收款", "refund": "退款"}
_NUMBER = re.compile(r"[0-9A-Za-z]{10,40}")


def money_page(hospital: Hospital, unclaimed: Iterable[UnclaimedMoney], alerts: Iterable[Alert]) -> dict[str, object]:
    return {
        "unclaimed": [
            {
                "time": clock_time(money.at),
                "channel": way_of(hospital, money.channel).title,
                "kind": _KINDS.get(money.kind, money.kind),
                "amount": yuan(money.amount_fen),
                "number": money.out_trade_no,
                "transaction": money.transaction_id,
                "reason": UNCLAIMED.get(money.reason, money.reason),
            }
            for money in unclaimed
        ],
        "alerts": [_alert(alert) for alert in alerts],
    }


def _alert(alert: Alert) -> dict[str, str]:
    found = _NUMBER.match(alert.text)
    return {
        "time": clock_time(alert.at),
        "what": ALERTS.get(alert.kind, alert.kind),
        "text": alert.text,
        "payment": found[0] if found else "",
    }
