"""What can't be read, what sleeps, what is erased, and chats that mix people up."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import server.payments.rules.erasing
from server.core.errors import Unreadable
from server.effects.waking import Waking
from server.effects.worker import Work, Worker
from server.patients.cards_in_use import CardsInUse
from server.patients.contact_ports import ChatMessage
from server.patients.model import BoundCard
from server.payments.model import Payment
from tests.simulation.mutants.patching import Patches, everywhere

Key = tuple[str, str]


def unreadable_is_a_bug() -> Patches:
    async def run(self: Worker[Payment], key: Key, work: Work) -> None:
        try:
            await work()
        except Unreadable as why:
            raise ValueError("unreadable") from why

    return [patch.object(Worker, "_run_or_set_aside", run)]


def nobody_is_told_of_the_unreadable() -> Patches:
    async def set_aside(self: Worker[Payment], key: Key, why: Unreadable) -> None:
        self._aside.put(key, self.clock.now())

    return [patch.object(Worker, "_set_aside", set_aside)]


def newer_is_alerted_as_damage() -> Patches:
    real = Worker._set_aside

    async def set_aside(self: Worker[Payment], key: Key, why: Unreadable) -> None:
        await real(self, key, Unreadable(str(why)))

    return [patch.object(Worker, "_set_aside", set_aside)]


def nobody_wakes_what_waits() -> Patches:
    async def probe(self: Waking[Payment]) -> None:
        return

    async def back(self: Waking[Payment], hospital: str, system: str) -> None:
        return

    return [patch.object(Waking, "probe", probe), patch.object(Waking, "back", back)]


def message_known_by_its_id_alone() -> Patches:
    return [patch.object(ChatMessage, "once", property(lambda self: self.id))]


def unused_card_joins_for_ever() -> Patches:
    async def lives(self: CardsInUse, card: BoundCard, *, note: bool = True) -> bool:
        return True

    return [patch.object(CardsInUse, "_lives", lives)]


def erased_though_it_owes() -> Patches:
    return everywhere(server.payments.rules.erasing.kept_because, lambda payment: None)


def erased_and_still_named() -> Patches:
    return everywhere(server.payments.rules.erasing.nobody, lambda personal: replace(personal, phone=""))
