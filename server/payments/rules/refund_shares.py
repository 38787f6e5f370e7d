"""How much of a payment's money is given back, or spoken for. The sum of all refunds that hold a share never exceeds what was paid:
`open_refund` is the only place that adds one of ours.

A channel may tell of more than we know by number: money that somebody refunded there, which nobody announced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from server.core.errors import NotAllowed
from server.core.money import yuan_text
from server.effects.model import Effect, EffectKind, with_effect
from server.payments.model import Payment, PaymentState, with_refund
from server.payments.part import Part, PartState
from server.payments.refund_model import ACCEPTED, CASH, SHARE_FREE, Refund, RefundOrigin, RefundState
from server.payments.rules.refund_numbers import next_refund_id
from server.payments.rules.told_sums import REFUND_HEARD, may_be_of

TAKEN = ACCEPTED | {RefundState.SUCCEEDED}


def refunds_of(payment: Payment, part: Part | None) -> tuple[Refund, ...]:
    """The refunds of one part; all of them for None."""
    return payment.refunds if part is None else tuple(refund for refund in payment.refunds if refund.part == part.kind)


def at_the_channel(payment: Payment, part: Part | None) -> tuple[Refund, ...]:
    """The refunds of one part that the channel may know. Money that reached the payer another way is none of them: it never explains what the
    channel tells.
    """
    return tuple(refund for refund in refunds_of(payment, part) if refund.origin is not RefundOrigin.ELSEWHERE)


def taken_fen(payment: Payment, part: Part | None = None) -> int:
    """The refunds that the channel has taken, as far as we know them by number. None for ``part``, here and below: of all parts."""
    return sum(refund.amount_fen for refund in at_the_channel(payment, part) if refund.state in TAKEN)


def surely_taken_fen(payment: Payment, part: Part) -> int:
    """The same of one part without refunds of ours that are still at the channel: they may yet come to nothing there."""
    return sum(refund.amount_fen for refund in at_the_channel(payment, part) if _is_surely_taken(refund))


def elsewhere_fen(payment: Payment, part: Part | None = None) -> int:
    """What the channel says has gone back beyond the refunds that we know. Those of ours that went after it was said do not explain it, nor do
    those still at the channel while one is heard of that waits for them.
    """
    if part is None:
        return sum(elsewhere_fen(payment, one) for one in payment.parts)
    if not part.told_refunded_fen:
        return 0
    return _beyond_fen(part, (refund for refund in _explaining(payment, part) if may_be_of(payment, part, refund)))


def told_now_fen(payment: Payment, part: Part) -> int:
    """The same of a sum that the channel tells now: all that it has taken explains it."""
    return _beyond_fen(part, _explaining(payment, part))


def all_told_fen(payment: Payment, part: Part) -> int:
    """The sum of refunds that the channel may tell of without telling anything new."""
    return max(part.told_refunded_fen, taken_fen(payment, part) + elsewhere_fen(payment, part))


def back_fen(payment: Payment, part: Part | None = None) -> int:
    """What has gone back, under numbers that we know or not."""
    done = (refund for refund in refunds_of(payment, part) if refund.state is RefundState.SUCCEEDED)
    return sum(refund.amount_fen for refund in done) + elsewhere_fen(payment, part)


def is_all_back(payment: Payment) -> bool:
    """Has everything gone back, and can nothing more come?"""
    return back_fen(payment) >= payment.paid_fen and not payment.open_parts


def refunding_fen(payment: Payment, part: Part | None = None) -> int:
    """The sum of all refunds that hold a share: running, failed and done ones alike. What a request still asks of later parts counts for
    the payment, and for no part yet.
    """
    if part is None:
        return payment.refunding_fen
    return sum(refund.amount_fen for refund in refunds_of(payment, part) if refund.state not in SHARE_FREE)


def left_fen(payment: Payment, part: Part | None = None) -> int:
    """What no refund has a share of, and nobody is known to have refunded elsewhere."""
    paid_fen = payment.paid_fen if part is None else part.paid_fen
    return paid_fen - refunding_fen(payment, part) - elsewhere_fen(payment, part)


def next_to_undo(payment: Payment) -> Part | None:
    """The part from which money goes back now: the first in the purpose's undo order that has any left. None where nothing is left, and
    while a part that is undone earlier may still be paid.
    """
    for part in sorted(payment.parts, key=lambda part: part.undo_order):
        if part.state is PartState.UNPAID:
            return None
        if left_fen(payment, part) > 0:
            return part
    return None


def unseen(payment: Payment) -> bool:
    """A channel says that there is a refund, not how much it is, and we know none that it could be."""
    return any(
        part.refunded_unseen and not any(refund.state in TAKEN for refund in at_the_channel(payment, part))
        for part in payment.parts
    )


def heard_refunds(payment: Payment, part: Part | None = None) -> tuple[str, ...]:
    """The numbers of refunds that we have heard of and could not place yet."""
    looks = (effect.subject for effect in payment.effects if effect.kind is EffectKind.QUERY_REFUND)
    unknown = (number for number in looks if payment.refund(number) is None)
    return tuple(number for number in unknown if part is None or heard_part(payment, number).kind == part.kind)


def heard_part(payment: Payment, number: str) -> Part:
    """The part of which the refund is that we have heard of under this number."""
    lines = (line for line in payment.history if line.what == REFUND_HEARD and line.detail.get("refund") == number)
    return payment.part_for(next((line.detail.get("order", "") for line in lines), ""))


def open_refund(
    payment: Payment, part: Part, amount_fen: int, origin: RefundOrigin, reason: str, due_at: datetime
) -> Payment:
    """The payment with one more approved refund of ``part`` that owes its submission (version and history are the caller's).

    Raises NotAllowed when the shares would exceed what was paid.
    """
    if amount_fen <= 0 or amount_fen > left_fen(payment, part):
        raise NotAllowed("more than is left", user_message="退费金额超过可退金额。")
    refund_id = next_refund_id(payment)
    refund = Refund(
        id=refund_id,
        amount_fen=amount_fen,
        origin=origin,
        reason=reason,
        state=RefundState.APPROVED,
        at=due_at,
        part=part.kind,
    )
    effects = with_effect(payment.effects, Effect(kind=EffectKind.REFUND, subject=refund_id, due_at=due_at))
    return replace(payment, refunds=with_refund(payment, refund), effects=effects)


def rest_returned(payment: Payment, due_at: datetime) -> Payment:
    """The payment with a refund of all that is left of the part whose turn it is; itself where there is none."""
    part = next_to_undo(payment)
    if part is None:
        return payment
    rest_fen = left_fen(payment, part)
    return open_refund(payment, part, rest_fen, RefundOrigin.AUTOMATIC, payment.return_reason or "", due_at)


def _explaining(payment: Payment, part: Part) -> Iterator[Refund]:
    heard = heard_refunds(payment, part)
    return (r for r in at_the_channel(payment, part) if r.state in TAKEN and (_is_surely_taken(r) or not heard))


def _beyond_fen(part: Part, explaining: Iterable[Refund]) -> int:
    known_fen = sum(refund.amount_fen for refund in explaining)
    return max(0, min(part.told_refunded_fen, part.paid_fen) - known_fen)


def _is_surely_taken(refund: Refund) -> bool:
    ours = refund.origin is not RefundOrigin.MERCHANT_CONSOLE
    return refund.state in TAKEN and not (ours and refund.state in ACCEPTED)


def refundable_fen(payment: Payment) -> int:
    """What could still be asked for, of all parts. Only booked money is: what the HIS never took goes back by itself."""
    refundable = next_to_undo(payment) is not None and payment.state is PaymentState.BOOKED and not unseen(payment)
    return max(left_fen(payment), 0) if refundable else 0


def kind_to_refund(payment: Payment) -> str:
    """The kind of the part of which people ask money back now (`must_be_refundable` has made sure that there is one)."""
    part = next_to_undo(payment)
    return CASH if part is None else part.kind


def request_fen(payment: Payment, refund: Refund) -> int:
    """What the request of ``refund`` asked for, of all parts. A number that follows a closed one asks for nothing more."""
    mine = [r for r in payment.refunds if (r.request_id, r.origin) == (refund.request_id, refund.origin)]
    first = {one.part: one.amount_fen for one in reversed(mine)}
    return sum(first.values()) + sum(one.rest_fen for one in mine if one.state is not RefundState.CLOSED)


def of_this_part_fen(payment: Payment, amount_fen: int) -> int:
    """How much of ``amount_fen`` the part whose turn it is gives back; later parts give the rest."""
    part = next_to_undo(payment)
    return amount_fen if part is None else min(amount_fen, left_fen(payment, part))


def rest_asked(payment: Payment, done: Refund, now: datetime) -> tuple[Payment, Refund | None]:
    """The payment after the money of ``done`` has gone, with what its request asks of the next part; and that refund (None: nothing).

    Version, history and effects are the caller's. What is no longer there to give back is not asked for.
    """
    part = next_to_undo(payment)
    fen = 0 if part is None else min(done.rest_fen, left_fen(payment, part))
    settled = replace(payment, refunds=with_refund(payment, replace(done, rest_fen=0)))
    if part is None or fen <= 0:
        return settled, None
    written_off = done.origin is RefundOrigin.HIS
    follower = Refund(
        id=next_refund_id(settled),
        amount_fen=fen,
        origin=done.origin,
        reason=done.reason,
        state=RefundState.RELEASED if written_off else RefundState.APPROVED,
        at=now,
        rest_fen=done.rest_fen - fen,
        request_id=done.request_id,
        asked_by=done.asked_by,
        requested_via=done.requested_via,
        approval_reasons=done.approval_reasons,
        note=done.note,
        decided_by=done.decided_by,
        his_refund_no=done.his_refund_no if written_off else "",
        written_off_as=done.written_off_as if written_off else "",
        part=part.kind,
    )
    return replace(settled, refunds=with_refund(settled, follower)), follower


def must_be_refundable(payment: Payment, amount_fen: int) -> None:
    """Could so much be asked for? Raises NotAllowed with words that name the most."""
    if payment.state is not PaymentState.BOOKED:
        raise NotAllowed("not booked", user_message="这笔支付没有入账，不能人工退费。")
    if unseen(payment):
        raise NotAllowed(
            "refunded elsewhere", user_message="渠道显示这笔支付已在别处退过款，金额待财务核对，暂时不能退费。"
        )
    most_fen = refundable_fen(payment)
    if not most_fen:
        raise NotAllowed("more than is left: nothing is", user_message="这笔支付已经没有可退的金额。")
    if amount_fen <= 0:
        raise NotAllowed("no amount", user_message=f"退费金额要大于 0 元，最多可退 {yuan_text(most_fen)}元。")
    if amount_fen > most_fen:
        raise NotAllowed("more than is left", user_message=f"退费金额超过可退金额，最多可退 {yuan_text(most_fen)}元。")
