"""The simulator's own proof: Zhenfu broken on purpose, in the ways in which payment systems are broken by accident.

Each mutant is a patch of the running code. A simulator that does not notice one within its bound of seeds proves nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import server.domain.alarms
import server.domain.effects
import server.domain.paying
import server.domain.refunding
import server.domain.trades
from server.channels.wechat.pay.channel import WechatPayChannel
from server.channels.wechat.pay.signing import PlatformVerifier
from server.domain.booking import refused
from server.domain.effects import Effect, EffectKind, with_effect, without
from server.domain.errors import LeaseLost, LostRace, NotFound, NotSent, OutsideRefusal, StoreError
from server.domain.payment import Payment, PaymentState, bumped
from server.domain.trades import ChannelRefund, RefundOutcome, Trade, TradeState
from server.effects import EffectRunner, Pace
from server.ports import VerifiedNotification
from server.services.attempts import Attempts
from server.services.booking import BookingService
from server.services.messages import MessageService
from server.services.notifications import NotificationService
from server.services.transitions import Decide, Transitions
from server.services.unclaimed import UnclaimedMoneyKeeper
from server.storage.memory import MemoryPayments

Patches = list[Any]


@dataclass(frozen=True, slots=True)
class Mutant:
    """``within``: the number of seeds in which it must be caught. ``by``: words of the problem that it is known by."""

    name: str
    broken: str
    within: int
    by: str
    patches: Callable[[], Patches]


def everywhere(original: Any, replacement: Any) -> Patches:
    """``original`` replaced in every module of the app that has imported it by name."""
    return [
        patch.object(module, name, replacement)
        for module_name, module in sorted(sys.modules.items())
        if module_name.startswith("server.")
        for name, value in list(vars(module).items())
        if value is original
    ]


@contextmanager
def broken(mutant: Mutant) -> Iterator[None]:
    with ExitStack() as stack:
        for each in mutant.patches():
            stack.enter_context(each)
        yield


# ---- storing -------------------------------------------------------------------------------------------------------------------


def no_version_guard() -> Patches:
    async def save(self: MemoryPayments, before: Payment, after: Payment) -> None:
        for claim in self._payments[before.id].claims:
            del self._claims[(before.hospital, claim)]
        self._put(after)

    return [patch.object(MemoryPayments, "save", save)]


def lost_race_is_done() -> Patches:
    async def apply(self: Transitions, hospital: str, payment_id: str, decide: Decide) -> Payment:
        before = await self._stores.payments.get(hospital, payment_id)
        if before is None:
            raise NotFound(payment_id)
        after = decide(before)
        if after is not before:
            try:
                await self._stores.payments.save(before, after)
            except LostRace:
                return before
            self._wake(after)
        return after

    return [patch.object(Transitions, "apply", apply)]


def acknowledged_before_stored() -> Patches:
    real = NotificationService.apply

    async def apply(self: NotificationService, hospital_id: str, notification: VerifiedNotification) -> None:
        try:
            await real(self, hospital_id, notification)
        except StoreError:
            return

    return [patch.object(NotificationService, "apply", apply)]


# ---- orders --------------------------------------------------------------------------------------------------------------------


def close_only_locally() -> Patches:
    async def close(self: WechatPayChannel, out_trade_no: str) -> Trade:
        return Trade(out_trade_no=out_trade_no, state=TradeState.CLOSED)

    return [patch.object(WechatPayChannel, "close", close)]


def other_attempt_not_closed() -> Patches:
    async def free(self: Attempts, wanted: Payment) -> Payment | None:
        for live in await self._stores.payments.by_claims(wanted.hospital, wanted.claims):
            await self._transitions.apply(live.hospital, live.id, lambda p: bumped(p, claims=()))
        return None

    return [patch.object(Attempts, "continue_or_close", free)]


def continued_by_anyone() -> Patches:
    real = server.domain.paying.can_continue

    def can_continue(live: Payment, wanted: Payment, now: datetime) -> bool:
        return real(live, replace(wanted, request=replace(wanted.request, payer=live.request.payer)), now)

    return [patch.object(server.domain.paying, "can_continue", can_continue)]


def unknown_is_closed() -> Patches:
    real = server.domain.paying.effect_failed

    def effect_failed(payment: Payment, key: str, token: str, now: datetime, *more: Any, unknown: bool) -> Payment:
        if unknown and key == str(EffectKind.QUERY):
            return server.domain.paying.closed(payment, "no answer", now)
        return real(payment, key, token, now, *more, unknown=unknown)

    return everywhere(real, effect_failed)


def absent_is_closed() -> Patches:
    return [patch.object(server.domain.paying, "ABSENT_MARGIN", timedelta(days=-1))]


def no_look_at_the_channel() -> Patches:
    real = server.domain.paying.start

    def start(**given: Any) -> Payment:
        payment = real(**given)
        return replace(payment, effects=without(payment.effects, EffectKind.QUERY))

    return [patch.object(server.domain.paying, "start", start)]


def claims_kept_after_close() -> Patches:
    real = server.domain.paying.closed

    def closed(payment: Payment, why: str, now: datetime) -> Payment:
        return replace(real(payment, why, now), claims=payment.claims)

    return everywhere(real, closed)


def claims_freed_before_closed() -> Patches:
    real = server.domain.paying.request_close

    def request_close(payment: Payment, *given: Any, **named: Any) -> Payment:
        asked = real(payment, *given, **named)
        return asked if asked is payment else replace(asked, claims=())

    return everywhere(real, request_close)


# ---- money that comes ----------------------------------------------------------------------------------------------------------


def amount_not_compared() -> Patches:
    real = server.domain.trades.differences
    return everywhere(real, lambda payment, trade: tuple(name for name in real(payment, trade) if name != "amount_fen"))


def signature_not_checked() -> Patches:
    return [patch.object(PlatformVerifier, "check", lambda *given: None)]


def money_after_close_ignored() -> Patches:
    real = server.domain.paying.money_arrived

    def money_arrived(payment: Payment, trade: Trade, now: datetime, *, at_the_source: bool) -> Payment:
        return payment if payment.state is PaymentState.CLOSED else real(payment, trade, now, at_the_source=at_the_source)

    return everywhere(real, money_arrived)


def unclaimed_money_dropped() -> Patches:
    async def keep(self: UnclaimedMoneyKeeper, *given: Any) -> None:
        return None

    return [patch.object(UnclaimedMoneyKeeper, "keep", keep)]


# ---- effects -------------------------------------------------------------------------------------------------------------------


def crossed_off_before_done() -> Patches:
    real = EffectRunner._attempt

    async def attempt(self: EffectRunner, payment: Payment, effect: Effect, left_s: float) -> Decide:
        await self._transitions.apply(
            payment.hospital, payment.id, lambda p: bumped(p, effects=tuple(e for e in p.effects if e.key != effect.key))
        )
        decide = await real(self, payment, effect, left_s)
        return lambda current: decide(replace(current, effects=with_effect(current.effects, effect)))

    return [patch.object(EffectRunner, "_attempt", attempt)]


def lease_ignored() -> Patches:
    real_take, real_held = server.domain.effects.take, server.domain.effects.held

    def take(effects: tuple[Effect, ...], key: str, *, token: str, now: datetime, lease: timedelta) -> tuple[Effect, ...]:
        return real_take(effects, key, token=token, now=now, lease=timedelta(0))

    def held(effects: tuple[Effect, ...], key: str, token: str) -> Effect:
        effect = server.domain.effects.find(effects, key)
        if effect is None:
            raise LeaseLost(key)
        return effect

    return [*everywhere(real_take, take), *everywhere(real_held, held)]


def lease_shorter_than_deadline() -> Patches:
    return [patch.object(Pace, "within", classmethod(lambda cls, lease_s, many: cls(lease_s=2.0, deadline_s=40.0)))]


def lease_of_days() -> Patches:
    return [patch.object(Pace, "within", classmethod(lambda cls, lease_s, many: cls(lease_s=5 * 86400.0, deadline_s=40.0)))]


# ---- the HIS -------------------------------------------------------------------------------------------------------------------


def already_paid_believed() -> Patches:
    real = BookingService.run

    async def run(self: BookingService, payment: Payment, effect: Effect) -> Decide:
        try:
            booking = await self._hospitals[payment.hospital].his.confirm(self._request(payment))
        except OutsideRefusal as refusal:
            if refusal.reason_code != "ALREADY_PAID":
                return await real(self, payment, effect)
            now, token = self._clock.now(), effect.lease or ""
            return lambda current: refused(current, token, "ALREADY_PAID", now)
        return self._booked(effect.lease or "", booking)

    return [patch.object(BookingService, "run", run)]


def not_found_returns_money() -> Patches:
    real = BookingService.run

    async def run(self: BookingService, payment: Payment, effect: Effect) -> Decide:
        his = self._hospitals[payment.hospital].his
        if effect.unknown_at is not None and await his.check(payment.id) is None:
            now, token = self._clock.now(), effect.lease or ""
            return lambda current: refused(current, token, "NOT_FOUND", now)
        return await real(self, payment, effect)

    return [patch.object(BookingService, "run", run)]


def new_number_per_booking_try() -> Patches:
    real = BookingService._request

    def request(self: BookingService, payment: Payment) -> Any:
        tries = next((effect.tries for effect in payment.effects if effect.kind is EffectKind.BOOK), 1)
        asked = real(self, payment)
        return asked if tries == 1 else replace(asked, out_trade_no=f"{payment.id}T{tries}")

    return [patch.object(BookingService, "_request", request)]


# ---- refunds -------------------------------------------------------------------------------------------------------------------


def new_refund_number_per_try() -> Patches:
    real = WechatPayChannel.refund

    async def refund(self: WechatPayChannel, payment: Payment, refund_id: str, amount_fen: int, why: str) -> ChannelRefund:
        told = await real(self, payment, f"{refund_id}T{self._ids.text(4)}", amount_fen, why)
        return replace(told, out_refund_no=refund_id)

    return [patch.object(WechatPayChannel, "refund", refund)]


def stuck_refund_frees_its_share() -> Patches:
    real = server.domain.refunding._running

    def running(payment: Payment, refund: Any, answer: ChannelRefund, now: datetime, *more: Any) -> Payment:
        if answer.outcome is RefundOutcome.ABNORMAL:
            return server.domain.refunding._closed(payment, refund, now)
        return real(payment, refund, answer, now, *more)

    return [patch.object(server.domain.refunding, "_running", running)]


def closed_refund_forgotten() -> Patches:
    real = server.domain.refunding._closed

    def closed(payment: Payment, refund: Any, now: datetime) -> Payment:
        return replace(real(payment, refund, now), effects=(), refunds=real(payment, refund, now).refunds[:1])

    return [patch.object(server.domain.refunding, "_closed", closed)]


def accepted_is_succeeded() -> Patches:
    real = server.domain.refunding.refund_answered

    def refund_answered(payment: Payment, answer: ChannelRefund, *more: Any, **named: Any) -> Payment:
        done = answer.outcome is RefundOutcome.PROCESSING
        return real(payment, replace(answer, outcome=RefundOutcome.SUCCEEDED) if done else answer, *more, **named)

    return everywhere(real, refund_answered)


def no_alarms() -> Patches:
    return everywhere(server.domain.alarms.alarms, lambda before, after: ())


# ---- telling -------------------------------------------------------------------------------------------------------------------


def sms_not_looked_up() -> Patches:
    async def was_sent(*given: Any) -> bool:
        return False

    return [patch.object(MessageService, "_was_sent", was_sent)]


def untold_when_unsure() -> Patches:
    real = MessageService.run

    async def run(self: MessageService, payment: Payment, effect: Effect) -> Decide:
        try:
            return await real(self, payment, effect)
        except NotSent:
            key = effect.key
            return lambda p: bumped(p, effects=tuple(each for each in p.effects if each.key != key))

    return [patch.object(MessageService, "run", run)]


MUTANTS = (
    Mutant("no_version_guard", "writes without the version guard", 200, "", no_version_guard),
    Mutant("lost_race_is_done", "a lost race counts as done", 200, "", lost_race_is_done),
    Mutant("acknowledged_before_stored", "notifications acknowledged before they are stored", 200, "", acknowledged_before_stored),
    Mutant("close_only_locally", "closed here, not at the channel", 200, "", close_only_locally),
    Mutant("other_attempt_not_closed", "the second phone starts beside the first", 200, "", other_attempt_not_closed),
    Mutant("continued_by_anyone", "the second phone goes on with the first one's payment", 200, "", continued_by_anyone),
    Mutant("unknown_is_closed", "no answer counts as closed", 200, "", unknown_is_closed),
    Mutant("absent_is_closed", "an order that the channel does not know yet counts as closed", 200, "", absent_is_closed),
    Mutant("no_look_at_the_channel", "only notifications, no query", 200, "", no_look_at_the_channel),
    Mutant("claims_kept_after_close", "claims stay when a payment is closed", 200, "", claims_kept_after_close),
    Mutant("claims_freed_before_closed", "claims freed when the close is only asked for", 200, "", claims_freed_before_closed),
    Mutant("amount_not_compared", "the amount is not compared", 200, "", amount_not_compared),
    Mutant("signature_not_checked", "signatures are not checked", 200, "", signature_not_checked),
    Mutant("money_after_close_ignored", "money after the close is ignored", 200, "", money_after_close_ignored),
    Mutant("unclaimed_money_dropped", "money without a payment is dropped", 200, "", unclaimed_money_dropped),
    Mutant("crossed_off_before_done", "an effect is crossed off before its call", 200, "", crossed_off_before_done),
    Mutant("lease_ignored", "leases are ignored", 200, "", lease_ignored),
    Mutant("lease_shorter_than_deadline", "a lease shorter than its call's deadline", 200, "", lease_shorter_than_deadline),
    Mutant("lease_of_days", "a lease of days", 200, "", lease_of_days),
    Mutant("already_paid_believed", "the HIS's ALREADY_PAID is believed", 200, "", already_paid_believed),
    Mutant("not_found_returns_money", "not found in the HIS returns the money", 200, "", not_found_returns_money),
    Mutant("new_number_per_booking_try", "a new number per try of booking", 200, "", new_number_per_booking_try),
    Mutant("new_refund_number_per_try", "a new number per try of a refund", 200, "", new_refund_number_per_try),
    Mutant("stuck_refund_frees_its_share", "a stuck refund frees its share", 200, "", stuck_refund_frees_its_share),
    Mutant("closed_refund_forgotten", "a closed refund is not sent again", 200, "", closed_refund_forgotten),
    Mutant("accepted_is_succeeded", "an accepted refund counts as paid back", 200, "", accepted_is_succeeded),
    Mutant("no_alarms", "nobody is alarmed", 200, "", no_alarms),
    Mutant("sms_not_looked_up", "an SMS is not looked up", 200, "", sms_not_looked_up),
    Mutant("untold_when_unsure", "a message that could not be sent is given up", 200, "", untold_when_unsure),
)  # fmt: skip
