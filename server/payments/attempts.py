"""When what is claimed already has a live attempt: go on with it, or close it at its channel before another may begin."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import timedelta

from server.core.errors import AlreadyPaid, NotSent, OutsideError, OutsideRefusal
from server.core.ports import Clock
from server.payments.hospital import Hospital
from server.payments.ledger import Transitions
from server.payments.model import UNPAID, Payment, PaymentState
from server.payments.part import Part
from server.payments.ports import PaymentStore
from server.payments.purpose import Purposes
from server.payments.refund_channel import refund_channel_info
from server.payments.rules import paying
from server.payments.rules.claim_holders import claim_holder, who_paid
from server.payments.rules.progress import ANOTHER_ATTEMPT, order_refused, order_unanswered
from server.payments.rules.starting import can_continue

CLOSE_INLINE_S = 3.0
"""How long a person waits for another attempt to be closed; after that the close goes on as an effect."""


class Attempts:
    def __init__(
        self,
        hospitals: Mapping[str, Hospital],
        purposes: Purposes,
        payments: PaymentStore,
        transitions: Transitions,
        clock: Clock,
    ) -> None:
        self._hospitals = hospitals
        self._purposes = purposes
        self._payments = payments
        self._transitions = transitions
        self._clock = clock

    async def continue_or_close(self, wanted: Payment, owners: Collection[str]) -> Payment | None:
        """The live payment to show instead of ``wanted``, or None when the claims are free now. ``owners``: all keys of the person who
        wants it.

        Raises AlreadyPaid when somebody else has paid or is paying. What somebody else's attempt holds is theirs until it ends: it is
        never closed for another person. Money of theirs that goes back claims nothing any more.
        """
        for live in await self._payments.by_claims(wanted.hospital, wanted.claims):
            if can_continue(live, wanted, self._clock.now()):
                return live
            mine, being_closed = live.owner in owners, self._purposes[live.purpose].texts.being_closed
            if live.holds and live.state in UNPAID and not mine:
                raise AlreadyPaid("held by another", user_message=being_closed)
            ended = await self._close(live)
            if mine and ended.state is not PaymentState.CLOSED:
                return ended
            if not ended.claims:
                continue
            if ended.state in UNPAID:
                raise AlreadyPaid("being closed", user_message=being_closed)
            raise AlreadyPaid("paid by another", user_message=self._paid_by_another(ended))
        return None

    async def order_again(self, payment: Payment, part: Part) -> Payment:
        """Note, before it is sent, that the order of ``part`` is placed perhaps a second time."""
        now = self._clock.now()
        return await self._transitions.apply(
            payment.hospital, payment.id, lambda p: paying.ordering_again(p, now, part.order_no)
        )

    async def order_failed(self, payment: Payment, part: Part, error: NotSent | OutsideRefusal, *, first: bool) -> None:
        """As `not_ordered`, and ``error`` says that no money has moved."""
        await self.not_ordered(payment, error, first=first)
        title = refund_channel_info(self._hospitals[payment.hospital], part.channel).title
        refused = isinstance(error, OutsideRefusal)
        error.user_message = order_refused(title) if refused else order_unanswered(title)

    async def not_ordered(self, payment: Payment, error: NotSent | OutsideRefusal, *, first: bool) -> None:
        """Record that the order was refused or not sent. If this was the only order call, the channel has no order; otherwise the
        channel is queried.
        """
        now, code = self._clock.now(), error.code
        failed = paying.first_order_failed if first else paying.repeated_order_failed
        await self._transitions.apply(payment.hospital, payment.id, lambda p: failed(p, code, now))

    def _paid_by_another(self, payment: Payment) -> str:
        other = claim_holder(payment, owners=())
        title = refund_channel_info(self._hospitals[payment.hospital], other.channel).title
        return self._purposes[payment.purpose].texts.taken.format(who=who_paid(other, title))

    async def _close(self, live: Payment) -> Payment:
        """Ask the channel while the person waits; whatever is unclear after that stays with the close effect."""
        if live.state not in UNPAID:
            return live
        now = self._clock.now()
        due_at = now + timedelta(seconds=CLOSE_INLINE_S)
        live = await self._transitions.apply(
            live.hospital, live.id, lambda p: paying.request_close(p, ANOTHER_ATTEMPT, now, due_at=due_at)
        )
        for part in live.open_parts:
            if live.state in UNPAID:
                live = await self._close_order(live, part)
        return live

    async def _close_order(self, live: Payment, part: Part) -> Payment:
        channel = self._hospitals[live.hospital].channels.get(part.channel)
        if channel is None:
            return live
        with suppress(OutsideError, TimeoutError, paying.MoneyDiffers):
            async with asyncio.timeout(CLOSE_INLINE_S):
                trade = await channel.close(part.order_no)
            answered = self._clock.now()
            return await self._transitions.apply(
                live.hospital, live.id, lambda p: paying.close_answered(p, trade, answered)
            )
        return live
