"""The beginning of an attempt, and whether a later one may go on with it (DESIGN section 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from server.core.actors import PAYER
from server.core.history import HistoryEvent
from server.effects.model import Effect, EffectKind
from server.patients.model import Origin, PayerIdentity
from server.payments.model import UNPAID, Payment, PaymentState, Personal
from server.payments.part import Part, PartState
from server.payments.rules.elsewhere import owed_elsewhere, told_until

FIRST_LOOK = timedelta(seconds=5)
CONTINUE_MIN = timedelta(seconds=60)
"""An attempt with less life than this is not offered again: the cashier would close under the patient's finger."""
NO_CHANNEL = "none"


def start(
    *,
    hospital: str,
    payment_id: str,
    owner: str,
    origin: Origin,
    purpose: str,
    payer: PayerIdentity,
    parts: tuple[Part, ...],
    personal: Personal,
    claims: tuple[str, ...],
    now: datetime,
    holds: bool = False,
    elsewhere_until: datetime | None = None,
) -> Payment:
    """A new attempt to pay for the subject in ``personal``. A part of 0 fen needs no channel; where all are, it goes to the HIS at once.
    ``elsewhere_until``: see `Quote`.
    """
    parts = tuple(part if part.amount_fen else _free(part) for part in parts)
    free = all(part.state is PartState.PAID for part in parts)
    return Payment(
        hospital=hospital,
        id=payment_id,
        version=1,
        state=PaymentState.PAID if free else PaymentState.CREATED,
        purpose=purpose,
        owner=owner,
        origin=origin,
        payer=payer,
        personal=personal,
        parts=parts,
        claims=claims,
        holds=holds,
        created_at=now,
        paid_at=now if free else None,
        effects=_to_book(elsewhere_until, now) if free else _looks(payment_id, parts, now),
        history=(HistoryEvent(at=now, what="created", by=PAYER, detail=told_until(elsewhere_until)),),
    )


def _to_book(elsewhere_until: datetime | None, now: datetime) -> tuple[Effect, ...]:
    return (Effect(kind=EffectKind.BOOK, due_at=now), *owed_elsewhere(elsewhere_until))


def _looks(payment_id: str, parts: tuple[Part, ...], now: datetime) -> tuple[Effect, ...]:
    """A look at each order: at a later one soon after it is placed, at the latest when it can't be paid any more."""
    return tuple(
        Effect(kind=EffectKind.QUERY, due_at=now + FIRST_LOOK)
        if part.order_no == payment_id
        else Effect(kind=EffectKind.QUERY, subject=part.order_no, due_at=part.request.expires_at)
        for part in parts
        if part.state is PartState.UNPAID
    )


def _free(part: Part) -> Part:
    return replace(part, state=PartState.PAID, request=replace(part.request, channel=NO_CHANNEL))


def can_continue(live: Payment, wanted: Payment, now: datetime) -> bool:
    """May ``wanted`` go on with ``live``? Only if everything the channels were told is equal, the SMS would go to the same number
    (or to none), and nobody is closing it, or has changed what is stored of it.

    ``expires_at`` is of the first request; description follows from the rest.
    """
    same = [(part.kind, *_asked(part)) for part in live.parts] == [(part.kind, *_asked(part)) for part in wanted.parts]
    closing = any(effect.kind is EffectKind.CLOSE for effect in live.effects)
    fresh = all(part.request.expires_at - now >= CONTINUE_MIN for part in live.open_parts)
    same = same and set(live.claims) == set(wanted.claims) and live.personal.phone == wanted.personal.phone
    return live.state in UNPAID and same and fresh and not closing and not live.tampered


def _asked(part: Part) -> tuple[object, ...]:
    asked = part.request
    return (
        asked.channel, asked.method, asked.app_id, asked.merchant_id, asked.payer, asked.amount_fen, asked.currency, asked.description,
    )  # fmt: skip
