"""(d) Every patient was told every outcome of what they did; twice only where nobody could have known better.

Twice by SMS is never right: the platform can be asked by our number. Twice in the chat is right only if the platform's own ten
minutes of de-duplication were over and the first answer was lost, or its recording was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from server.domain.payment import Payment, PaymentState
from server.domain.telling import PAYMENT_BOOKED, PAYMENT_RETURNED, PAYMENT_RETURNING
from tests.simulation.line import at_once

if TYPE_CHECKING:
    from tests.simulation.town import Town


def outcomes(payment: Payment, booked: set[str]) -> set[str]:
    """What the payer must have been told, by what became of the money outside."""
    if payment.id in booked:
        return {PAYMENT_BOOKED}
    if payment.state is not PaymentState.RETURNED:
        return set()
    went_back = any(line.what == "returning" for line in payment.history)
    return {PAYMENT_RETURNED, PAYMENT_RETURNING} if went_back and not _back_already(payment) else {PAYMENT_RETURNED}


def _back_already(payment: Payment) -> bool:
    """Nothing was left to return: a free bill, or everything had gone back in the console before."""
    if payment.paid_fen == 0:
        return True
    lines = [line.what for line in payment.history]
    return "refund_succeeded" in lines and lines.index("refund_succeeded") < lines.index("returning")


def check_telling(town: Town, payments: Sequence[Payment], booked: set[str]) -> None:
    alerts = at_once(town.database.stores.alerts.latest(town.hospital_id, 1000))  # type: ignore[arg-type]
    alerted = {alert.id for alert in alerts}
    chat: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for phone in town.phones:
        for told in phone.channel.told(phone.person):
            chat[(told.payment, told.purpose)].append(told.at)
    sms: defaultdict[str, int] = defaultdict(int)
    for message in town.outside.scene.records.all("sms.message"):
        sms[message["out_id"]] += 1
    by_payer = {phone.person.openid: phone for phone in town.phones}
    for payment in payments:
        phone = by_payer[payment.request.payer.subject]
        for purpose in sorted(outcomes(payment, booked)):
            name = f"{town.shorter(payment.id)} {purpose}"
            if phone.channel.reaches(phone.person) and not phone.wavered and not chat[(payment.id, purpose)]:
                if f"{payment.id}:message_refused:{purpose}" not in alerted:
                    town.trace.problem(f"(d) {name}: not told in the chat")
            if payment.personal.phone and not sms[f"{payment.id}-{purpose}"]:
                if f"{payment.id}:sms_refused:{purpose}" not in alerted:
                    town.trace.problem(f"(d) {name}: no SMS")
    for out_id, times in sms.items():
        if times > 1 and "-" in out_id:
            town.trace.problem(f"(d) {town.shorter(out_id)}: {times} SMS")
    for (number, purpose), times_told in chat.items():
        if len(times_told) > 1:
            town.trace.problem(f"(d) {town.shorter(number)} {purpose}: told {len(times_told)} times in the chat")
