"""Who is one person across the hospital's entrances (docs/decisions/0018): asked at every request, so that a change counts at once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from server.domain.people import PayerIdentity
from server.domain.persons import ACCOUNT, IDENTITIES_MAX, PROOF, same_person
from server.ports import Clock, PersonStore, Sealer, Session, ShortLivedStore

KEPT = timedelta(days=180)
WAITING_MAX = 10
_PHONE = "proven_phone"
_WAITING = "waiting_proofs"


async def linked_keys(people: PersonStore, hospital_id: str, key: str) -> tuple[str, ...]:
    """The other keys of the person who is known by ``key``."""
    me = await people.get(hospital_id, key)
    if me is None:
        return ()
    others = await people.sharing(hospital_id, sorted(me.marks), IDENTITIES_MAX + 1)
    return same_person(me, others) if len(others) <= IDENTITIES_MAX else ()


class PersonService:
    def __init__(self, people: PersonStore, short_lived: ShortLivedStore, sealer: Sealer, clock: Clock) -> None:
        self._people = people
        self._short_lived = short_lived
        self._sealer = sealer
        self._clock = clock

    async def met(self, hospital_id: str, identity: PayerIdentity) -> None:
        """At login: what the platform says of the person across its apps is noted."""
        if identity.union_id:
            told = self._sealer.lookup("person_account", f"{identity.channel}:{identity.union_id}")
            await self._people.add_marks(hospital_id, identity, [f"{ACCOUNT}{told}"])

    async def card_bound(self, session: Session, phone: str, id_no: str, *, needs_phone: bool) -> None:
        """A code sent to ``phone`` came back for the patient of ``id_no``. ``needs_phone``: this entrance can prove a phone by the
        platform, so only a card whose code went to that very phone counts; it waits for that proof if it has not come yet.
        """
        if not phone or not id_no:
            return
        mark = f"{PROOF}{self._sealer.lookup('person_proof', f'{phone}:{id_no.upper()}')}"
        if not needs_phone or await self._get(_PHONE, session) == phone:
            await self._people.add_marks(session.hospital, session.identity, [mark])
            return
        waiting = [*json.loads(await self._get(_WAITING, session) or "[]"), [phone, mark]]
        await self._put(_WAITING, session, json.dumps(waiting[-WAITING_MAX:]))

    async def phone_proven(self, session: Session, phone: str) -> None:
        """The platform says that this number is the person's own."""
        await self._put(_PHONE, session, phone)
        waiting = json.loads(await self._get(_WAITING, session) or "[]")
        marks = [mark for of_phone, mark in waiting if of_phone == phone]
        if marks:
            await self._people.add_marks(session.hospital, session.identity, marks)

    async def whole(self, session: Session) -> Session:
        """The session with everything that is this person's."""
        linked = await linked_keys(self._people, session.hospital, session.identity.key)
        return replace(session, linked=linked) if linked else session

    async def _get(self, kind: str, session: Session) -> str | None:
        return await self._short_lived.get(kind, f"{session.hospital}:{session.identity.key}", self._clock.now())

    async def _put(self, kind: str, session: Session, value: str) -> None:
        key = f"{session.hospital}:{session.identity.key}"
        await self._short_lived.put(kind, key, value, self._clock.now() + KEPT)
