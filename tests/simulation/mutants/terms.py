"""Broken ends of what is kept of people."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from unittest.mock import patch

import server.payments.rules.erasing
from server.core.errors import StoreError
from server.effects.recurring import Piece
from server.patients.cards_in_use import CardsInUse
from server.patients.people_in_use import PeopleInUse
from server.payments.model import Payment
from server.privacy.records import PersonRecords
from server.privacy.retention import RetentionRounds
from tests.simulation.mutants.patching import Patches, everywhere


def term_never_ends() -> Patches:
    async def piece(self: RetentionRounds, hospital: str, place: str) -> Piece:
        return Piece()

    return [patch.object(RetentionRounds, "piece", piece)]


def term_a_year_short() -> Patches:
    real = server.payments.rules.erasing.first_day_kept
    return everywhere(real, lambda today, years: real(today, years - 1))


def broken_off_is_done() -> Patches:
    real = PersonRecords.term_over

    async def term_over(self: PersonRecords, hospital: str, payments: Sequence[Payment], kept_from: date) -> int:
        with suppress(StoreError):
            return await real(self, hospital, payments, kept_from)
        return 0

    return [patch.object(PersonRecords, "term_over", term_over)]


def unused_people_stay_known() -> Patches:
    async def end_unused(self: PeopleInUse, hospital: str, after: str) -> str:
        return ""

    return [patch.object(PeopleInUse, "end_unused", end_unused)]


def unused_cards_stay_bound() -> Patches:
    async def end_unused(self: CardsInUse, hospital: str, after: str) -> str:
        return ""

    return [patch.object(CardsInUse, "end_unused", end_unused)]
