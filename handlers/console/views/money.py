"""Unclaimed money: the list, and one of them with what each side says and the acts that end it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlencode

from handlers.base.display import clock_time, yuan
from handlers.console.views.actors import by_whom
from handlers.console.views.asked import OUTCOMES, TRADE_STATES
from handlers.console.views.words import UNCLAIMED, UNCLAIMED_ACTS, UNCLAIMED_EVENTS, UNCLAIMED_STATES
from server.console.unclaimed_desk import PROPOSES
from server.payments.hospital import Hospital
from server.payments.refund_channel import refund_channel_info
from server.payments.rules.trades import ChannelRefund, Trade
from server.payments.rules.unclaimed_acts import OUTDATED, UnclaimedSides, is_outdated, seen_mark
from server.payments.texts import PAYMENT_NUMBER, TRANSACTION_NUMBER, payment_state
from server.payments.unclaimed_model import UnclaimedAct, UnclaimedEnding, UnclaimedMoney, UnclaimedState
from server.staff.model import Staff

Facts = list[dict[str, str]]
_KINDS = {"payment": "收款", "refund": "退费"}


def money_url(money_id: str) -> str:
    return f"/console/money/one?{urlencode({'id': money_id})}"


def money_page(
    hospital: Hospital, waiting: Iterable[UnclaimedMoney], settled: Iterable[UnclaimedMoney]
) -> dict[str, object]:
    return {
        "unclaimed": [_line(hospital, money) for money in waiting],
        "settled": [_line(hospital, money) for money in settled],
    }


def _line(hospital: Hospital, money: UnclaimedMoney) -> dict[str, str]:
    return {
        "url": money_url(money.id),
        "time": clock_time(money.at),
        "channel": refund_channel_info(hospital, money.channel).title,
        "kind": _KINDS.get(money.kind, money.kind),
        "amount": yuan(money.amount_fen),
        "number": money.out_trade_no,
        "transaction": money.transaction_id,
        "reason": UNCLAIMED.get(money.reason, money.reason),
        "state": _state(money),
    }


def _state(money: UnclaimedMoney) -> str:
    if money.tampered:
        return "记录被改动"
    return "等待复核" if money.ending is not None else UNCLAIMED_STATES[money.state]


def one_page(
    hospital: Hospital,
    money: UnclaimedMoney,
    sides: UnclaimedSides,
    actor: Staff,
    words: str,
    typed: Mapping[str, str],
    now: datetime,
) -> dict[str, object]:
    """``words`` are those of whoever proposed, ``typed`` what stands in the form."""
    line, waiting, ended = _line(hospital, money), money.ending, money.ended
    open_ = money.state is not UnclaimedState.SETTLED and not money.tampered
    return {
        "number": money.out_trade_no,
        "url": money_url(money.id),
        "mark": str(seen_mark(money)),
        "tampered": money.tampered,
        "ours": _ours(line, sides),
        "channel": _channel(sides.trade, money, now),
        "refund": _refund(sides.refund) if money.refund_no else "",
        "acts": [{"key": str(act), "text": UNCLAIMED_ACTS[act], "here": act == typed["act"]} for act in UnclaimedAct],
        "typed": typed,
        "proposes": open_ and waiting is None and actor.role in PROPOSES,
        "waiting": _ending(waiting, words) if waiting is not None else [],
        "outdated": OUTDATED if is_outdated(money) else "",
        "agrees": open_ and waiting is not None and waiting.by != actor.as_actor,
        "ended": _ending(ended, words) if ended is not None and waiting is None else [],
        "history": [
            {"time": clock_time(one.at), "what": UNCLAIMED_EVENTS.get(one.what, one.what), "who": by_whom(one.by)}
            for one in money.history
        ],
    }


def _ours(line: Mapping[str, str], sides: UnclaimedSides) -> Facts:
    payment = sides.payment
    own = "本系统的单号" if sides.ours else "不是本系统的单号"
    rows = [
        ("状态", line["state"]),
        ("类型", line["kind"]),
        ("渠道", line["channel"]),
        ("金额", line["amount"]),
        (PAYMENT_NUMBER, f"{line['number']}（{own}）"),
        (TRANSACTION_NUMBER, line["transaction"]),
        ("时间", line["time"]),
        ("原因", line["reason"]),
        ("这个单号的支付", "没有" if payment is None else f"{payment_state(payment)}，已收 {yuan(payment.paid_fen)}"),
    ]
    return [{"label": label, "value": value} for label, value in rows]


def _channel(trade: Trade | None, money: UnclaimedMoney, now: datetime) -> dict[str, object]:
    if trade is None:
        return {"title": "渠道没有应答，请稍后再查", "facts": [], "time": clock_time(now), "bad": True}
    amount = yuan(trade.amount_fen) if trade.amount_fen else ""
    facts = [
        {"label": label, "value": value}
        for label, value in (("金额", amount), (TRANSACTION_NUMBER, trade.transaction_id))
        if value
    ]
    same = (trade.transaction_id, trade.amount_fen) == (money.transaction_id, money.amount_fen)
    bad = money.kind == "payment" and not (trade.has_money and same)
    return {"title": f"渠道：{TRADE_STATES[trade.state]}", "facts": facts, "time": clock_time(now), "bad": bad}


def _refund(answer: ChannelRefund | None) -> str:
    return "没有应答" if answer is None else OUTCOMES[answer.outcome]


def _ending(ending: UnclaimedEnding, words: str) -> Facts:
    agreed = [{"label": "复核", "value": by_whom(ending.agreed_by)}] if ending.agreed_by else []
    return [
        {"label": "方式", "value": UNCLAIMED_ACTS[ending.act]},
        {"label": "提出", "value": f"{by_whom(ending.by)}，{clock_time(ending.at)}"},
        *agreed,
        {"label": "依据", "value": words},
    ]
