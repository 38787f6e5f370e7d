"""The numbers that people hold of a payment (on a receipt, in a message, on their phone), and how one of them that is typed is compared.

A number is found whole, or by a tail of four characters or more. Stores keep keyed hashes of whole numbers and of the last four
characters; a longer tail is found by its last four and compared here.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from server.core.typed import number_key
from server.payments.model import Payment

TAIL_CHARS = 4


class NumberKind(StrEnum):
    """Which number of a payment was meant. The values stand in the audit chain."""

    NUMBER = "tail"
    REFUND = "refund"
    CHARGE = "bill"
    RECEIPT = "receipt"
    TRANSACTION = "transaction"
    PHONE = "phone_tail"
    CARD = "card"


OPEN = frozenset({NumberKind.NUMBER, NumberKind.REFUND})
"""Numbers that we made: an end of one names nobody, so the audit chain may have it in clear."""


def numbers_held(payment: Payment) -> tuple[tuple[NumberKind, str], ...]:
    """Each with what it is, as it is written; every one once, the likeliest meaning first."""
    return tuple(dict.fromkeys((by, text) for by, text in _numbers(payment) if text))


def found_by(payment: Payment, typed: str) -> NumberKind | None:
    """What of ``payment`` is ``typed``, or ends with it; None where nothing does."""
    word = number_key(typed)
    keys = [(by, number_key(text)) for by, text in numbers_held(payment)]
    whole = next((by for by, key in keys if key == word), None)
    if whole is not None or len(word) < TAIL_CHARS:
        return whole
    return next((by for by, key in keys if key.endswith(word)), None)


def _numbers(payment: Payment) -> Iterator[tuple[NumberKind, str]]:
    yield NumberKind.NUMBER, payment.id
    for refund in payment.refunds:
        yield NumberKind.REFUND, refund.id
    for number in payment.personal.subject.numbers:
        yield NumberKind.CHARGE, number
    if payment.booking is not None:
        yield NumberKind.RECEIPT, payment.booking.receipt_no
        yield NumberKind.RECEIPT, payment.booking.his_trade_no
    for part in payment.parts:
        yield NumberKind.TRANSACTION, part.transaction_id or ""
    for refund in payment.refunds:
        yield NumberKind.REFUND, refund.channel_refund_id or ""
        yield NumberKind.REFUND, refund.his_refund_no
    for phone in (payment.personal.phone, payment.personal.patient_phone):
        yield NumberKind.PHONE, phone
    yield NumberKind.CARD, payment.personal.card_no
