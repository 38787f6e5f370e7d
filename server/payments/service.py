"""Paying: one attempt at a time for what is claimed, stored before the channel hears of it (DESIGN section 3)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import chain

from server.core.errors import BadInput, ChargeChanged, ClaimTaken, NotFound, NotSent, OutcomeUnknown, OutsideRefusal
from server.core.money import yuan_text
from server.core.ports import Clock, Ids, ShortLivedStore
from server.core.typed import mobile_typed
from server.patients.model import Session, mask_phone
from server.patients.ports import SessionStore
from server.patients.visible_cards import known_phone
from server.payments.answers import PaymentView, ShownCode, Started, as_payers_see
from server.payments.attempt_drafts import AttemptDrafts
from server.payments.attempts import Attempts
from server.payments.hospital import Hospital
from server.payments.ledger import Transitions
from server.payments.model import UNPAID, PageCursor, Payment, untouched
from server.payments.part import PartState
from server.payments.patient_looks import PatientLooks
from server.payments.ports import SHOW_CODE, PaymentStore
from server.payments.purpose import Purposes
from server.payments.refund_channel import UNKNOWN_TITLE, channel_titles
from server.payments.rules import paying
from server.payments.rules.looking import look_now
from server.payments.rules.progress import Progress, standing
from server.payments.rules.starting import can_continue
from server.payments.sms_choice import SmsChoice

PAGE_SIZE = 20
LOOKS_MAX = 12
LOOKS_WINDOW = timedelta(minutes=10)


class NotHeld(Exception):
    """What must be held before an order is not; ``why`` is the error of who should hold it."""

    def __init__(self, why: NotSent | OutsideRefusal) -> None:
        self.why = why


class PaymentService:
    def __init__(
        self,
        *,
        hospitals: Mapping[str, Hospital],
        payments: PaymentStore,
        short_lived: ShortLivedStore,
        sessions: SessionStore,
        purposes: Purposes,
        transitions: Transitions,
        clock: Clock,
        ids: Ids,
        expiry: timedelta,
        looks: PatientLooks,
    ) -> None:
        self._hospitals = hospitals
        self._payments = payments
        self._short_lived = short_lived
        self._sessions = sessions
        self._purposes = purposes
        self._transitions = transitions
        self._attempts = Attempts(hospitals, purposes, payments, transitions, clock)
        self._clock = clock
        self._drafts = AttemptDrafts(hospitals, clock, ids, expiry)
        self._looks = looks

    def phone_hint(self, session: Session, card_nos: Collection[str]) -> str:
        """The masked number that the SMS about these cards would go to: the last typed, else that of one card's binding or scan."""
        return mask_phone(known_phone(session, card_nos, self._clock))

    async def start(
        self,
        purpose: str,
        session: Session,
        chosen: Sequence[str],
        sms: SmsChoice,
        *,
        terminal: str = "",
        shown_fen: int | None = None,
    ) -> Started:
        """Pay for what is ``chosen`` of the purpose. ``shown_fen`` is the sum that the person saw: if it is another one by now, nothing begins.

        A live attempt that is equal in everything is continued; another one is closed first. Raises AlreadyPaid, ChargeChanged,
        BadInput, NotFound, or an OutsideError when the cashier can't be opened now; nothing is lost by any of them.
        """
        typed = mobile_typed(sms.typed)
        quote = await self._purposes[purpose].quote(session, chosen)
        if shown_fen is not None and shown_fen != quote.amount_fen:
            now = f"需支付的金额现在是 {yuan_text(quote.amount_fen)} 元，请核对后再支付。"
            raise ChargeChanged("another sum than the page showed", user_message=now, amount_fen=quote.amount_fen)
        number = (typed or known_phone(session, {quote.card_no}, self._clock)) if sms.wanted else ""
        wanted = self._drafts.attempt(session, purpose, quote, number, terminal)
        if typed and typed != session.phone:
            moment = self._clock.now()
            await self._sessions.change(session.id, moment, lambda one: replace(one, phone=typed), known=session)
        live = await self._claim(wanted, session.owners)
        if live.state in UNPAID:
            return await self._open_cashier(live, fresh=live.id == wanted.id)
        return Started(live)

    async def resume(self, session: Session, payment_id: str) -> Started:
        """Open the cashier of a waiting payment again."""
        payment = await self._own(session, payment_id)
        if payment.payer.app_id != session.identity.app_id:
            raise BadInput("begun in another app", user_message="这笔支付是在另一个入口发起的，请重新支付。")
        if not can_continue(payment, payment, self._clock.now()):
            return Started(payment)
        return await self._open_cashier(payment, fresh=False)

    async def view(self, session: Session, payment_id: str, *, just_paid: bool = False) -> PaymentView:
        """The owner's payment, as they may see it. ``just_paid``: the cashier said so, which proves nothing but is worth a look at the channel."""
        payment = await self._own(session, payment_id)
        if just_paid and payment.state in UNPAID and await self._may_look(payment):
            now = self._clock.now()
            payment = await self._transitions.apply(session.hospital, payment.id, lambda p: look_now(p, now))
        return self.shown(await self._looks.opened(payment))

    def shown(self, payment: Payment) -> PaymentView:
        """``payment`` as its payer may see it."""
        titles = channel_titles(self._hospitals[payment.hospital], payment)
        charge_number = self._purposes[payment.purpose].texts.charge_number
        return PaymentView(as_payers_see(payment), standing(payment), titles or UNKNOWN_TITLE, charge_number)

    async def code(self, session: Session, payment_id: str) -> ShownCode | None:
        """The code on a screen by which the payment's next part is paid. It places no order.

        None where the part is paid in another way, has no order yet, or can't be paid (any more). Raises NotFound.
        """
        view = await self.view(session, payment_id)
        payment = view.payment
        part = next(iter(payment.open_parts), None)
        if part is None or part.order_ref is None or not can_continue(payment, payment, self._clock.now()):
            return None
        channel = self._hospitals[session.hospital].channels.get(part.channel)
        call = None if channel is None else channel.client_call(part.order_no, part.request, part.order_ref)
        return ShownCode(view, part, call.params["code"]) if call is not None and call.bridge == SHOW_CODE else None

    async def mine(
        self, session: Session, before: PageCursor | None = None, limit: int = PAGE_SIZE, purpose: str = ""
    ) -> Sequence[Payment]:
        """The person's, newest first, through whatever entrance they were made; only those of ``purpose``, where it is given."""
        store = self._payments
        found = await asyncio.gather(
            *(store.by_owner(session.hospital, owner, limit, before, purpose) for owner in session.owners)
        )
        return sorted(chain(*found), key=lambda p: p.page_cursor, reverse=True)[:limit]

    async def state_for_his(
        self, hospital_id: str, out_trade_no: str | None, card_no: str | None, charge_no: str | None
    ) -> Payment:
        """By our number, or of that card the attempt that holds the charge; if none does, the newest that had money, else the
        newest.
        """
        if out_trade_no is not None:
            payment = await self._payments.get(hospital_id, out_trade_no)
        else:
            found = await self._payments.by_charge(hospital_id, charge_no or "", PAGE_SIZE)
            found = [payment for payment in found if payment.personal.card_no == card_no]
            payment = min(found, key=lambda p: (not p.claims, p.paid_at is None), default=None)
        if payment is None:
            raise NotFound("payment")
        return untouched(payment)

    # ---- steps ---------------------------------------------------------------------------------------------------------------

    async def _claim(self, wanted: Payment, owners: Sequence[str]) -> Payment:
        """``wanted`` inserted, or the live payment in its place. A claim that frees itself meanwhile is tried again."""
        for _ in range(3):
            try:
                await self._transitions.insert(wanted)
                return wanted
            except ClaimTaken:
                live = await self._attempts.continue_or_close(wanted, owners)
                if live is not None:
                    return live
        raise BadInput("claims keep changing", user_message=self._purposes[wanted.purpose].texts.contended)

    async def _open_cashier(self, payment: Payment, *, fresh: bool) -> Started:
        """Place the order of the next part (again, unchanged) unless the channel's handle is known, and say how to open the cashier."""
        part = next(iter(payment.open_parts), None)
        if part is None:
            return Started(payment)
        channel = self._hospitals[payment.hospital].channels.get(part.channel)
        order_ref, order_no = part.order_ref, part.order_no
        if order_ref is None and not fresh:
            payment = await self._attempts.order_again(payment, part)
        if channel is None or standing(payment).progress is not Progress.WAITING:
            return Started(payment)
        if order_ref is None:
            try:
                await self._hold(payment, first=fresh)
                order_ref = await channel.order(order_no, part.request)
            except OutcomeUnknown:
                return Started(payment)
            except NotHeld as error:
                raise error.why from error
            except (NotSent, OutsideRefusal) as error:
                await self._attempts.order_failed(payment, part, error, first=fresh)
                raise
            placed, now = order_ref, self._clock.now()
            payment = await self._transitions.apply(
                payment.hospital,
                payment.id,
                lambda current: paying.ordered(current, placed, now, order_no),
                known=payment,
            )
        is_waiting = standing(payment).progress is Progress.WAITING
        if not is_waiting or payment.part_for(order_no).state is not PartState.UNPAID:
            return Started(payment)
        return Started(payment, channel.client_call(order_no, part.request, order_ref))

    async def _hold(self, payment: Payment, *, first: bool) -> None:
        """Raises NotHeld, with the words of the purpose's own system, where it holds nothing for the payment: then nothing is ordered."""
        if not payment.holds:
            return
        try:
            await self._purposes[payment.purpose].hold(payment)
        except (NotSent, OutsideRefusal) as error:
            await self._attempts.not_ordered(payment, error, first=first)
            raise NotHeld(error) from error

    async def _own(self, session: Session, payment_id: str) -> Payment:
        for owner in session.owners:
            payment = await self._payments.own(session.hospital, owner, payment_id)
            if payment is not None:
                return untouched(payment)
        raise NotFound("payment", user_message="没有找到这笔支付。")

    async def _may_look(self, payment: Payment) -> bool:
        now = self._clock.now()
        return await self._short_lived.count("look", payment.id, now, now + LOOKS_WINDOW) <= LOOKS_MAX
