"""Refunds that people make in the channel's merchant console, beside ours: what the channel has taken is the truth, so refunds of
ours that it never acknowledged give way, and the HIS hears of all of it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.core.errors import NotAllowed
from server.effects.model import Effect, EffectKind, with_effect, without
from server.payments.model import Payment, with_refund
from server.payments.part import Part
from server.payments.refund_model import ACCEPTED, Refund, RefundOrigin, RefundState
from server.payments.rules.refund_numbers import next_refund_id
from server.payments.rules.refund_shares import refunding_fen, refunds_of
from server.payments.rules.telling import REFUND_ARRIVED, REFUND_RESULT, tell, tell_staff
from server.payments.rules.topics import Topic


class TellAgain(NotAllowed):
    """It can't be said yet what this refund means: the HIS is just being asked to write off another one of the same money, or one of
    ours that the channel has taken has perhaps come to nothing there.
    """


def must_not_wait_for_ours(payment: Payment, part: Part, amount_fen: int) -> None:
    """Raises TellAgain where there would be room for ``amount_fen`` without the refunds of ours that are at the channel: it takes no two of
    the same money, so those have ended there, and we shall hear of it.
    """
    refunds = refunds_of(payment, part)
    ours = (r for r in refunds if r.origin is not RefundOrigin.MERCHANT_CONSOLE and r.state in ACCEPTED)
    if 0 < amount_fen <= part.paid_fen - refunding_fen(payment, part) + sum(refund.amount_fen for refund in ours):
        raise TellAgain("a refund of ours is at the channel")


def without_unsent(payment: Payment, part: Part) -> tuple[Payment, str]:
    """The payment less the refunds of ours that the part's channel has not taken, and their numbers."""
    unsent = _unsent(payment, part.kind, RefundState.APPROVED)
    refunds = tuple(replace(r, state=RefundState.WITHDRAWN) if r.id in unsent else r for r in payment.refunds)
    effects = tuple(e for e in payment.effects if e.kind is not EffectKind.REFUND or e.subject not in unsent)
    return replace(payment, refunds=refunds, effects=effects), ",".join(sorted(unsent))


def staff_refunds_give_way(
    payment: Payment, console: Refund, beyond_fen: int, now: datetime
) -> tuple[Payment, Refund, str]:
    """(payment with ``beyond_fen`` less in refunds that staff asked for, ``console`` as it covers them, their numbers).

    First those that still wait for a second person, then those that the HIS has written off and the channel has not taken. What such
    a one had more than is needed goes on under a new number; the HIS is not asked again for it.
    """
    gone: list[str] = []
    for refund in reversed(payment.refunds):
        if beyond_fen > 0 and refund.state is RefundState.REQUESTED and refund.part == console.part:
            payment = _ended(payment, refund, "", now)
            beyond_fen -= refund.amount_fen
            gone.append(refund.id)
    unsent = _unsent(payment, console.part, RefundState.RELEASED)
    for refund in reversed(payment.refunds):
        if beyond_fen > 0 and refund.id in unsent:
            taken_fen = min(beyond_fen, refund.amount_fen)
            payment = _ended(payment, refund, console.id, now)
            payment = _rest_goes_on(payment, refund, refund.amount_fen - taken_fen, now)
            console = replace(console, covered_fen=console.covered_fen + taken_fen)
            beyond_fen -= taken_fen
            gone.append(refund.id)
    asked = (refund for refund in refunds_of(payment, payment.part_of(console)) if refund.asked_by)
    if beyond_fen > 0 and any(refund.state is RefundState.APPROVED for refund in asked):
        raise TellAgain("a write-off is under way")
    return payment, console, ",".join(sorted(gone))


def after_console_money(payment: Payment, console: Refund, now: datetime) -> tuple[Effect, ...]:
    """The money of ``console`` has gone: the HIS hears of those that gave way to it, and writes off what none of them covered."""
    effects = payment.effects
    for refund in payment.refunds:
        if refund.covered_by == console.id:
            effects = with_effect(effects, Effect(kind=EffectKind.NOTIFY_HIS, subject=refund.id, due_at=now))
            effects = tell(replace(payment, effects=effects), str(Topic.of_refund(REFUND_ARRIVED, refund.id)), now)
    return to_be_written_off(effects, console, now) if console.covered_fen < console.amount_fen else effects


def go_on_after_all(payment: Payment, console: Refund, due_at: datetime) -> Payment:
    """The console's refund came to nothing: what gave way to it is sent after all."""
    covered = [refund for refund in payment.refunds if refund.covered_by == console.id]
    for refund in covered:
        payment = replace(payment, refunds=with_refund(payment, replace(refund, covered_by="")))
    first = covered[0]
    again = replace(
        first, id=next_refund_id(payment), state=RefundState.RELEASED, amount_fen=console.covered_fen,
        finished_at=None, covered_by="", lines=(),
    )  # fmt: skip
    owed = Effect(kind=EffectKind.REFUND, subject=again.id, due_at=due_at)
    return replace(payment, refunds=with_refund(payment, again), effects=with_effect(payment.effects, owed))


def to_be_written_off(effects: tuple[Effect, ...], refund: Refund, now: datetime) -> tuple[Effect, ...]:
    return with_effect(effects, Effect(kind=EffectKind.RELEASE, subject=refund.id, due_at=now))


def gone_fen(payment: Payment, refund: Refund) -> int:
    """How much money goes back under the number of ``refund``. One that gave way to the console's has only what that one covers: the rest
    goes on under the next number of the same write-off.
    """
    if not refund.covered_by:
        return refund.amount_fen
    later = payment.refunds[payment.refunds.index(refund) + 1 :]
    rest = next((one for one in later if one.written_off_as == refund.written_off_as), None)
    return refund.amount_fen if rest is None else refund.amount_fen - rest.amount_fen


def _unsent(payment: Payment, part: str, state: RefundState) -> set[str]:
    sending = {effect.subject for effect in payment.effects if effect.kind is EffectKind.REFUND}
    return {r.id for r in payment.refunds if r.id in sending and r.state is state and r.part == part}


def _ended(payment: Payment, refund: Refund, covered_by: str, now: datetime) -> Payment:
    """``refund`` has given way; who asked for it is told."""
    effects = without(payment.effects, EffectKind.EXPIRE, EffectKind.REFUND, subject=refund.id)
    effects = tell_staff(effects, REFUND_RESULT, refund.id, now)
    ended = replace(refund, state=RefundState.WITHDRAWN, finished_at=now, expires_at=None, covered_by=covered_by)
    return replace(payment, refunds=with_refund(payment, ended), effects=effects)


def _rest_goes_on(payment: Payment, refund: Refund, rest_fen: int, now: datetime) -> Payment:
    if rest_fen <= 0:
        return payment
    rest = replace(refund, id=next_refund_id(payment), amount_fen=rest_fen, lines=())
    owed = Effect(kind=EffectKind.REFUND, subject=rest.id, due_at=now)
    return replace(payment, refunds=with_refund(payment, rest), effects=with_effect(payment.effects, owed))
