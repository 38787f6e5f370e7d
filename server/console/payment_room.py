"""One payment as the console shows it: our own record, and what its channel and the HIS say of it right now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from server.console.rules import Room, must_enter
from server.core.days import HOSPITAL_ZONE
from server.core.errors import BadInput, NotFound, OutsideError
from server.core.ports import ANSWERS_MAX, Clock, Sealer
from server.payments.hospital import Hospital
from server.payments.ledger import Transitions
from server.payments.model import Booking, PageCursor, Payment
from server.payments.ports import PaymentStore
from server.payments.purpose import Purposes
from server.payments.refund_looks import RefundLooks
from server.payments.refund_model import Refund, RefundState
from server.payments.rules.search_keys import RUNNING, UNDER_WAY, FindBy
from server.payments.rules.trades import ChannelRefund, Trade, differences
from server.payments.rules.viewing import viewed
from server.payments.sides import ASKED_S_MAX, channel_word, refund_words
from server.refunds.previews import NOTE
from server.refunds.rules.permissions import DECIDES, must_be
from server.refunds.write_offs import WORDS
from server.staff.model import Staff
from server.staff.views import CONSOLE, StaffViews

DAY_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSays:
    """``trade`` is None where the channel did not answer; ``refunds`` has the refunds of ours that it was asked for, None for no answer.
    ``differs`` names what is not as we asked."""

    trade: Trade | None
    differs: tuple[str, ...] = ()
    refunds: tuple[tuple[str, ChannelRefund | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HisSays:
    """``booking`` is None where the HIS does not have our number; ``silent`` where it did not answer."""

    booking: Booking | None
    silent: bool = False


class PaymentRoom:
    def __init__(
        self,
        *,
        hospitals: Mapping[str, Hospital],
        purposes: Purposes,
        payments: PaymentStore,
        views: StaffViews,
        transitions: Transitions,
        looks: RefundLooks,
        sealer: Sealer,
        clock: Clock,
    ) -> None:
        self._hospitals = hospitals
        self._purposes = purposes
        self._looks = looks
        self._payments = payments
        self._views = views
        self._transitions = transitions
        self._sealer = sealer
        self._clock = clock

    async def on_day(self, actor: Staff, day: date, before: PageCursor | None = None) -> tuple[Payment, ...]:
        """The payments that began on that hospital day, newest first, DAY_PAGE at a time."""
        must_enter(actor, Room.PAYMENTS)
        if not 2000 <= day.year < 2200:
            raise BadInput("day", user_message="日期不正确。")
        since = datetime.combine(day, time(), HOSPITAL_ZONE)
        await self._views.listed(actor, day.isoformat(), CONSOLE)
        end = (since + timedelta(days=1), "")
        end = end if before is None else min(end, before)
        return tuple(await self._payments.between(actor.hospital, since, end, DAY_PAGE))

    async def under_way(self, actor: Staff) -> tuple[tuple[Payment, Refund], ...]:
        """Refunds between the yes and the arrival, stuck ones first: for those who decide."""
        must_be(actor, DECIDES)
        await self._views.listed(actor, RUNNING, CONSOLE)
        found = await self._payments.find(actor.hospital, [(FindBy.TAG, RUNNING)], ANSWERS_MAX)
        pairs = [(payment, refund) for payment in found for refund in payment.refunds if refund.state in UNDER_WAY]
        return tuple(sorted(pairs, key=lambda pair: pair[1].state is not RefundState.ABNORMAL))

    async def look(self, actor: Staff, payment_id: str) -> Payment:
        """`open`, for the page that has the full name: who looks is written down first, once an hour. Into one that was changed in the
        database nothing is written any more.
        """
        payment, now = await self.open(actor, payment_id), self._clock.now()
        if payment.tampered:
            return payment
        return await self._transitions.apply(
            actor.hospital, payment.id, lambda current: viewed(current, actor.as_actor, now, CONSOLE)
        )

    async def open(self, actor: Staff, payment_id: str) -> Payment:
        must_enter(actor, Room.PAYMENTS)
        payment = await self._payments.get(actor.hospital, payment_id)
        if payment is None:
            raise NotFound("payment", user_message="没有找到这笔支付。")
        return payment

    def said(self, payment: Payment) -> dict[str, tuple[str, str]]:
        """By refund number: what its asker wrote, and the HIS's words against it. Both may name somebody: for this page only."""
        return {
            refund.id: (
                self._opened(f"{NOTE}:{payment.id}", refund.note),
                self._opened(f"{WORDS}:{payment.id}", refund.his_words),
            )
            for refund in payment.refunds
        }

    def _opened(self, purpose: str, sealed: str) -> str:
        return self._sealer.open(purpose, sealed).decode() if sealed else ""

    async def ask_channel(self, actor: Staff, payment_id: str) -> tuple[Payment, ChannelSays]:
        """Asks, and keeps what it learns of refunds that nobody announced; what else follows is the effects' work. Raises NotFound for a
        payment without a channel.
        """
        payment = await self.look(actor, payment_id)
        hospital = self._hospitals[actor.hospital]
        if not any(name in hospital.channels for name in payment.channels):
            raise NotFound("channel", user_message="这笔支付没有经过支付渠道。")
        trade, refunds = await asyncio.gather(channel_word(hospital, payment), refund_words(hospital, payment))
        payment = await self._looks.answered(payment, trade)
        differs = differences(payment, trade) if trade is not None and trade.has_money else ()
        return payment, ChannelSays(trade=trade, differs=differs, refunds=refunds)

    async def ask_his(self, actor: Staff, payment_id: str) -> tuple[Payment, HisSays]:
        payment = await self.look(actor, payment_id)
        try:
            async with asyncio.timeout(ASKED_S_MAX):
                booking = await self._purposes[payment.purpose].check(payment)
        except (OutsideError, TimeoutError):
            return payment, HisSays(booking=None, silent=True)
        return payment, HisSays(booking=booking)
