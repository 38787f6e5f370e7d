"""What a run has led into. A simulation that never gets into a corner says nothing about it, so a test counts the corners."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from server.payments.model import Payment
from server.payments.refund_model import RefundState
from tests.simulation.balance_corners import BALANCE_CORNERS, balance_corners
from tests.simulation.guardian_people import GUARDIAN_CORNERS, guardian_corners
from tests.simulation.line import at_once
from tests.simulation.network import NOT_AGREED
from tests.simulation.paying import Paying
from tests.simulation.stay_corners import STAY_CORNERS, stay_corners
from tests.simulation.telling import MINI_METHOD

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

CODES = frozenset({"native", "precreate"})
CORNERS = frozenset(
    {
        # what happens to payments
        "created", "ordered", "ordering_again", "closing", "closed", "paid", "booked", "returning", "refused_by_his",
        "refund_submitted", "refund_succeeded", "refund_closed", "refund_abnormal", "message_sent", "message_unreachable",
        "sms_sent", "sms_delivered", "sms_refused",
        "refund_requested", "refund_approved", "refund_released", "refund_rejected", "refund_withdrawn", "refund_expired", "his_told",
        # why
        "closed_at_channel", "another_attempt", "expired", "never_placed", "paid_after_close", "amount_differs", "ALREADY_PAID",
        "BILL_CHANGED", "AMOUNT_DIFFERS", "REFUSED", "found",
        # whom a person is alarmed about
        "alert refund_abnormal", "alert refund_closed", "alert refund_in_merchant_console", "alert unclaimed_money",
        "alert notification_differs", "alert sms_refused", "alert payment_unreadable",
        # what people get to read
        "AlreadyPaid", "ChargeChanged", "StoreUnavailable", "OutcomeUnknown", "NotSent", "no answer", "confirming", "not_paid",
        # a free bill, and money that nobody expected
        "free", "stranger",
        # one bill on two channels, in this order, and with money on both
        "wechat to alipay", "alipay to wechat", "paid on both channels",
        # what befalls us
        "dies", "store slow", "store lost_before", "store lost_after", "store outage", "store crash_before", "store crash_after",
        "call not_sent", "call lost", "call late", "call answer_lost", "call cut_before", "call cut_after", "call error_5xx",
        "call error_after", "call garbled", "call unsigned", "call doubled", "call slow", "call busy", "call refuse",
        "call crash_before", "call crash_after", "call paid_at_once", "his queued", "alert his_holds_returned", "delivery lost", "delivery late", "delivery doubled",
        "delivery wrong_signature", "delivery wrong_amount", "delivery answer_lost", "cashier late_money", "cashier one_fen_more",
        "refund abnormal", "refund closed", "refund unmoved", "his no",
        # days that are closed
        "day_closed_reconciled", "day_repaired", "discrepancy_decided", "discrepancy_agreed", "day_run_again",
        "booked_again", "statement late_file", "statement half_written", "statement wrong_total",
    }
)  # fmt: skip

MINI = "mini"
NOTICE = "miniprogram.subscribe"
MINI_CORNERS = frozenset(
    {
        # one bill at two entrances of one platform, and between platforms; the money of both
        "mini to wechat", "wechat to mini", "mini to alipay", "alipay to mini", "paid at both entrances",
        # one tap
        "replayed", "in_progress", "idempotency_key_reused", "bill_changed", "already_paid",
        # tokens
        "rotated", "copied token", "logged out", "old token refused", "login_needed",
        # who sees what
        "read across apps", "read across platforms", "hidden between platforms", "hidden after unbinding", "hidden from others", "bills of a bound card",
        # what its people are told
        "message_sent", "message_unreachable", "agreed late", "link in an SMS",
        # what befalls it on the air
        "radio lost", "radio late", "radio answer_lost", "radio doubled",
    }
)  # fmt: skip
"""Of a world with the mini-program. Messages: only those of payments that were begun in it."""


PURPOSE_CORNERS = frozenset(
    {
        "freed", "part_paid", "part_not_paid", "refused_by_his", "amount_differs", "booked", "refund_requested", "refund_succeeded",
        "both parts back", "a part of a part back", "paid by a code", "call late", "call answer_lost", "call doubled", "call crash_after",
    }
)  # fmt: skip
"""Of a world where people pay for the two test purposes."""

REGISTRATION_CORNERS = frozenset(
    {
        "freed", "booked", "booking_changed", "refused_by_his", "returning", "refund_requested", "refund_released", "refund_succeeded",
        "message_sent", "message_overtaken", "call late", "call answer_lost", "call crash_after", "his queued",
        "lapsed", "given_back", "two favourites at once", "one offer after another",
    }
)  # fmt: skip
"""Of a world where people register."""


def seen(world: SimulatedWorld) -> frozenset[str]:
    found: set[str] = set(world.faults.kinds_struck)
    for payment in world.database.payments():
        for line in payment.history:
            found.add(line.what)
            found.update(value for key, value in line.detail.items() if key in {"why", "code"} or value == "found")
        if payment.amount_fen == 0:
            found.add("free")
    if world.paying is Paying.PURPOSES:
        return frozenset((found | set(_parts(world))) & PURPOSE_CORNERS)
    if world.paying is Paying.REGISTRATION:
        return frozenset((found | world.notable) & REGISTRATION_CORNERS)
    if world.paying is Paying.STAYS:
        return frozenset((found | world.notable | stay_corners(world)) & STAY_CORNERS)
    if world.paying is Paying.GUARDIANS:
        return frozenset((found | guardian_corners(world)) & GUARDIAN_CORNERS)
    if world.paying is Paying.BALANCES:
        return frozenset((found | world.notable | balance_corners(world)) & BALANCE_CORNERS)
    found.update(line.what for day in world.database.days() for line in day.history)
    found.update(_switches(world))
    alerts = at_once(world.database.stores.alerts.latest(world.hospital_id, 1000))
    found.update(f"alert {alert.kind}" for alert in alerts)
    if world.strangers:
        found.add("stranger")
    for _, _, what, outcome in world.trace.lines:
        if what == "dies":
            found.add(what)
        found.update(word for word in (outcome, *outcome.replace(",", "").split()) if word in CORNERS)
    return frozenset((found & CORNERS) | (_mini(world) & MINI_CORNERS))


def _mini(world: SimulatedWorld) -> set[str]:
    found = {*world.notable, *world.faults.kinds_struck, *_switches(world)}
    for payment in world.database.payments():
        if _entrance(payment) == MINI:
            found.update(line.what for line in payment.history)
    told = {(what, outcome.strip()) for _, _, what, outcome in world.trace.lines if what.startswith(NOTICE)}
    if any((what, "200") in told for what, outcome in told if outcome == NOT_AGREED):
        found.add("agreed late")
    return found


def _parts(world: SimulatedWorld) -> Iterator[str]:
    """What became of payments of several parts."""
    for payment in world.database.payments():
        back = {refund.part for refund in payment.refunds if refund.state is RefundState.SUCCEEDED}
        if len(back) > 1:
            yield "both parts back"
        if any(refund.amount_fen < payment.part_of(refund).paid_fen for refund in payment.refunds):
            yield "a part of a part back"
        if any(part.request.method in CODES and part.paid_fen for part in payment.parts):
            yield "paid by a code"


def _entrance(payment: Payment) -> str:
    """The mini-program, or the pages of a channel."""
    return MINI if payment.parts[0].request.method == MINI_METHOD else payment.parts[0].request.channel


def _switches(world: SimulatedWorld) -> Iterator[str]:
    """What people did with one bill on two channels, or at two entrances of one, one attempt after the other."""
    attempts: defaultdict[str, list[Payment]] = defaultdict(list)
    for payment in sorted(world.database.payments(), key=lambda p: p.created_at):
        for bill_no in payment.personal.subject.numbers:
            attempts[bill_no].append(payment)
    paid = {trade.out_trade_no for channel in world.channels for trade in channel.trades() if trade.transaction_id}
    for before, after in (pair for of_bill in attempts.values() for pair in pairwise(of_bill)):
        both_paid = {before.id, after.id} <= paid
        if _entrance(before) != _entrance(after):
            yield f"{_entrance(before)} to {_entrance(after)}"
            if both_paid and MINI in {_entrance(before), _entrance(after)}:
                yield "paid at both entrances"
        if before.parts[0].request.channel != after.parts[0].request.channel and both_paid:
            yield "paid on both channels"
