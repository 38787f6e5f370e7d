"""Seeded runs of registrations with faults at every call: no number is sold twice or held for nothing, no fen is lost; and broken copies are noticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from server.payments.model import Booking, Payment
from server.payments.rules.giving_back import is_given_back
from server.registration import clinic_changes
from server.registration.clinic_changes import ClinicChanges
from server.registration.purpose import RegistrationPurpose
from tests.support.hospital_runs import Patches, is_noticed, problems_of
from tests.support.registration_runs import CalmRun, RegistrationRun, StormyRun

pytestmark = pytest.mark.asyncio
SEEDS = range(1, 13)


@pytest.mark.parametrize("seed", SEEDS)
async def test_numbers_and_books_agree(seed: int) -> None:
    assert await problems_of(RegistrationRun(seed)) == []


def nothing_is_unlocked() -> Patches:
    async def on_closed(self: RegistrationPurpose, payment: Payment) -> None:
        """Nobody tells the HIS."""

    return [patch.object(RegistrationPurpose, "on_closed", on_closed)]


def a_person_s_day_is_not_claimed() -> Patches:
    real = RegistrationPurpose._claims

    def claims(self: RegistrationPurpose, *given: Any) -> tuple[str, ...]:
        return real(self, *given)[:1]

    return [patch.object(RegistrationPurpose, "_claims", claims)]


def a_turn_is_not_claimed() -> Patches:
    real = RegistrationPurpose._claims

    def claims(self: RegistrationPurpose, *given: Any) -> tuple[str, ...]:
        return tuple(claim for claim in real(self, *given) if not claim.startswith("next:"))

    return [patch.object(RegistrationPurpose, "_claims", claims)]


def given_back_here_alone() -> Patches:
    real = RegistrationPurpose.on_closed

    async def on_closed(self: RegistrationPurpose, payment: Payment) -> None:
        if not is_given_back(payment):
            await real(self, payment)

    return [patch.object(RegistrationPurpose, "on_closed", on_closed)]


def nothing_is_written_off() -> Patches:
    async def release(self: RegistrationPurpose, payment: Payment, asked: Any) -> str:
        return "W1"

    return [patch.object(RegistrationPurpose, "release", release)]


def booked_without_the_his() -> Patches:
    async def book(self: RegistrationPurpose, payment: Payment) -> Booking:
        return Booking(his_trade_no=f"H{payment.id[-6:]}", receipt_no="R1")

    return [patch.object(RegistrationPurpose, "book", book)]


def the_hospital_is_not_heard() -> Patches:
    async def told(self: ClinicChanges, *given: Any) -> None:
        """It is answered, and nothing is kept."""

    return [patch.object(ClinicChanges, "told", told)]


def only_the_first_word_counts() -> Patches:
    return [patch.object(clinic_changes, "is_news", lambda known, told: known is None)]


@pytest.mark.parametrize(
    ("broken", "told", "run"),
    [
        (nothing_is_unlocked, "locked for nothing", RegistrationRun),
        (a_person_s_day_is_not_claimed, "numbers of one day", CalmRun),
        (a_turn_is_not_claimed, "numbers of one day", CalmRun),
        (given_back_here_alone, "which is over", RegistrationRun),
        (nothing_is_written_off, "the HIS holds", RegistrationRun),
        (booked_without_the_his, "and the HIS has it for", RegistrationRun),
        (the_hospital_is_not_heard, "and the patient knows None", StormyRun),
        (only_the_first_word_counts, "and the patient knows ClinicChange", StormyRun),
    ],
)
async def test_a_broken_copy_is_noticed(
    broken: Callable[[], Patches], told: str, run: Callable[[int], RegistrationRun]
) -> None:
    assert await is_noticed(broken, told, run)
