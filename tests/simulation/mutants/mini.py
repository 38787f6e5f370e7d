"""The mini-program's entrance broken: keys, tokens, who sees what, what it is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from server.core.idempotency import IdempotencyService, StoredAnswer
from server.patients import api_sessions
from server.patients import persons as people
from server.patients.api_sessions import ApiSessionService
from server.patients.cards import CardService
from server.patients.model import Session
from server.patients.persons import PersonService
from server.patients.ports import CardStore
from server.patients.rules import KnownIdentity
from server.payments.service import PaymentService
from server.platforms.wechat.miniprogram.links import MiniProgramLinks
from server.platforms.wechat.miniprogram.messages import SubscribeMessenger
from server.storage.memory import MemoryPayments
from server.storage.memory_short_lived import MemoryShortLived
from tests.simulation.mutants.patching import Patches

# ---- one tap


def key_ignored() -> Patches:
    async def once(
        self: IdempotencyService,
        session: Session,
        door: str,
        key: str,
        request: bytes,
        act: Callable[[], Awaitable[Any]],
    ) -> StoredAnswer:
        return StoredAnswer(*await act(), is_repeat=False)

    return [patch.object(IdempotencyService, "once", once)]


def key_without_its_request() -> Patches:
    real = IdempotencyService.once

    async def once(
        self: IdempotencyService,
        session: Session,
        door: str,
        key: str,
        request: bytes,
        act: Callable[[], Awaitable[Any]],
    ) -> StoredAnswer:
        return await real(self, session, door, key, b"", act)

    return [patch.object(IdempotencyService, "once", once)]


def another_sum_than_shown() -> Patches:
    real = PaymentService.start

    async def start(self: PaymentService, *given: Any, **named: Any) -> Any:
        return await real(self, *given, **{**named, "shown_fen": None})

    return [patch.object(PaymentService, "start", start)]


# ---- tokens


def refresh_token_good_twice() -> Patches:
    async def swap(self: MemoryShortLived, kind: str, key: str, old: str, new: str, expires_at: Any) -> bool:
        known = self.documents.get((kind, key), (None,))[0]
        if known != old and kind != api_sessions._ROTATION:
            return False
        await self.put(kind, key, new, expires_at)
        return True

    return [patch.object(MemoryShortLived, "swap", swap)]


def session_outlives_its_copy() -> Patches:
    async def end(self: ApiSessionService, session_id: str) -> None:
        return None

    return [patch.object(ApiSessionService, "_end", end)]


def log_out_on_the_phone_only() -> Patches:
    async def logout(self: ApiSessionService, session: Session) -> None:
        return None

    return [patch.object(ApiSessionService, "logout", logout)]


def access_without_end() -> Patches:
    real = ApiSessionService._sealed

    def sealed(self: ApiSessionService, kind: str, *given: Any) -> str:
        *facts, life = given
        return real(self, kind, *facts, timedelta(days=1) if kind == api_sessions._ACCESS else life)

    return [patch.object(ApiSessionService, "_sealed", sealed)]


# ---- who sees what


def payments_of_anybody() -> Patches:
    async def own(self: MemoryPayments, hospital: str, owner: str, payment_id: str) -> Any:
        return await self.get(hospital, payment_id)

    return [patch.object(MemoryPayments, "own", own)]


def list_of_everybody() -> Patches:
    real = MemoryPayments.between

    async def by_owner(
        self: MemoryPayments, hospital: str, owner: str, limit: int, before: Any = None, purpose: str = ""
    ) -> Any:
        return await real(
            self, hospital, datetime.min.replace(tzinfo=UTC), before or (datetime.max.replace(tzinfo=UTC), ""), limit
        )

    return [patch.object(MemoryPayments, "by_owner", by_owner)]


def joined_after_unbinding() -> Patches:
    """The marks stay, and count without their card."""

    async def card_unbound(self: PersonService, *given: Any) -> None:
        return None

    async def as_marks_say(
        cards: CardStore, hospital_id: str, known: Sequence[KnownIdentity]
    ) -> Sequence[KnownIdentity]:
        return known

    return [
        patch.object(PersonService, "card_unbound", card_unbound),
        patch.object(people, "_as_cards_prove", as_marks_say),
    ]


def any_card_is_ones_own() -> Patches:
    real = CardService.bind

    async def bind(self: CardService, session: Session, key: str, code: str, **_: object) -> Any:
        return await real(self, session, key, code, own=True)

    return [patch.object(CardService, "bind", bind)]


def card_unbound_on_the_screen_only() -> Patches:
    async def unbind(self: CardService, session: Session, key: str) -> None:
        return None

    return [patch.object(CardService, "unbind", unbind)]


def cashier_of_the_other_app() -> Patches:
    real = PaymentService.resume

    async def resume(self: PaymentService, session: Session, payment_id: str) -> Any:
        payment = await self._own(session, payment_id)
        return await real(self, replace(session, identity=payment.payer, linked=session.owners), payment_id)

    return [patch.object(PaymentService, "resume", resume)]


# ---- what its people are told


def nobody_is_told_in_the_app() -> Patches:
    async def send(self: SubscribeMessenger, *given: Any, **named: Any) -> None:
        return None

    return [patch.object(SubscribeMessenger, "send", send)]


def link_to_the_list() -> Patches:
    real = MiniProgramLinks.link

    async def link(self: MiniProgramLinks, page: str, query: str, days: int) -> str:
        return await real(self, page, "", days)

    return [patch.object(MiniProgramLinks, "link", link)]
