"""Broken stores, effects and messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import server.effects.model
import server.payments.rules.alarms
import server.payments.rules.paying
import server.payments.rules.returning
import server.payments.rules.trades
from server.core.errors import LeaseLost, LostRace, NotFound, NotSent, StoreError
from server.effects.engine import EffectRunner
from server.effects.leases import Leases, Pace
from server.effects.ledger import Ledger
from server.effects.model import Effect, with_effect
from server.effects.ports import LocalWorker
from server.infrastructure.shared_clock import SharedClock
from server.messages.service import MessageService
from server.payments.ledger import Decide, Transitions
from server.payments.model import Payment, bumped
from server.payments.notifications import NotificationService
from server.payments.ports import VerifiedNotification
from server.storage.memory_payments import MemoryPayments
from tests.simulation.mutants.patching import Patches, everywhere


def no_version_guard() -> Patches:
    async def save(self: MemoryPayments, before: Payment, after: Payment) -> None:
        for claim in self.documents[before.id].claims:
            del self._claims[(before.hospital, claim)]
        self._put(after)

    return [patch.object(MemoryPayments, "save", save)]


def lost_race_is_done() -> Patches:
    async def apply(
        self: Transitions,
        hospital: str,
        payment_id: str,
        decide: Decide,
        *,
        known: Payment | None = None,
        worker: LocalWorker[Payment] | None = None,
    ) -> Payment:
        before = known or await self.documents.get(hospital, payment_id)
        if before is None:
            raise NotFound(payment_id)
        decided = decide(before)
        if decided is before:
            return before
        after, token = (worker or self._worker).lease_new(before, decided)
        try:
            await self.documents.save(before, after)
        except LostRace:
            return before
        self._wake(worker or self._worker, after, token)
        return after

    return [patch.object(Ledger, "apply", apply)]


def acknowledged_before_stored() -> Patches:
    real = NotificationService.apply

    async def apply(self: NotificationService, hospital_id: str, notification: VerifiedNotification) -> None:
        try:
            await real(self, hospital_id, notification)
        except StoreError:
            return

    return [patch.object(NotificationService, "apply", apply)]


# ---- effects


def crossed_off_before_done() -> Patches:
    real = EffectRunner._attempt

    async def attempt(
        self: EffectRunner[Payment], payment: Payment, effect: Effect, left_s: float
    ) -> tuple[Decide, bool]:
        await self.ledger.apply(
            payment.hospital,
            payment.id,
            lambda p: bumped(p, effects=tuple(e for e in p.effects if e.key != effect.key)),
        )
        decide, answered = await real(self, payment, effect, left_s)
        return lambda current: decide(replace(current, effects=with_effect(current.effects, effect))), answered

    return [patch.object(EffectRunner, "_attempt", attempt)]


def lease_ignored() -> Patches:
    real_take, real_held = server.effects.model.take, server.effects.model.held

    def take(
        effects: tuple[Effect, ...], key: str, *, token: str, now: datetime, lease: timedelta
    ) -> tuple[Effect, ...]:
        return real_take(effects, key, token=token, now=now, lease=timedelta(0))

    def held(effects: tuple[Effect, ...], key: str, token: str) -> Effect:
        effect = server.effects.model.find(effects, key)
        if effect is None:
            raise LeaseLost(key)
        return effect

    left_s = patch.object(Leases, "left_s", lambda self, effect: Pace().deadline_s)
    return [*everywhere(real_take, take), *everywhere(real_held, held), left_s]


def lease_shorter_than_deadline() -> Patches:
    return [patch.object(Pace, "within", classmethod(lambda cls, lease_s, many: cls(lease_s=0.05, deadline_s=40.0)))]


def lease_of_days() -> Patches:
    return [
        patch.object(Pace, "within", classmethod(lambda cls, lease_s, many: cls(lease_s=5 * 86400.0, deadline_s=40.0)))
    ]


# ---- clocks


def _every_clock_is_right() -> Patches:
    async def must_agree(self: SharedClock) -> None: ...

    return [
        patch.object(SharedClock, "must_agree", must_agree),
        patch.object(SharedClock, "agrees", lambda self: True),
    ]


def clock_not_shared() -> Patches:
    return [
        patch.object(SharedClock, "now", lambda self: self._machine.now()),
        *_every_clock_is_right(),
    ]


def wrong_clock_works_on() -> Patches:
    return _every_clock_is_right()


# ---- telling


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


def macs_not_checked() -> Patches:
    def read(self: MemoryPayments, payment: Payment) -> Payment:
        return payment

    return [patch.object(MemoryPayments, "_read", read)]
