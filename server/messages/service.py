"""What we tell people: the effects that send a chat message or an SMS. What became of them comes to `delivery_reports`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from server.core.days import hospital_day, hospital_time
from server.core.errors import NotAllowedYet, NotSent, OutcomeUnknown, OutsideRefusal
from server.core.money import yuan_text
from server.core.ports import Clock
from server.effects.model import Effect, EffectKind, held
from server.messages.links import PaymentLinks
from server.messages.rules import overtaken, still_true
from server.patients.contact_ports import NO_TEMPLATE, OutgoingMessage, Sms
from server.patients.model import mask_name, spoken_name
from server.payments.hospital import Hospital
from server.payments.ledger import Decide
from server.payments.model import Payment, changed
from server.payments.purpose import Purposes
from server.payments.refund_channel import channel_of_refund
from server.payments.refund_model import REASONS
from server.payments.rules.booking import SETTLE
from server.payments.rules.outside_refunds import gone_fen
from server.payments.rules.telling import (
    PAYMENT_LAPSED,
    PAYMENT_LATE,
    PAYMENT_NOT_BOOKED,
    PAYMENT_RETURNED,
    ahead_of,
    must_wait,
    without_message,
)
from server.payments.rules.topics import Topic
from server.payments.texts import CHARGE, LAPSED, NOT_TAKEN

IN_CONSOLE = "refunded_at_channel"
"""Why money is back that was never ours to return."""
RETURN_REASONS = {
    "paid_after_close": "付款时支付单已关闭",
    "amount_differs": f"支付金额与{CHARGE}不符",
    "refused_by_his": NOT_TAKEN,
    "part_not_paid": "另一部分款项没有支付",
    IN_CONSOLE: "已在收款平台退费",
    "ended_by_finance": "医院财务核对后退回",
}

GO_TO_THE_WINDOW = "没有扣款，请到窗口办理"
DO_NOT_PAY_AGAIN = "已付款，请不要重复付款"
CLOCKS_DIFFER = timedelta(minutes=2)
LISTED_DAYS = 30
"""So long the platform can be asked (docs/protocols/aliyun_sms.md, QuerySendDetails)."""
MAY_AGREE_WITHIN = timedelta(minutes=2)
"""Where a platform wants people asked before they are written to, they are asked when they have paid: the hospital may be quicker than the answer."""


class MessageService:
    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        purposes: Purposes,
        links: PaymentLinks,
        clock: Clock,
    ) -> None:
        self._hospitals = hospitals
        self._purposes = purposes
        self._links = links
        self._clock = clock

    async def run(self, payment: Payment, effect: Effect) -> Decide:
        """MESSAGE and SMS, each in its turn and only while it is true. A final no of the platform ends the telling (and alarms);
        anything else is tried again.
        """
        now, key, token = self._clock.now(), effect.key, effect.lease or ""
        if ahead_of(payment.effects, effect) is not None:
            return lambda current: must_wait(current, key, token, now)
        try:
            if await self._arrived_before(payment, effect):
                what, detail = f"{effect.kind}_sent", "found"
            elif not still_true(payment, effect.subject):
                return lambda current: overtaken(current, key, token, now)
            else:
                what, detail = await (self._sms if effect.kind is EffectKind.SMS else self._chat)(payment, effect)
        except OutsideRefusal as refusal:
            ending = "unreachable" if refusal.reason_code == NO_TEMPLATE else "refused"
            what, detail = f"{effect.kind}_{ending}", refusal.reason_code
        done_at = self._clock.now()

        def decide(current: Payment) -> Payment:
            told = held(current.effects, key, token)
            effects = without_message(current.effects, told, done_at)
            return changed(current, what, at=done_at, detail={"about": told.subject, "id": detail}, effects=effects)

        return decide

    async def _arrived_before(self, payment: Payment, effect: Effect) -> bool:
        """After a call of unknown outcome: has its SMS come to the platform? Raises NotSent while the call may still be on its way, by SMS
        or in the chat: what is sent or dropped meanwhile would be read out of its order.
        """
        if effect.unknown_at is None:
            return False
        sms = self._hospitals[payment.hospital].sms
        if effect.kind is EffectKind.SMS and sms is not None:
            days = _days_of(payment, effect, effect.unknown_at, self._clock.now())
            try:
                if await self._was_sent(sms, payment.personal.phone, _out_id(payment, effect), days):
                    return True
            except OutsideRefusal:  # the last day may not have begun at the platform
                must_have_settled(effect, self._clock.now())
                raise
        must_have_settled(effect, self._clock.now())
        return False

    async def _chat(self, payment: Payment, effect: Effect) -> tuple[str, str]:
        hospital = self._hospitals[payment.hospital]
        payer = payment.payer
        messenger = hospital.messengers.get(payer.channel)
        if messenger is None:
            return "message_unreachable", ""
        notice = self._notice(hospital, payment, effect.subject)
        try:
            message_id = await messenger.send(payer, notice, dedupe=_out_id(payment, effect))
        except NotAllowedYet:
            if self._clock.now() < (payment.paid_at or payment.created_at) + MAY_AGREE_WITHIN:
                raise
            message_id = None
        return ("message_unreachable", "") if message_id is None else ("message_sent", message_id)

    async def _sms(self, payment: Payment, effect: Effect) -> tuple[str, str]:
        hospital = self._hospitals[payment.hospital]
        if hospital.sms is None:
            return "sms_unreachable", ""
        phone, out_id = payment.personal.phone, _out_id(payment, effect)
        notice = self._notice(hospital, payment, effect.subject)
        if hospital.sms.carries_link(notice.purpose):
            notice = replace(notice, link=await self._links.made(hospital, payment, out_id))
        notice = replace(notice, values={**notice.values, "patient": spoken_name(payment.personal.patient_name)})
        return "sms_sent", await hospital.sms.send(phone, notice, out_id)

    async def _was_sent(self, sms: Sms, phone: str, out_id: str, days: Iterator[date]) -> bool:
        """A look-up that fails tells nothing: it stays unknown whether the SMS was sent."""
        try:
            for day in days:
                if await sms.was_sent(phone, out_id, day):
                    return True
        except OutcomeUnknown as error:
            raise NotSent("sms", "look-up") from error
        return False

    def _notice(self, hospital: Hospital, payment: Payment, subject: str) -> OutgoingMessage:
        """Display values by name; adapters pick those that their template has. ``subject`` is a `Topic`."""
        topic = Topic.of(subject)
        purpose, refund = topic.purpose, topic.refund_in(payment)
        paid_at = hospital_time(payment.paid_at or payment.created_at)
        values = {
            "hospital": hospital.name,
            "patient": mask_name(payment.personal.patient_name),
            "departments": "、".join(payment.personal.subject.departments),
            "amount": yuan_text(gone_fen(payment, refund) if refund else payment.paid_fen or payment.amount_fen),
            "payment": payment.id,
            "time": f"{paid_at:%Y-%m-%d %H:%M}",
            "guide": self._guide(payment, purpose),
            "receipt": payment.booking.receipt_no if payment.booking else "",
            "reason": RETURN_REASONS.get(
                payment.return_reason or (IN_CONSOLE if purpose == PAYMENT_RETURNED else ""), ""
            ),
        }
        if refund is not None:
            reason = REASONS.get(refund.reason, "")
            values |= {
                "refund": refund.id,
                "reason": reason,
                "arrival": channel_of_refund(hospital, payment, refund.id).arrival,
            }
        return OutgoingMessage(
            purpose=purpose, values=values, url=f"{hospital.public_url}/h/{hospital.id}/payments/{payment.id}"
        )

    def _guide(self, payment: Payment, purpose: str) -> str:
        """Where to go next: what the HIS says, or what is left to do where it has not taken the bill, or has taken it back."""
        if purpose == PAYMENT_NOT_BOOKED:
            return GO_TO_THE_WINDOW
        if purpose == PAYMENT_LATE:
            return DO_NOT_PAY_AGAIN
        if purpose == PAYMENT_LAPSED:
            return f"{LAPSED}，可{self._purposes[payment.purpose].texts.again}"
        return payment.booking.guide_text if payment.booking else ""


def must_have_settled(message: Effect, now: datetime) -> None:
    """Raises NotSent while an earlier call of unknown outcome may still bring ``message`` to its reader."""
    if message.unknown_at is not None and now - message.unknown_at < SETTLE:
        system = "sms" if message.kind is EffectKind.SMS else "chat"
        raise NotSent(system, "an earlier call may still be on its way")


def _days_of(payment: Payment, effect: Effect, unknown_at: datetime, now: datetime) -> Iterator[date]:
    """On which days an SMS of unknown outcome may be listed, the last one first: from what it tells of to the latest arrival of the last
    call. Only the last one is known, and it may have been a look-up in the middle of which a worker died. Aliyun refuses to list a day
    that has not begun.
    """
    refund = Topic.of(effect.subject).refund_in(payment)
    first = hospital_day((refund.at if refund else payment.created_at) - CLOCKS_DIFFER)
    last = hospital_day(min(unknown_at + SETTLE, now))
    for back in range(min((last - first).days + 1, LISTED_DAYS)):
        yield last - timedelta(days=back)


def _out_id(payment: Payment, effect: Effect) -> str:
    """Our number of one telling: the platforms use it to recognise repeats and to look it up."""
    return f"{payment.id}-{effect.subject}"
