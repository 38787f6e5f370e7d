"""Whose data it is, and what became of it when it was erased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from server.payments.model import Payment
from server.payments.rules.erasing import KeptReason


class FoundBy(StrEnum):
    """The fact that was verified: a payment's number or a payer's id tell of whoever paid, a card of the patient."""

    PAYMENT = "payment"
    PAYER = "payer"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Person:
    """``owners``: all keys of one payer, nearest first; empty where ``card_no`` is what is known."""

    hospital: str
    by: FoundBy
    owners: tuple[str, ...] = ()
    card_no: str = ""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many payments say no longer who, how many ended of the rest, and which payments still say who, with the reason."""

    payments: int
    cards: int
    sessions: int
    kept: Mapping[str, KeptReason]


@dataclass(frozen=True, slots=True)
class Erasable:
    """A payment as it is stored, and why it must go on saying who."""

    payment: Payment
    kept: KeptReason | None = None
