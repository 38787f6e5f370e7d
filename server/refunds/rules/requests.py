"""Transitions of a refund that people ask for: asked, agreed to, written off by the HIS, and only then its money (DESIGN section 3).

Who may do what is decided in `refunds/service`; here is what the document allows. Every function is document → document and
raises NotAllowed, with words for staff, where the payment does not allow it (any more).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from server.core.actors import HIS, SYSTEM
from server.core.errors import NotAllowed, NotFound
from server.effects.model import Effect, EffectKind, held, with_effect, without
from server.payments.model import Payment, changed, with_refund
from server.payments.refund_model import Refund, RefundLine, RefundOrigin, RefundState
from server.payments.rules.refund_numbers import next_refund_id
from server.payments.rules.refund_shares import kind_to_refund, of_this_part_fen, request_fen
from server.payments.rules.telling import REFUND_ACCEPTED, REFUND_RESULT, REFUND_WAITING, tell, tell_staff
from server.payments.rules.topics import Topic
from server.payments.texts import REFUND_NUMBER
from server.refunds.rules.items import must_be_askable, must_be_left


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAsk:
    """What somebody asks for. ``approval_reasons`` say why a second person must agree; empty when nobody need. ``note`` is sealed."""

    request_id: str
    amount_fen: int
    lines: tuple[RefundLine, ...]
    reason: str
    note: str
    by: str
    requested_via: str
    approval_reasons: tuple[str, ...]


def request_refund(payment: Payment, ask: RefundAsk, now: datetime, expires_at: datetime) -> Payment:
    """One more refund: waiting for a second person until ``expires_at``, or on its way to the HIS at once.

    The same ``request_id`` again changes nothing.
    """
    if any(refund.request_id == ask.request_id for refund in payment.refunds):
        return payment
    must_be_askable(payment, ask.amount_fen, ask.lines)
    must_be_left(payment, ask.lines)
    amount_fen = of_this_part_fen(payment, ask.amount_fen)
    refund = Refund(
        id=next_refund_id(payment),
        amount_fen=amount_fen,
        rest_fen=ask.amount_fen - amount_fen,
        origin=RefundOrigin.STAFF,
        reason=ask.reason,
        state=RefundState.REQUESTED if ask.approval_reasons else RefundState.APPROVED,
        at=now,
        lines=ask.lines,
        request_id=ask.request_id,
        asked_by=ask.by,
        requested_via=ask.requested_via,
        part=kind_to_refund(payment),
        approval_reasons=ask.approval_reasons,
        note=ask.note,
        expires_at=expires_at if ask.approval_reasons else None,
    )
    owed = _waiting(payment, refund, now, expires_at) if ask.approval_reasons else _to_release(payment, refund, now)
    detail = {**_asked_for(refund), "second": " ".join(ask.approval_reasons)}
    refunds = with_refund(payment, refund)
    return changed(payment, "refund_requested", at=now, by=ask.by, detail=detail, refunds=refunds, effects=owed)


def window_refund(payment: Payment, ask: RefundAsk, his_refund_no: str, now: datetime) -> Payment:
    """The HIS has written off at a window already, and asks us to send the money. The same ``request_id`` again changes nothing."""
    told = next((r for r in payment.refunds if r.origin is RefundOrigin.HIS and r.request_id == ask.request_id), None)
    if told is not None:
        if request_fen(payment, told) != ask.amount_fen:
            raise NotAllowed("window refund of another amount", user_message=f"这个{REFUND_NUMBER}已用于其他金额。")
        return payment
    must_be_askable(payment, ask.amount_fen, ask.lines)
    number, amount_fen = next_refund_id(payment), of_this_part_fen(payment, ask.amount_fen)
    refund = Refund(
        id=number,
        amount_fen=amount_fen,
        rest_fen=ask.amount_fen - amount_fen,
        origin=RefundOrigin.HIS,
        reason=ask.reason,
        state=RefundState.RELEASED,
        at=now,
        lines=ask.lines,
        request_id=ask.request_id,
        asked_by=ask.by,
        requested_via=ask.requested_via,
        part=kind_to_refund(payment),
        his_refund_no=his_refund_no,
        written_off_as=number,
    )
    after = replace(payment, refunds=with_refund(payment, refund))
    effects = with_effect(
        tell(after, str(Topic.of_refund(REFUND_ACCEPTED, number)), now),
        Effect(kind=EffectKind.REFUND, subject=number, due_at=now),
    )
    detail = _asked_for(refund)
    return changed(after, "refund_requested", at=now, by=ask.by, detail=detail, effects=effects)


def approve_refund(payment: Payment, refund_id: str, by: str, now: datetime) -> Payment:
    """A second person agrees. Nobody agrees to what they asked for."""
    refund = _asked(payment, refund_id)
    if refund.asked_by == by:
        raise NotAllowed("own request", user_message="不能审批自己发起的退费。")
    if refund.expires_at is not None and refund.expires_at <= now:
        raise NotAllowed("expired", user_message="这笔退费申请已过期，请重新发起。")
    agreed = replace(refund, state=RefundState.APPROVED, decided_by=by, expires_at=None)
    return changed(
        payment,
        "refund_approved",
        at=now,
        by=by,
        detail={"refund": refund_id, "amount_fen": str(refund.asked_fen)},
        refunds=with_refund(payment, agreed),
        effects=_to_release(payment, agreed, now),
    )


def reject_refund(payment: Payment, refund_id: str, by: str, now: datetime, words: str = "") -> Payment:
    """A second person says no. ``words`` are their reason, sealed: the asker reads it."""
    refund = _asked(payment, refund_id)
    if refund.asked_by == by:
        raise NotAllowed("own request", user_message="自己发起的退费请用“撤回”。")
    rejected = replace(refund, state=RefundState.REJECTED, decided_by=by, his_words=words)
    return _ended(payment, rejected, by, now)


def withdraw_refund(payment: Payment, refund_id: str, by: str, now: datetime) -> Payment:
    refund = _asked(payment, refund_id)
    if refund.asked_by != by:
        raise NotAllowed("another's request", user_message="只能撤回自己发起的退费。")
    return _ended(payment, replace(refund, state=RefundState.WITHDRAWN, decided_by=by), by, now)


def expire_refund(payment: Payment, refund_id: str, token: str, now: datetime) -> Payment:
    """Nobody agreed in time."""
    held(payment.effects, f"{EffectKind.EXPIRE}:{refund_id}", token)
    return _ended(payment, replace(_asked(payment, refund_id), state=RefundState.EXPIRED), SYSTEM, now)


def written_off(payment: Payment, refund_id: str, token: str, his_refund_no: str, now: datetime) -> Payment:
    """The HIS has written it off: nothing can be dispensed any more, the money goes. What went in the merchant console already
    only gets the HIS's number, and the HIS is told of its money.
    """
    held(payment.effects, f"{EffectKind.RELEASE}:{refund_id}", token)
    refund = _refund(payment, refund_id)
    sends = refund.state is RefundState.APPROVED
    state = RefundState.RELEASED if sends else refund.state
    released = replace(refund, state=state, his_refund_no=his_refund_no, written_off_as=refund_id)
    after = replace(
        payment,
        refunds=with_refund(payment, released),
        effects=without(payment.effects, EffectKind.RELEASE, subject=refund_id),
    )
    if sends:
        effects = tell(after, str(Topic.of_refund(REFUND_ACCEPTED, refund_id)), now)
        next_kind = EffectKind.REFUND
    else:
        effects, next_kind = after.effects, EffectKind.NOTIFY_HIS
    effects = with_effect(effects, Effect(kind=next_kind, subject=refund_id, due_at=now))
    detail = {"refund": refund_id, "his_refund_no": his_refund_no}
    return changed(after, "refund_released", at=now, by=HIS, detail=detail, effects=effects)


def write_off_refused(
    payment: Payment, refund_id: str, token: str, code: str, words: str, now: datetime, by: str = HIS
) -> Payment:
    """The HIS (or ``by``) says no: nothing is sent, who asked is told why. ``words`` are sealed. Money that has already gone is an alarm."""
    held(payment.effects, f"{EffectKind.RELEASE}:{refund_id}", token)
    refund = _refund(payment, refund_id)
    effects = without(payment.effects, EffectKind.RELEASE, subject=refund_id)
    if refund.state is not RefundState.APPROVED:
        detail = {"refund": refund_id, "code": code}
        refunds = with_refund(payment, replace(refund, his_settled_at=now))
        return changed(
            payment, "console_refund_not_written_off", at=now, by=HIS, detail=detail, refunds=refunds, effects=effects
        )
    refused = replace(refund, state=RefundState.REJECTED, decided_by=by, his_words=words)
    return _ended(replace(payment, effects=effects), refused, by, now, code=code)


def his_told(payment: Payment, refund_id: str, token: str, now: datetime) -> Payment:
    """The HIS knows what became of the money."""
    held(payment.effects, f"{EffectKind.NOTIFY_HIS}:{refund_id}", token)
    effects = without(payment.effects, EffectKind.NOTIFY_HIS, subject=refund_id)
    refunds = with_refund(payment, replace(_refund(payment, refund_id), his_settled_at=now))
    return changed(payment, "his_told", at=now, by=HIS, detail={"refund": refund_id}, refunds=refunds, effects=effects)


# ---- steps ---------------------------------------------------------------------------------------------------------------------


def _asked_for(refund: Refund) -> dict[str, str]:
    """What the line of history says of the request. ``rest_fen``: so much of it is for later parts."""
    rest = {"rest_fen": str(refund.rest_fen)} if refund.rest_fen else {}
    return {"refund": refund.id, "amount_fen": str(refund.amount_fen), **rest, "door": refund.requested_via}


def _refund(payment: Payment, refund_id: str) -> Refund:
    refund = payment.refund(refund_id)
    if refund is None:
        raise NotFound("refund", user_message="没有找到这笔退费。")
    return refund


def _asked(payment: Payment, refund_id: str) -> Refund:
    """The refund while it still waits for a second person."""
    refund = _refund(payment, refund_id)
    if refund.state is not RefundState.REQUESTED:
        raise NotAllowed(f"already {refund.state}", user_message="这笔退费已经处理过了。")
    return refund


def _waiting(payment: Payment, refund: Refund, now: datetime, expires_at: datetime) -> tuple[Effect, ...]:
    effects = tell_staff(payment.effects, REFUND_WAITING, refund.id, now)
    return with_effect(effects, Effect(kind=EffectKind.EXPIRE, subject=refund.id, due_at=expires_at))


def _to_release(payment: Payment, refund: Refund, now: datetime) -> tuple[Effect, ...]:
    effects = without(payment.effects, EffectKind.EXPIRE, subject=refund.id)
    return with_effect(effects, Effect(kind=EffectKind.RELEASE, subject=refund.id, due_at=now))


def _ended(payment: Payment, refund: Refund, by: str, now: datetime, code: str = "") -> Payment:
    """Over before anything was sent; its share is free. Who asked is told, unless it was them."""
    effects = without(payment.effects, EffectKind.EXPIRE, subject=refund.id)
    if refund.state is not RefundState.WITHDRAWN:
        effects = tell_staff(effects, REFUND_RESULT, refund.id, now)
    ended = replace(refund, finished_at=now, expires_at=None)
    detail = {"refund": refund.id, **({"code": code} if code else {})}
    return changed(
        payment,
        f"refund_{refund.state}",
        at=now,
        by=by,
        detail=detail,
        refunds=with_refund(payment, ended),
        effects=effects,
    )
