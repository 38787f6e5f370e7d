"""Who is one person across the hospital's entrances (docs/decisions/0018): asked at every request, so that a change counts at once."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from server.core.days import hospital_day
from server.core.ports import Clock, Sealer, ShortLivedStore
from server.core.typed import id_number, mobile
from server.patients.model import PayerIdentity, Session
from server.patients.ports import CardStore, PersonStore
from server.patients.rules import ACCOUNT, IDENTITIES_MAX, OWN, SELF, KnownIdentity, is_grown_up, same_person

KEPT = timedelta(days=180)
WAITING_MAX = 10
_READ_MAX = IDENTITIES_MAX + 1
"""Enough to see that there are too many."""
_PHONE, _CARD_PHONE = "proven_phone", "own_card_phone"
"""The number that the platform proved, and the one to which the code of the person's own card went."""
_WAITING = "waiting_proofs"
Seen = Callable[[str, str, str], Awaitable[None]]
"""(hospital, key of a payer identity, phone that was proven or empty)"""


async def linked_keys(
    people: PersonStore, cards: CardStore, hospital_id: str, key: str, likely: Sequence[str] = ()
) -> tuple[str, ...]:
    """The other keys of the person who is known by ``key``. ``likely``: proofs that this identity has if it has any; whoever knows them saves
    the read of what it has.
    """
    near = await people.sharing(hospital_id, likely, _READ_MAX) if likely else ()
    me = next((one for one in near if one.key == key), None) or await people.get(hospital_id, key)
    if me is None:
        return ()
    known, asked = {key: me}, set[str]()
    while proofs := {proof for one in known.values() for proof in one.of(ACCOUNT) | one.of(SELF)} - asked:
        is_read = proofs == set(likely)
        found = near if is_read else await people.sharing(hospital_id, sorted(proofs), _READ_MAX)
        known |= {one.key: one for one in found}
        asked |= proofs
        if len(known) > IDENTITIES_MAX:
            return ()
    if len(known) == 1:
        return ()
    proven = await _as_cards_prove(cards, hospital_id, tuple(known.values()))
    return same_person(next(one for one in proven if one.key == key), proven)


async def _as_cards_prove(
    cards: CardStore, hospital_id: str, known: Sequence[KnownIdentity]
) -> Sequence[KnownIdentity]:
    """A proof counts while its card is bound; what outlived the card, by a crash or a request that ran beside, counts for nothing."""
    owners = [one.key for one in known if one.of(SELF)]
    bound = await cards.of_owners(hospital_id, owners) if owners else ()

    def as_proven(one: KnownIdentity) -> KnownIdentity:
        proven = {proof for card in bound if card.owner == one.key for proof in card.identity_proofs}
        return replace(one, identity_proofs=one.of(ACCOUNT) | (one.identity_proofs & proven))

    return [as_proven(one) if one.key in owners else one for one in known]


