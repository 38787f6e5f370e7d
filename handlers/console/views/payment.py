"""One payment with all that is known of it here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from handlers.base.display import clock_time, day_and_time, yuan
from handlers.console.views.actors import by_whom
from handlers.console.views.owed_words import OWED
from handlers.console.views.telling_words import TELLINGS, messages_of
from handlers.console.views.words import DOORS, ENTRANCES, ORIGINS, PAYMENT_EVENTS
from handlers.patient.views.payments import departments
from server.core.actors import HIS, Source, actor_of
from server.core.history import HistoryEvent
from server.messages.service import RETURN_REASONS
from server.patients.model import mask_card, mask_phone
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import REASONS, Refund, RefundState, short_number
from server.payments.rules.his_asked import is_lost
from server.payments.rules.own_parts import is_split, own_parts
from server.payments.rules.refund_shares import refundable_fen
from server.payments.texts import HIS_NUMBER, REFUND_NUMBER, REFUND_STATES, TRANSACTION_NUMBER, payment_state
from server.refunds.rules.permissions import ASKS, DECIDES, SECOND_REASONS
from server.staff.model import Staff

TAMPERED = "这笔支付的记录在数据库中被改动过，以下内容不可信，系统已停止办理。请信息科查明谁能进数据库；能从备份恢复的先恢复，不能的由财务核对后确认。"
RETURNING = "returning"
Pairs = list[dict[str, str]]


def payment_page(
    payment: Payment, actor: Staff, said: Mapping[str, tuple[str, str]], titles: Mapping[str, str]
) -> dict[str, object]:
    """``said``: by refund number, the asker's note and the HIS's words; ``titles``: what the hospital's channels are called."""
    channel = "、".join(titles[name] for name in payment.channels if name in titles)
    left_fen = 0 if payment.tampered else refundable_fen(payment)
    own = f"/console/payments/{payment.id}"
    return {
        "number": payment.id,
        "own_url": own,
        "state": payment_state(payment),
        "warning": TAMPERED if payment.tampered else "",
        "accept_url": f"{own}/accept" if payment.tampered and actor.role in DECIDES else "",
        "amount": yuan(payment.paid_fen or payment.amount_fen),
        "left": yuan(left_fen) if left_fen else "",
        "refund_url": f"{own}/refund" if left_fen and actor.role in ASKS else "",
        "ending_url": f"{own}/end" if actor.role in DECIDES and _needs_people(payment) else "",
        "facts": _facts(payment, channel),
        "bills": _bills(payment),
        "refunds": [_refund(refund, actor, *said.get(refund.id, ("", ""))) for refund in reversed(payment.refunds)],
        "timeline": _timeline(payment, titles),
        "messages": messages_of(payment),
        "owed": _owed(payment),
        "has_channel": bool(channel),
    }


def labelled(pairs: Iterable[tuple[str, str]]) -> Pairs:
    """The labelled facts, without those that are empty."""
    return [{"label": label, "value": value} for label, value in pairs if value]


def _needs_people(payment: Payment) -> bool:
    """It is not at rest, somebody waits for a second person, the HIS holds what has gone back, or has lost what is booked."""
    lost = payment.state is PaymentState.BOOKED and is_lost(payment)
    return bool(payment.ending or payment.late_trade_no or lost or not payment.at_rest())


def _facts(payment: Payment, channel: str) -> Pairs:
    booking, origin, personal = payment.booking, payment.origin, payment.personal
    where = "，".join(
        text
        for text in (
            ENTRANCES.get(origin.entrance, origin.entrance),
            f"终端{origin.terminal}" if origin.terminal else "",
            f"操作员{origin.operator}" if origin.operator else "",
        )
        if text
    )
    return labelled(
        (
            ("就诊人", personal.patient_name),
            ("就诊卡", mask_card(personal.card_no)),
            ("手机", mask_phone(personal.phone) if personal.phone else ""),
            ("科室", departments(payment)),
            ("渠道", channel or "无需支付"),
            ("入口", where),
            ("提交时间", day_and_time(payment.created_at)),
            ("支付时间", day_and_time(payment.paid_at) if payment.paid_at else ""),
            (TRANSACTION_NUMBER, "、".join(part.transaction_id for part in payment.parts if part.transaction_id)),
            (HIS_NUMBER, booking.his_trade_no if booking else ""),
            ("收据号", booking.receipt_no if booking else ""),
            ("已退", yuan(payment.refunded_fen) if payment.refunded_fen else ""),
            ("退回原因", RETURN_REASONS.get(payment.return_reason or "", "")),
        )
    )


