"""Registrations, broken: numbers that stay locked, a person with two numbers, bookings and write-offs that the HIS never hears of, changes that
nobody hears, numbers of the window that are kept or lost or whose end nobody hears of, offers that are told again, late or to nobody,
favourites that are lost or kept."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from unittest.mock import patch

from server.effects.model import EffectKind, without
from server.patients.card_news import CardNews
from server.patients.news_marks import NewsMarks
from server.payments import freeing
from server.payments.model import Booking, Payment, bumped
from server.payments.rules import elsewhere
from server.payments.rules.giving_back import given_back
from server.registration.clinic_changes import ClinicChanges
from server.registration.favourites import KEPT, KIND, FavouriteService
from server.registration.purpose import RegistrationPurpose
from server.registration.waiting import WaitingService
from tests.simulation.mutants.patching import Patches


def number_never_unlocked() -> Patches:
    async def on_closed(self: RegistrationPurpose, payment: Payment) -> None:
        """Nobody tells the HIS."""

    return [patch.object(RegistrationPurpose, "on_closed", on_closed)]


def turn_not_claimed() -> Patches:
    real = RegistrationPurpose._claims

    def claims(self: RegistrationPurpose, *given: Any) -> tuple[str, ...]:
        return real(self, *given)[:1]

    return [patch.object(RegistrationPurpose, "_claims", claims)]


def number_booked_without_the_his() -> Patches:
    async def book(self: RegistrationPurpose, payment: Payment) -> Booking:
        return Booking(his_trade_no=f"H{payment.id[-6:]}", receipt_no="R1")

    return [patch.object(RegistrationPurpose, "book", book)]


def number_kept_though_paid_back() -> Patches:
    async def release(self: RegistrationPurpose, payment: Payment, asked: Any) -> str:
        return "W1"

    return [patch.object(RegistrationPurpose, "release", release)]


def changed_clinic_not_heard() -> Patches:
    async def told(self: ClinicChanges, *given: Any) -> None:
        """The HIS is answered, and nothing is kept."""

    return [patch.object(ClinicChanges, "told", told)]


def unpaid_number_kept() -> Patches:
    def lapsed(payment: Payment, token: str, now: datetime) -> Payment:
        """Nobody looks whether it was paid."""
        return bumped(payment, effects=without(payment.effects, EffectKind.LAPSE))

    return [patch.object(freeing, "lapsed", lapsed)]


def number_paid_at_the_window_lost() -> Patches:
    def not_taken_back(payment: Payment, token: str, code: str, now: datetime) -> Payment:
        """The HIS's no is no answer."""
        return given_back(payment, token, now)

    return [patch.object(freeing, "not_taken_back", not_taken_back)]


def offer_told_again() -> Patches:
    async def first(self: NewsMarks, purpose: str, key: str) -> bool:
        return True

    return [patch.object(NewsMarks, "first", first)]


def offer_answered_and_told_to_nobody() -> Patches:
    async def tell_each(self: CardNews, all_news: Any) -> None:
        """The HIS is answered, and no message goes."""

    return [patch.object(CardNews, "tell_each", tell_each)]


def last_offer_told_first() -> Patches:
    real = WaitingService.offered

    async def offered(self: WaitingService, *given: Any) -> None:
        """Kept until another one comes, which goes first."""
        kept = vars(self._sealer).setdefault("kept", [])  # of the world, whichever process hears of it
        kept.append(given)
        if len(kept) > 1:
            last, first = kept.pop(), kept.pop()
            await real(self, *last)
            await real(self, *first)

    return [patch.object(WaitingService, "offered", offered)]


def end_at_the_window_not_told() -> Patches:
    return [patch.object(elsewhere, "tell", lambda payment, purpose, now: payment.effects)]


def favourites_overwritten() -> Patches:
    async def change(self: FavouriteService, hospital: str, owner: str, changed: Any) -> None:
        """Whoever writes last wins."""
        kept, now, key = await self._kept(hospital, owner), self._clock.now(), f"{hospital}:{owner}"
        await self._short_lived.drop(KIND, key)
        await self._short_lived.put_once(KIND, key, json.dumps(changed(kept.marks)), now, now + KEPT)

    return [patch.object(FavouriteService, "_change", change)]


def favourite_stays() -> Patches:
    async def unmark(self: FavouriteService, *given: Any) -> None:
        """Only the page says so."""

    return [patch.object(FavouriteService, "unmark", unmark)]