class PersonService:
    """``seen`` is told of every proof of an identity, when it comes and before it ends (`staff.facts`)."""

    def __init__(
        self,
        people: PersonStore,
        cards: CardStore,
        short_lived: ShortLivedStore,
        sealer: Sealer,
        clock: Clock,
        seen: Seen,
    ) -> None:
        self._people = people
        self._cards = cards
        self._short_lived = short_lived
        self._sealer = sealer
        self._clock = clock
        self._seen = seen

    async def met(self, hospital_id: str, identity: PayerIdentity) -> None:
        """At login: what the platform says of the person across its apps is noted."""
        if proofs := self._account_proofs(identity):
            await self._people.add_identity_proofs(hospital_id, identity, proofs)

    def _account_proofs(self, identity: PayerIdentity) -> Sequence[str]:
        """What the platform's word alone makes of this identity."""
        if not identity.union_id:
            return ()
        told = self._sealer.lookup("person_account", f"{identity.channel}:{identity.union_id}")
        return (f"{ACCOUNT}{told}",)

    def own_identity_proofs(self, phone: str, id_no: str) -> tuple[str, ...]:
        """What a card proves of somebody who says that it is their own. Of a child's card, and of one without phone or resident ID: nothing."""
        if not phone or not is_grown_up(id_number(id_no), hospital_day(self._clock.now())):
            return ()
        number = id_number(id_no)
        own = self._sealer.lookup("person_own", f"{phone}:{number}")
        return f"{OWN}{own}", f"{SELF}{self._sealer.lookup('person_self', number)}"

    async def card_bound(self, session: Session, phone: str, proofs: Sequence[str], *, needs_phone: bool) -> None:
        """A code sent to ``phone`` came back for the person's own card, which has these ``proofs``. ``needs_phone``: this entrance can
        prove a phone by the platform, so only a card whose code went to that very phone counts; it waits for that proof if it has
        not come yet.
        """
        await self._seen(session.hospital, session.identity.key, phone if proofs else "")
        if not proofs:
            return
        if not needs_phone:
            await self._put(_CARD_PHONE, session.hospital, session.identity.key, phone)
        if not needs_phone or await self._get(_PHONE, session.hospital, session.identity.key) == phone:
            await self._people.add_identity_proofs(session.hospital, session.identity, proofs)
            return
        waiting = [*await self._waiting(session.hospital, session.identity.key), *([phone, proof] for proof in proofs)]
        await self._put(_WAITING, session.hospital, session.identity.key, json.dumps(waiting[-WAITING_MAX:]))

    async def card_ends(self, hospital_id: str, owner: str) -> None:
        """Before a card of ``owner`` is unbound: what it proves is still there to be seen."""
        await self._seen(hospital_id, owner, "")

    async def card_unbound(self, hospital_id: str, owner: str, proofs: Sequence[str]) -> None:
        """What ``owner`` was joined by ends with the card that proved it."""
        if not proofs:
            return
        await self._people.drop_identity_proofs(hospital_id, owner, proofs)
        await self._short_lived.drop(_CARD_PHONE, f"{hospital_id}:{owner}")
        waiting = [entry for entry in await self._waiting(hospital_id, owner) if entry[1] not in proofs]
        await self._put(_WAITING, hospital_id, owner, json.dumps(waiting))

    async def forget(self, hospital_id: str, owner: str) -> None:
        """Who ``owner`` is, by whatever word."""
        await self._people.drop(hospital_id, owner)
        for kind in (_PHONE, _CARD_PHONE, _WAITING):
            await self._short_lived.drop(kind, f"{hospital_id}:{owner}")

    async def phone_proven(self, session: Session, phone: str) -> None:
        """The platform says that this number is the person's own."""
        phone = mobile(phone) or phone
        await self._put(_PHONE, session.hospital, session.identity.key, phone)
        await self._seen(session.hospital, session.identity.key, phone)
        waiting = await self._waiting(session.hospital, session.identity.key)
        proofs = [proof for of_phone, proof in waiting if of_phone == phone]
        if proofs:
            await self._people.add_identity_proofs(session.hospital, session.identity, proofs)

    async def proven_phone(self, hospital_id: str, identity: PayerIdentity) -> str:
        """The number that the platform last said is the person's own, else that of their own card's code; empty if none, or long ago."""
        kept = await self._short_lived.first((_PHONE, _CARD_PHONE), f"{hospital_id}:{identity.key}", self._clock.now())
        return kept or ""

    async def whole(self, session: Session) -> Session:
        """The session with everything that is this person's."""
        hospital_id, identity = session.hospital, session.identity
        likely = self._account_proofs(identity)
        linked = await linked_keys(self._people, self._cards, hospital_id, identity.key, likely)
        return replace(session, linked=linked) if linked else session

    async def _waiting(self, hospital_id: str, owner: str) -> list[list[str]]:
        """[phone, proof] of cards that wait until the platform has proven their phone."""
        waiting: list[list[str]] = json.loads(await self._get(_WAITING, hospital_id, owner) or "[]")
        return waiting

    async def _get(self, kind: str, hospital_id: str, owner: str) -> str | None:
        return await self._short_lived.get(kind, f"{hospital_id}:{owner}", self._clock.now())

    async def _put(self, kind: str, hospital_id: str, owner: str, value: str) -> None:
        await self._short_lived.put(kind, f"{hospital_id}:{owner}", value, self._clock.now() + KEPT)
