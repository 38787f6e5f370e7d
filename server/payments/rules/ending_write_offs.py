"""The acts for a write-off that the HIS never answers: people say, with proof, whether it has been written off there. All pure.

Whether the HIS has done it can't be asked for without doing it, so only people know. A refund whose money has not gone is sent, or given
up before anything was sent; money that somebody refunded in the merchant console has gone either way.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from server.core.errors import NotAllowed
from server.effects.model import Effect, EffectKind, find, with_effect, without
from server.payments.model import Payment, changed, with_refund
from server.payments.refund_model import Refund, RefundState
from server.payments.rules.causes import stuck
from server.payments.rules.telling import REFUND_ACCEPTED, REFUND_RESULT, tell, tell_staff
from server.payments.rules.topics import Topic

BY_PROOF = "by_proof"


def unanswered_write_offs(payment: Payment) -> tuple[Refund, ...]:
    """Refunds that the HIS was asked to write off, at the slowest pace by now, without an answer."""
    owed = (effect for effect in payment.effects if effect.kind is EffectKind.RELEASE and stuck(effect))
    found = (payment.refund(effect.subject) for effect in owed)
    return tuple(refund for refund in found if refund is not None)


def waiting_fen(payment: Payment) -> int:
    """How much money goes when the HIS is said to have written everything off that it did not answer."""
    return sum(r.amount_fen for r in unanswered_write_offs(payment) if r.state is RefundState.APPROVED)


def written_off_by_proof(payment: Payment, by: str, now: datetime) -> Payment:
    """The HIS has written them off, as its people have shown: what waited for it is sent. Raises NotAllowed with words."""
    for refund in _unanswered(payment):
        _must_not_be_asked(payment, refund)
        effects = without(payment.effects, EffectKind.RELEASE, subject=refund.id)
        sends = refund.state is RefundState.APPROVED
        state = RefundState.RELEASED if sends else refund.state
        released = replace(refund, state=state, written_off_as=refund.id)
        payment = replace(payment, refunds=with_refund(payment, released), effects=effects)
        effects = tell(payment, str(Topic.of_refund(REFUND_ACCEPTED, refund.id)), now) if sends else effects
        kind = EffectKind.REFUND if sends else EffectKind.NOTIFY_HIS
        effects = with_effect(effects, Effect(kind=kind, subject=refund.id, due_at=now))
        detail = {"refund": refund.id, "how": BY_PROOF}
        payment = changed(payment, "refund_released", at=now, by=by, detail=detail, effects=effects)
    return payment


def given_up(payment: Payment, by: str, longest_call: timedelta, now: datetime) -> Payment:
    """The HIS has not written them off, as its people have shown: nothing is sent, the share is free, who asked is told. Not while a call
    of ours may still be running in the HIS, which would write off what is not sent. Raises NotAllowed with words.
    """
    for refund in _unanswered(payment):
        owed = _must_not_be_asked(payment, refund)
        if owed.unknown_at is not None and now - owed.unknown_at < longest_call:
            raise NotAllowed(
                "may be written off", user_message="请医院冲销的请求可能还在医院系统里执行，请过几分钟再试。"
            )
        effects = without(payment.effects, EffectKind.RELEASE, subject=refund.id)
        if refund.state is not RefundState.APPROVED:
            refunds = with_refund(payment, replace(refund, his_settled_at=now))
            detail = {"refund": refund.id, "code": BY_PROOF}
            what = "console_refund_not_written_off"
        else:
            effects = tell_staff(effects, REFUND_RESULT, refund.id, now)
            ended = replace(refund, state=RefundState.WITHDRAWN, finished_at=now, expires_at=None)
            refunds, detail, what = (
                with_refund(payment, ended),
                {"refund": refund.id, "how": BY_PROOF},
                "refund_withdrawn",
            )
        payment = changed(payment, what, at=now, by=by, detail=detail, refunds=refunds, effects=effects)
    return payment


def _unanswered(payment: Payment) -> tuple[Refund, ...]:
    refunds = unanswered_write_offs(payment)
    if not refunds:
        raise NotAllowed("no write-off is stuck", user_message="这笔支付没有医院一直不答复的冲销，不能这样了结。")
    return refunds


def _must_not_be_asked(payment: Payment, refund: Refund) -> Effect:
    owed = find(payment.effects, f"{EffectKind.RELEASE}:{refund.id}")
    if owed is None or owed.lease is not None:
        raise NotAllowed("being asked", user_message="正在请医院冲销这笔退费，请过一分钟再试。")
    return owed
