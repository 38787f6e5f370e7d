"""Unclaimed money."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.base.display import clock_time, yuan
from handlers.console.views.words import UNCLAIMED
from server.payments.hospital import Hospital
from server.payments.ports import UnclaimedMoney
from server.payments.refund_channel import refund_channel_info

_KINDS = {"payment": "收款", "refund": "退费"}


def money_page(hospital: Hospital, unclaimed: Iterable[UnclaimedMoney]) -> dict[str, object]:
    return {
        "unclaimed": [
            {
                "time": clock_time(money.at),
                "channel": refund_channel_info(hospital, money.channel).title,
                "kind": _KINDS.get(money.kind, money.kind),
                "amount": yuan(money.amount_fen),
                "number": money.out_trade_no,
                "transaction": money.transaction_id,
                "reason": UNCLAIMED.get(money.reason, money.reason),
            }
            for money in unclaimed
        ],
    }