def _bills(payment: Payment) -> list[dict[str, object]]:
    """What each item costs, and of it the patient's own part where the insurance paid the rest."""
    own, split = own_parts(payment), is_split(payment)
    return [
        {
            "number": charge.number,
            "department": charge.department,
            "amount": yuan(charge.own_fen),
            "items": [
                {
                    "name": item.name,
                    "amount": yuan(item.amount_fen),
                    "own": yuan(own[charge.number, item.item_no]) if split else "",
                }
                for item in charge.items
            ],
        }
        for charge in payment.personal.subject.charges
    ]


def _refund(refund: Refund, actor: Staff, note: str, his_words: str) -> dict[str, object]:
    waits, own = refund.state is RefundState.REQUESTED, refund.asked_by == actor.as_actor
    acts = f"/console/refunds/{refund.id}"
    return {
        "number": refund.id,
        "amount": yuan(refund.amount_fen),
        "state": REFUND_STATES[refund.state],
        "facts": labelled(
            (
                ("来源", "，".join(t for t in (ORIGINS[refund.origin], DOORS.get(refund.requested_via, "")) if t)),
                ("原因", REASONS.get(refund.reason, RETURN_REASONS.get(refund.reason, ""))),
                ("说明", note),
                ("发起", _person(refund, clock_time(refund.at))),
                ("需审批", "、".join(SECOND_REASONS.get(key, key) for key in refund.approval_reasons)),
                ("审批", by_whom(refund.decided_by) if refund.decided_by else ""),
                ("审批截止", day_and_time(refund.expires_at) if refund.expires_at else ""),
                ("医院退费号", refund.his_refund_no),
                (_answered_by(refund), his_words),
                (f"渠道{REFUND_NUMBER}", refund.channel_refund_id or ""),
                ("完成时间", day_and_time(refund.finished_at) if refund.finished_at else ""),
            )
        ),
        "agree_url": f"{acts}/agree" if waits and not own and actor.role in DECIDES else "",
        "reject_url": f"{acts}/reject" if waits and not own and actor.role in DECIDES else "",
        "withdraw_url": f"{acts}/withdraw" if waits and own else "",
    }


def _answered_by(refund: Refund) -> str:
    """Whose no it is, where there are words of it."""
    if refund.decided_by == HIS:
        return "医院答复"
    return "驳回原因" if actor_of(refund.decided_by).source is Source.STAFF else "系统答复"


def _person(refund: Refund, time: str) -> str:
    return f"{by_whom(refund.asked_by)}，{time}" if refund.asked_by else time


def _timeline(payment: Payment, titles: Mapping[str, str]) -> list[dict[str, str]]:
    """Newest first. Where nothing was paid, nothing is returned, so nothing is said of it."""
    hidden = TELLINGS.keys() if payment.paid_fen else {*TELLINGS, RETURNING}
    return [_event(line, titles) for line in reversed(payment.history) if line.what not in hidden]


def _event(line: HistoryEvent, titles: Mapping[str, str]) -> dict[str, str]:
    detail = line.detail
    amount = detail.get("amount_fen", "")
    about = (
        yuan(int(amount)) if amount.isdigit() else "",
        short_number(detail.get("refund", "")),
        RETURN_REASONS.get(detail.get("why", ""), ""),
        detail.get("code", ""),
    )
    text = " ".join((PAYMENT_EVENTS.get(line.what, line.what), *(word for word in about if word)))
    return {"time": clock_time(line.at), "text": text, "by": by_whom(line.by, line.detail.get("door", ""), titles)}


def _owed(payment: Payment) -> list[dict[str, str]]:
    """What is still to be done by itself, and how the last try ended."""
    return [
        {
            "text": OWED.get(str(effect.kind), str(effect.kind)),
            "next": clock_time(effect.due_at),
            "tries": str(effect.tries) if effect.tries else "",
            "error": effect.last_error or "",
        }
        for effect in sorted(payment.effects, key=lambda effect: effect.due_at)
    ]
