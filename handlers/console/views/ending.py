"""A payment that no rule can end, as both sides see it now, and the acts that end it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from handlers.base.display import clock_time, yuan
from handlers.console.views.actors import by_whom
from handlers.console.views.asked import channel_says, his_says
from handlers.console.views.words import ENDING_ACTS
from server.console.endings import PROPOSES
from server.console.payment_room import ChannelSays, HisSays
from server.patients.model import mask_name
from server.payments.ending_model import Ending, EndingAct
from server.payments.model import Payment
from server.payments.rules.ending_acts import OUTDATED, is_outdated, seen_mark
from server.payments.rules.ending_advice import ASK_THE_HIS, CANCEL_FIRST, advised
from server.payments.rules.ending_sides import Sides, stuck_refunds
from server.payments.rules.ending_write_offs import unanswered_write_offs
from server.payments.rules.refund_shares import left_fen
from server.payments.rules.trades import differences
from server.payments.texts import payment_state
from server.staff.model import Staff

Facts = list[dict[str, str]]
_FIRST = {
    CANCEL_FIRST: "款项已退回，医院系统仍有入账：请先在医院系统里撤销，再刷新本页了结。",
    ASK_THE_HIS: "医院一直没有答复冲销：请先向医院查清有没有冲销，再选择。",
}


def ending_page(
    payment: Payment, sides: Sides, actor: Staff, words: str, typed: Mapping[str, str], now: datetime
) -> dict[str, object]:
    """``words`` are the proposer's, ``typed`` what stands in the form."""
    trade = sides.trade
    differs = differences(payment, trade) if trade is not None and trade.has_money else ()
    channel = ChannelSays(trade=trade, differs=differs, refunds=tuple(sides.refunds.items()))
    waiting = payment.ending
    advice, first = advised(payment, sides)
    return {
        "number": payment.id,
        "own_url": f"/console/payments/{payment.id}",
        "url": f"/console/payments/{payment.id}/end",
        "mark": str(seen_mark(payment)),
        "ours": _ours(payment),
        "channel": channel_says(payment, channel, now),
        "his": his_says(payment, HisSays(booking=sides.booking, silent=sides.his_silent), now),
        "acts": [_choice(act, advice, typed["act"]) for act in EndingAct],
        "first": _FIRST.get(first, ""),
        "typed": typed,
        "proposes": waiting is None and actor.role in PROPOSES,
        "waiting": _waiting(waiting, words) if waiting is not None else [],
        "outdated": OUTDATED if is_outdated(payment) else "",
        "agrees": waiting is not None and waiting.by != actor.as_actor,
    }


def _choice(act: EndingAct, advice: EndingAct | None, typed: str) -> dict[str, object]:
    """One act of the form; the advised one is chosen until somebody chooses another."""
    text = f"建议：{ENDING_ACTS[act]}" if act is advice else ENDING_ACTS[act]
    return {"key": str(act), "text": text, "here": act == (typed or advice)}


def _ours(payment: Payment) -> Facts:
    stuck = sum(refund.amount_fen for refund in stuck_refunds(payment))
    unanswered = sum(refund.amount_fen for refund in unanswered_write_offs(payment))
    return [
        {"label": "状态", "value": payment_state(payment)},
        {"label": "就诊人", "value": mask_name(payment.personal.patient_name)},
        {"label": "已收", "value": yuan(payment.paid_fen)},
        {"label": "已退", "value": yuan(payment.refunded_fen)},
        {"label": "卡住的退费", "value": yuan(stuck)},
        {"label": "医院没有答复冲销的退费", "value": yuan(unanswered)},
        {"label": "没有退费占用的余额", "value": yuan(max(0, left_fen(payment)))},
    ]


def _waiting(ending: Ending, words: str) -> Facts:
    facts = [
        {"label": "申请", "value": ENDING_ACTS[ending.act]},
        {"label": "提出", "value": f"{by_whom(ending.by)}，{clock_time(ending.at)}"},
        {"label": "依据", "value": words},
    ]
    amount = [{"label": "金额", "value": yuan(ending.amount_fen)}] if ending.amount_fen else []
    return [*facts, *amount]
