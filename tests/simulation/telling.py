"""(d) Every patient was told every outcome of what they did, or a later one by which it was overtaken; twice only where nobody could
have known better. Whether it was true and in its order when they read it is looked at as it arrives (`reading.py`).

Twice by SMS is never right: the platform can be asked by our number. Twice in the chat is right only if the platform's own ten
minutes of de-duplication were over and the first answer was lost, or its recording was.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from sandbox.world.wire import Record
from server.old_balances.telling import OLD_BALANCE
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import RefundOrigin, RefundState
from server.payments.rules.booking import BOOKING_LASTS
from server.payments.rules.ending_elsewhere import SETTLED_ELSEWHERE
from server.payments.rules.telling import (
    PAYMENT_BOOKED,
    PAYMENT_CONFIRMED,
    PAYMENT_LATE,
    PAYMENT_NOT_BOOKED,
    PAYMENT_RETURNED,
    PAYMENT_RETURNING,
    REFUND_ACCEPTED,
    REFUND_ARRIVED,
)
from tests.simulation.erasures import is_erased
from tests.simulation.line import at_once
from tests.simulation.reading import BY_SMS, IN_CHAT, happened

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld
    from tests.simulation.visitors import Visitor

Chat = defaultdict[tuple[str, str], list[str]]
MINI_METHOD = "miniprogram"
ANSWER_S = 15.0
"""Longer than any call of the chat platform takes."""


def outcomes(payment: Payment, booked: set[str]) -> set[str]:
    """What the payer must have been told, by what became of the money outside and by how long it took."""
    lasted = {PAYMENT_LATE} if any(line.what == BOOKING_LASTS for line in payment.history) else set()
    return lasted | _endings(payment, booked)


def _endings(payment: Payment, booked: set[str]) -> set[str]:
    if payment.id in booked:
        return {PAYMENT_BOOKED if payment.amount_fen else PAYMENT_CONFIRMED, *_of_refunds(payment)}
    if payment.state is not PaymentState.RETURNED:
        return set()
    if payment.amount_fen == 0:
        return {PAYMENT_NOT_BOOKED}
    if any(line.what == SETTLED_ELSEWHERE for line in payment.history):
        return {PAYMENT_RETURNING}  # finance has told the payer, whose money came another way
    went_back = any(line.what == "returning" for line in payment.history)
    return {PAYMENT_RETURNED, PAYMENT_RETURNING} if went_back and not _back_already(payment) else {PAYMENT_RETURNED}


def _of_refunds(payment: Payment) -> set[str]:
    """Of each refund that staff asked for: that it is on its way, under the number that the HIS wrote off, and that it has arrived."""
    arrived = [
        refund
        for refund in payment.refunds
        if refund.asked_by and refund.state is RefundState.SUCCEEDED and refund.origin is not RefundOrigin.ELSEWHERE
    ]
    accepted = {f"{REFUND_ACCEPTED}.{refund.written_off_as[-3:]}" for refund in arrived}
    return accepted | {f"{REFUND_ARRIVED}.{refund.id[-3:]}" for refund in arrived}


def _back_already(payment: Payment) -> bool:
    """Nothing was left to return: a free bill, or everything had gone back in the console before."""
    if payment.paid_fen == 0:
        return True
    if payment.parts[0].told_refunded_fen >= payment.paid_fen and not any(
        r.origin == "automatic" for r in payment.refunds
    ):
        return True
    lines = [line.what for line in payment.history]
    return "refund_succeeded" in lines and lines.index("refund_succeeded") < lines.index("returning")


def check_telling(world: SimulatedWorld, payments: Sequence[Payment], booked: set[str]) -> None:
    chat: Chat = defaultdict(list)
    doubled: set[tuple[str, str]] = set()
    for visitor in world.visitors:
        for told in visitor.told():
            if told.purpose == OLD_BALANCE:  # of a card, not of a payment (`balance_news.py`)
                continue
            chat[(told.payment, told.purpose)].append(told.at)
            if not visitor.knows_repeats and f"{told.payment}-{told.purpose}" in world.may_come_twice:
                doubled.add((told.payment, told.purpose))
    messages = list(world.outside.scene.records.all("sms.message"))
    sms = Counter(message["out_id"] for message in messages)
    for message in messages:
        _link(world, message)
    _everybody(world, payments, booked, chat, sms)
    for out_id, times in sms.items():
        if times > 1 and "-" in out_id:
            world.trace.problem(f"(d) {world.shorter(out_id)}: {times} SMS")
    for (number, purpose), times_told in chat.items():
        if (number, purpose) in doubled:
            continue
        moments = [world.clock.seconds(datetime.fromisoformat(at)) for at in times_told]
        for first, second in pairwise(sorted(moments)):
            if not _could_not_know(world, number, purpose, first, second):
                world.trace.problem(f"(d) {world.shorter(number)} {purpose}: told {len(moments)} times in the chat")


def _link(world: SimulatedWorld, message: Record) -> None:
    """An SMS leads into the mini-program only, and there to the payment that it is about."""
    led_to = world.mini_program.led_to(message)
    if led_to is None:
        return
    world.notable.add("link in an SMS")
    number = message["out_id"].partition("-")[0]
    if led_to != number or world.database.payment(number).parts[0].request.method != MINI_METHOD:
        world.trace.problem(f"(d) {world.shorter(message['out_id'])}: the link leads elsewhere")


def _everybody(
    world: SimulatedWorld, payments: Sequence[Payment], booked: set[str], chat: Chat, sms: Counter[str]
) -> None:
    """Told in the chat who follows, and by SMS who gave a number; or the platform's final no was alerted."""
    alerts = at_once(world.database.stores.alerts.latest(world.hospital_id, 1000))
    alerted = {alert.id for alert in alerts}
    for payment in payments:
        if is_erased(payment):
            continue  # it was told before, and what comes later is told to nobody
        payer = world.owner(payment)
        for purpose in sorted(outcomes(payment, booked)):
            name = f"{world.shorter(payment.id)} {purpose}"
            in_chat = (
                chat[(payment.id, purpose)]
                or f"{payment.id}:message_refused:{purpose}" in alerted
                or _overtaken(world, payment, IN_CHAT, purpose, payer)
            )
            if payer.must_hear(purpose) and not in_chat:
                world.trace.problem(f"(d) {name}: not told in the chat")
            by_sms = (
                sms[f"{payment.id}-{purpose}"]
                or f"{payment.id}:sms_refused:{purpose}" in alerted
                or _overtaken(world, payment, BY_SMS, purpose, payer)
            )
            if payment.personal.phone and not by_sms:
                world.trace.problem(f"(d) {name}: no SMS")


