"""Registrations, broken: numbers that stay locked, a person with two numbers, bookings and write-offs that the HIS never hears of, changes that
nobody hears, numbers of the window that are kept or lost, offers that are told again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from unittest.mock import patch

from server.effects.model import EffectKind, without
from server.patients.card_news import CardNews
from server.payments import freeing
from server.payments.model import Booking, Payment, bumped
from server.payments.rules.giving_back import given_back
from server.registration.clinic_changes import ClinicChanges
from server.registration.purpose import RegistrationPurpose
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
    async def first(self: CardNews, purpose: str, mark: str) -> bool:
        return True

    return [patch.object(CardNews, "_first", first)]
