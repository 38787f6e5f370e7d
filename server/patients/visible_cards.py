"""Which cards a session may see: the person's bound ones, and those of bills whose QR was scanned in this session."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import TypeVar

from server.core.errors import OutsideError
from server.core.ports import Clock, Sealer
from server.core.systems import title_of
from server.core.typed import mobile
from server.patients.model import BoundCard, ScannedBills, Session
from server.patients.ports import CardStore

NO_SUCH_CARD = "没有找到这张就诊卡。"
_Told = TypeVar("_Told")


def card_key(sealer: Sealer, hospital_id: str, card_no: str) -> str:
    """An opaque name of a card for addresses and forms."""
    return sealer.lookup("card_key", f"{hospital_id}:{card_no}")[:20]


async def bound_cards(
    cards: CardStore, session: Session, known: tuple[BoundCard, ...] | None = None
) -> tuple[BoundCard, ...]:
    """`cards_of_owners` of the person who is logged in; ``known``, where the request has read them a moment ago."""
    return known if known is not None else await cards_of_owners(cards, session.hospital, session.owners)


async def cards_of_owners(cards: CardStore, hospital_id: str, owners: Sequence[str]) -> tuple[BoundCard, ...]:
    """One person's cards, through whatever entrance they were bound; each number once, as the nearest entrance has it that knows what the
    patient is to them. ``owners``: the person's keys, the nearest first.
    """
    bound = await cards.of_owners(hospital_id, owners[::-1])
    nearest = {card.card_no: card for card in bound}
    return tuple((nearest | {card.card_no: card for card in bound if card.relation is not None}).values())


def card_of_key(sealer: Sealer, hospital_id: str, cards: Iterable[BoundCard], key: str) -> BoundCard | None:
    """The one of ``cards`` whose `card_key` this is."""
    return next((card for card in cards if card_key(sealer, hospital_id, card.card_no) == key), None)


async def some_told(
    bound: Sequence[BoundCard], ask: Callable[[str], Awaitable[Sequence[_Told]]]
) -> tuple[tuple[_Told, ...], Sequence[OutsideError]]:
    """`told_and_failed`. Raises OutsideError when nothing can be known of any card."""
    told, failed = await told_and_failed(bound, ask)
    if failed and len(failed) == len(bound):
        raise failed[0]
    return told, failed


def missing_words(failed: Sequence[OutsideError]) -> str:
    """What a list says of the cards that are missing in it; empty where none is."""
    return f"{title_of(failed[0].system)}暂时没有响应，有的就诊卡没有查到，请稍后再看。" if failed else ""


async def told_and_failed(
    bound: Sequence[BoundCard], ask: Callable[[str], Awaitable[Sequence[_Told]]]
) -> tuple[tuple[_Told, ...], Sequence[OutsideError]]:
    """What an outside system tells of each of these cards (``ask`` gets a card number, all are asked at once), and the errors of those of which nothing can be known now."""
    found = await asyncio.gather(*(ask(card.card_no) for card in bound), return_exceptions=True)
    failed = []
    for one in found:
        if isinstance(one, OutsideError):
            failed.append(one)
        elif isinstance(one, BaseException):
            raise one
    return tuple(told for one in found if not isinstance(one, BaseException) for told in one), failed


def live_scans(session: Session, clock: Clock) -> tuple[ScannedBills, ...]:
    """The scans of this session whose QR is still good."""
    now = clock.now()
    return tuple(scan for scan in session.scans if scan.expires_at > now)


def scan_of(session: Session, bill_nos: Collection[str], clock: Clock) -> ScannedBills | None:
    """The live scan that names all of these bills."""
    return next((scan for scan in live_scans(session, clock) if set(bill_nos) <= set(scan.bill_nos)), None)


def known_phone(session: Session, card_nos: Collection[str], clock: Clock) -> str:
    """The number for a receipt about these cards: the last that was typed, else the one of a card's binding or scan; empty if none."""
    return session.phone or phone_of_card(session, card_nos, clock)


def phone_of_card(session: Session, card_nos: Collection[str], clock: Clock) -> str:
    """The patient's own number: it came with the binding or the scan of one of these cards; empty if none did.

    The number of another patient, whose bill was scanned or whose card was bound as well, is never answered.
    """
    scanned = [(scan.card_no, mobile(scan.phone) or "") for scan in live_scans(session, clock)]
    of_cards = (number for card_no, number in (*session.card_phones, *scanned) if number and card_no in card_nos)
    return next(of_cards, "")
