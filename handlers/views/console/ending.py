"""A payment that no rule can end, as both sides see it now, and the acts that end it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from handlers.display import clock_time, yuan
from handlers.views.console.asked import channel_says, his_says
from handlers.views.console.words import ENDING_ACTS, PAYMENT_STATES, by_whom
from server.domain.ending import Ending, EndingAct
from server.domain.ending_acts import Sides, seen_mark, stuck_refunds
from server.domain.payment import Payment
from server.domain.people import mask_name
from server.domain.refund_shares import left_fen
from server.domain.staff import Staff
from server.domain.trades import differences
from server.services.endings import PROPOSES
from server.services.payment_room import ChannelSays, HisSays

Facts = list[dict[str, str]]


def ending_page(
    payment: Payment, sides: Sides, actor: Staff, words: str, typed: Mapping[str, str], now: datetime
) -> dict[str, object]:
    """``words`` are the proposer's, ``typed`` what stands in the form."""
    trade = sides.trade
    differs = differences(payment, trade) if trade is not None and trade.has_money else ()
    channel = ChannelSays(trade=trade, differs=differs, refunds=tuple(sides.refunds.items()))
    waiting = payment.ending
    return {
        "number": payment.id,
        "own_url": f"/console/payments/{payment.id}",
        "url": f"/console/payments/{payment.id}/end",
        "mark": str(seen_mark(payment)),
        "ours": _ours(payment),
        "channel": channel_says(payment, channel, now),
        "his": his_says(payment, HisSays(booking=sides.booking, silent=sides.his_silent), now),
        "acts": [{"key": str(act), "text": ENDING_ACTS[act], "here": typed["act"] == act} for act in EndingAct],
        "typed": typed,
        "proposes": waiting is None and actor.role in PROPOSES,
        "waiting": _waiting(waiting, words) if waiting is not None else [],
        "agrees": waiting is not None and waiting.by != actor.as_actor,
    }


def _ours(payment: Payment) -> Facts:
    stuck = sum(refund.amount_fen for refund in stuck_refunds(payment))
    return [
        {"label": "状态", "value": PAYMENT_STATES[payment.state]},
        {"label": "就诊人", "value": mask_name(payment.personal.patient_name)},
        {"label": "已收", "value": yuan(payment.paid_fen)},
        {"label": "已退", "value": yuan(payment.refunded_fen)},
        {"label": "卡住的退款", "value": yuan(stuck)},
        {"label": "没有退款占用的余额", "value": yuan(max(0, left_fen(payment)))},
    ]


def _waiting(ending: Ending, words: str) -> Facts:
    facts = [
        {"label": "申请", "value": ENDING_ACTS[ending.act]},
        {"label": "提出", "value": f"{by_whom(ending.by)}，{clock_time(ending.at)}"},
        {"label": "依据", "value": words},
    ]
    amount = [{"label": "金额", "value": yuan(ending.amount_fen)}] if ending.amount_fen else []
    return [*facts, *amount]
