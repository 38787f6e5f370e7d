"""Broken refunds of staff."""

from __future__ import annotations

from unittest.mock import patch

import server.refunds.rules.permissions
import server.refunds.rules.requests
from server.effects.model import Effect, EffectKind
from server.payments.ledger import Decide
from server.payments.model import Payment
from server.refunds.write_offs import WriteOffService
from server.staff.facts import StaffFacts
from server.storage.memory_people import MemoryStaffFacts
from tests.simulation.mutants.patching import Patches, everywhere


def money_before_write_off() -> Patches:
    real = WriteOffService.run

    async def run(self: WriteOffService, payment: Payment, effect: Effect) -> Decide:
        refund = payment.refund(effect.subject)
        if effect.kind is not EffectKind.RELEASE or refund is None:
            return await real(self, payment, effect)
        now, token = self._clock.now(), effect.lease or ""
        return lambda p: server.refunds.rules.requests.written_off(p, refund.id, token, "", now)

    return [patch.object(WriteOffService, "run", run)]


def pieces_counted_alone() -> Patches:
    return everywhere(server.refunds.rules.permissions.on_own_word_fen, lambda payment, names: 0)


def only_today_s_cards_say_who_one_is() -> Patches:
    async def of(self: object, hospital: str, number: str) -> frozenset[str]:
        return frozenset()

    async def sharing(self: object, hospital: str, facts: object) -> frozenset[str]:
        return frozenset()

    return [patch.object(MemoryStaffFacts, "of", of), patch.object(MemoryStaffFacts, "sharing", sharing)]


def own_bills_are_anybody_s() -> Patches:
    """Only the name and the account from which was paid are looked at."""
    return [patch.object(StaffFacts, "owns", lambda *given: False)]


def nobody_need_agree() -> Patches:
    real = server.refunds.rules.permissions.second_person
    return [
        *everywhere(real, lambda *given: ()),
        *everywhere(server.refunds.rules.permissions.must_not_be_cut, lambda *given: None),
    ]