def _overtaken(world: SimulatedWorld, payment: Payment, way: str, purpose: str, payer: Visitor) -> bool:
    """Was it given up, and what came of it told on the same way (if it can be told there)? That all money is back is the last word, also
    where it went back before the HIS had the payment.
    """
    dropped = {line.detail.get("about") for line in payment.history if line.what == f"{way}_overtaken"}
    if purpose not in dropped:
        return False
    place = happened(payment, purpose)
    read = world.watch.reading.read[payment.id, way]
    later = [subject for subject in read if happened(payment, subject) > place or subject == PAYMENT_RETURNED]
    refused = any(line.what == f"{way}_refused" for line in payment.history)
    return bool(later) or refused or (way == IN_CHAT and not payer.must_hear(PAYMENT_RETURNED))


def _could_not_know(world: SimulatedWorld, number: str, purpose: str, first: float, second: float) -> bool:
    """Was the answer to the first message lost, or its recording? Only then may a second one go out."""
    heard = [
        (process, at)
        for about, process, at in world.heard
        if about == f"{number}-{purpose}" and first <= at <= min(first + ANSWER_S, second)
    ]
    unsure = [(f.process, f.at) for f in world.database.failures if f.payment == number] + world.deaths
    return all(
        any(process == failed and at - ANSWER_S <= when <= second for failed, when in unsure) for process, at in heard
    )
